"""The self-test: starts a real jail with a program that tries to get out, and says which walls held.

A wall that is not there is found by what it lets through, not by a version or a setting, because those lie.
"""

import os
import platform
import secrets
import socket
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.errors import JailUnavailable
from sandbox.jail.cell import Cell
from sandbox.jail.limits import Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Outcome, Run
from sandbox.jail.warden.kernel import KEYCTL

CANARY = Path(__file__).with_name("canary.py")
WALLS = (
    *("files of the machine", "environment", "processes of the machine", "loopback of the machine"),
    *("abstract sockets", "network", "virtual sockets", "new namespaces", "tracing", "mounts", "keyrings"),
    *("read-only root", "capabilities", "no new privileges", "filter of system calls", "limits"),
)
RUNS = "runs a program"
CHECK_LIMITS = Limits(wall_seconds=20)

Planner = Callable[[Limits, Sequence[str]], Plan]
"""Makes a plan from limits and the modules to import ahead."""


@dataclass(frozen=True)
class Wall:
    """One wall, and what was seen of it."""

    name: str
    holds: bool
    seen: str = ""


async def check(planner: Planner) -> list[Wall]:
    """Try every wall of a jail built by such a plan. Never raises: what cannot be tried does not hold."""
    try:
        with _planted() as targets:
            cell = await Cell.start(planner(CHECK_LIMITS, ()), environment={"APEX_CANARY": targets["secret"]})
            try:
                outcome = await cell.run(Run(code=_program(targets), limits=CHECK_LIMITS))
            finally:
                await cell.close()
    except (JailUnavailable, OSError) as error:
        return [Wall(RUNS, holds=False, seen=str(error))]
    return _seen(outcome)


def require(walls: list[Wall]) -> None:
    """Raise JailUnavailable, naming what is missing, unless every wall holds."""
    missing = [f"{wall.name} ({wall.seen})" if wall.seen else wall.name for wall in walls if not wall.holds]
    if missing:
        raise JailUnavailable(f"no untrusted code runs here, because of: {', '.join(missing)}")


def _seen(outcome: Outcome) -> list[Wall]:
    held = cast("dict[str, Any] | None", outcome.result)
    if outcome.stdout != "alive\n" or held is None:
        last = (outcome.stderr.strip().splitlines() or [f"status {outcome.exit}"])[-1]
        return [Wall(RUNS, holds=False, seen=last)]
    said = ((name, held.get(name, "was not tried")) for name in WALLS)
    walls = (Wall(name, holds=told is True, seen=told if isinstance(told, str) else "") for name, told in said)
    return [Wall(RUNS, holds=True), *walls]


def _program(targets: dict[str, Any]) -> str:
    return f"{CANARY.read_text()}\nprint('alive')\ngive_result(tried({targets!r}))\n"


@contextmanager
def _planted() -> Generator[dict[str, Any]]:
    """What a program that gets out would find: a file, a listener on loopback, one with an abstract name, a secret."""
    with ExitStack() as stack:
        secret = secrets.token_hex(16)
        file = stack.enter_context(tempfile.NamedTemporaryFile("w", prefix="apex-canary-"))
        file.write(secret)
        file.flush()
        os.chmod(file.name, 0o644)
        loopback = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        named.bind(f"\0{secret}")
        named.listen()
        yield {
            "secret": secret,
            "file": file.name,
            "port": loopback.getsockname()[1],
            "abstract": secret,
            "keyctl": KEYCTL[platform.machine()],
            "processes": CHECK_LIMITS.processes,
            "memory": CHECK_LIMITS.memory_bytes,
            "work_bytes": CHECK_LIMITS.work_bytes,
            "work_inodes": CHECK_LIMITS.work_inodes,
        }
