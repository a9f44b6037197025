"""One jail as the caller holds it: started ahead or on demand, used for one run, then gone.

The caller never touches what it confines. It speaks to a warden, a process of its own with an empty environment, and
closing the pipe to the warden is how a run is cancelled.
"""

import asyncio
import json
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, cast

from sandbox.errors import FilesRefused, JailUnavailable
from sandbox.jail import frames
from sandbox.jail.limits import MIB
from sandbox.jail.plan import Plan
from sandbox.jail.run import KilledBy, Outcome, Run

ROOT = Path(__file__).parents[2]
WARDEN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from sandbox.jail.warden.main import main; main()"
"""Without site-packages and without looking at its surroundings, a warden starts in a few milliseconds."""
LARGEST_CODE = MIB
MOST_GIVEN, LONGEST_PATH = 1000, 1000
GRACE_SECONDS = 5.0
"""How long a warden has, beyond the run's own time, to bury it and to send what it left."""
BURIAL_SECONDS = 2.0
"""How long a warden has to bury a run that is not wanted any more, before it is killed itself; the run dies with it."""


class Cell:
    """A jail that waits for its run. Raises JailUnavailable where it cannot be built."""

    def __init__(self, warden: Process, plan: Plan) -> None:
        self._warden = warden
        self._plan = plan

    @classmethod
    async def start(cls, plan: Plan, *, environment: Mapping[str, str] | None = None) -> "Cell":
        """Build a jail by this plan and wait until it is ready. Only the self-test gives its warden an environment."""
        command = (sys.executable, "-I", "-S", "-c", WARDEN)
        warden = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=dict(environment or {}), cwd="/", start_new_session=True
        )
        cell = cls(warden, plan)
        try:
            await cell._send({**plan.as_json()})
            await cell._made()
        except BaseException:
            await cell.close()
            raise
        return cell

    @property
    def is_alive(self) -> bool:
        """Whether its warden still waits."""
        return self._warden.returncode is None

    async def run(self, run: Run) -> Outcome:
        """Give it its program and wait for the end. A cell serves once; cancelling ends everything within.

        When this returns, nothing within is alive, and the warden has only to go: `close` waits for that.
        """
        checked(run)
        names = list(run.files)
        order = {"marker": secrets.token_hex(16), "language": run.language, "names": names}
        try:
            async with asyncio.timeout(run.limits.wall_seconds + GRACE_SECONDS):
                await self._send(
                    {**order, "seconds": run.limits.wall_seconds},
                    run.code.encode(),
                    *(run.files[name] for name in names),
                )
                head, blobs = await self._receive()
        except TimeoutError:
            await self.close()
            raise JailUnavailable("the jail's warden did not answer in time, and was ended") from None
        except BaseException:
            await self.close()
            raise
        if head["state"] != "ended":
            raise FilesRefused(head["why"])
        return _outcome(head, blobs)

    async def close(self) -> None:
        """End it and everything within; nothing is left when this returns."""
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await closing
            raise

    async def _close(self) -> None:
        assert self._warden.stdin is not None
        assert self._warden.stdout is not None
        self._warden.stdin.close()
        try:
            async with asyncio.timeout(BURIAL_SECONDS):
                while await self._warden.stdout.read(MIB):
                    pass
                await self._warden.wait()
        except TimeoutError:
            self._warden.kill()
            await self._warden.wait()

    async def _made(self) -> None:
        try:
            async with asyncio.timeout(self._plan.setup_seconds + GRACE_SECONDS):
                head, _ = await self._receive()
        except TimeoutError:
            raise JailUnavailable("building the jail took too long") from None
        if head["state"] != "ready":
            raise JailUnavailable(head["why"])

    async def _send(self, head: dict[str, Any], *blobs: bytes) -> None:
        assert self._warden.stdin is not None
        try:
            self._warden.stdin.write(frames.pack(head, blobs))
            await self._warden.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise JailUnavailable(await self._last_words()) from None

    async def _receive(self) -> frames.Frame:
        assert self._warden.stdout is not None
        read = self._warden.stdout.readexactly
        try:
            (length,) = frames.PREFIX.unpack(await read(frames.PREFIX.size))
            head = frames.head_of(await read(length))
            return head, [await read(size) for size in head.pop("sizes")]
        except asyncio.IncompleteReadError:
            raise JailUnavailable(await self._last_words()) from None

    async def _last_words(self) -> str:
        assert self._warden.stderr is not None
        said = (await self._warden.stderr.read()).decode(errors="replace").strip()
        return said.splitlines()[-1] if said else "the jail's warden ended unexpectedly"


def checked(run: Run) -> None:
    """Refuse what no program can be given, before anything is spent on it. Raises FilesRefused."""
    if len(run.code.encode()) > LARGEST_CODE:
        raise FilesRefused(f"a program has at most {LARGEST_CODE} bytes")
    if len(run.files) > MOST_GIVEN or sum(map(len, run.files.values())) > run.limits.work_bytes:
        raise FilesRefused("these files don't fit into the work folder")
    for name in run.files:
        path = PurePosixPath(name)
        plain = str(path) == name and not path.is_absolute() and ".." not in path.parts and name.isprintable()
        if not plain or name == "." or "\\" in name or len(name) > LONGEST_PATH or max(map(len, path.parts)) > 120:
            raise FilesRefused(f"not a path below the work folder: {name!r}")


def _outcome(head: dict[str, Any], blobs: list[bytes]) -> Outcome:
    stdout, stderr, result, *contents = blobs
    return Outcome(
        stdout=stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
        exit=head["exit"],
        killed_by=cast("KilledBy | None", head["killed_by"]),
        files=dict(zip(head["names"], contents, strict=True)),
        left_out=head["left_out"],
        result=_result(result),
        seconds=head["seconds"],
    )


def _result(payload: bytes) -> object:
    """What a stranger says is JSON."""
    try:
        return json.loads(payload) if payload else None
    except (ValueError, RecursionError):
        return None
