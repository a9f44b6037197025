"""The self-test: starts a real jail with a program that tries to get out, and says which walls held.

A wall that is not there is found by what it lets through, not by a version or a setting, because those lie.
"""

import json
import os
import platform
import secrets
import socket
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.errors import JailUnavailable
from sandbox.jail.cell import Cell
from sandbox.jail.kernel import CellRun, Kernel
from sandbox.jail.limits import Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Run
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


@dataclass(frozen=True)
class Tried:
    """What the canary came to."""

    stdout: str
    stderr: str
    exit: int
    result: object


async def check(planner: Planner) -> list[Wall]:
    """Try every wall of a jail built by such a plan. Never raises: what cannot be tried does not hold."""
    try:
        with _planted() as targets:
            plan, environment = planner(CHECK_LIMITS, ()), {"APEX_CANARY": targets["secret"]}
            attempt = _as_cell if plan.cells else _as_run
            return _seen(await attempt(plan, environment, _program(targets)))
    except (JailUnavailable, OSError) as error:
        return [Wall(RUNS, holds=False, seen=str(error))]


def require(walls: list[Wall]) -> None:
    """Raise JailUnavailable, naming what is missing, unless every wall holds."""
    missing = [f"{wall.name} ({wall.seen})" if wall.seen else wall.name for wall in walls if not wall.holds]
    if missing:
        raise JailUnavailable(f"no untrusted code runs here, because of: {', '.join(missing)}")


async def _as_run(plan: Plan, environment: Mapping[str, str], program: str) -> Tried:
    cell = await Cell.start(plan, environment=environment)
    try:
        outcome = await cell.run(Run(code=program, limits=CHECK_LIMITS))
    finally:
        await cell.close()
    return Tried(outcome.stdout, outcome.stderr, outcome.exit, outcome.result)


async def _as_cell(plan: Plan, environment: Mapping[str, str], program: str) -> Tried:
    """A kernel's program has no channel for a result of its own, so it prints it; nobody else's code is there yet."""
    kernel = await Kernel.start(plan, CHECK_LIMITS, environment=environment)
    code = f"import json\ndef give_result(value): print(json.dumps(value))\n{program}"
    try:
        outcome = await kernel.run(CellRun(code=code, seconds=CHECK_LIMITS.wall_seconds))
    finally:
        await kernel.close()
    alive, _, told = outcome.stdout.partition("\n")
    return Tried(f"{alive}\n", outcome.stderr, outcome.exit, json.loads(told) if told else None)


def _seen(outcome: Tried) -> list[Wall]:
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
