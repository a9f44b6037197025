"""The caller's end of a jail's warden: a process of its own with an empty environment.

Closing the pipe to it is how everything that it confines is ended.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from sandbox.errors import JailUnavailable
from sandbox.jail import frames
from sandbox.jail.limits import MIB
from sandbox.jail.plan import Plan

ROOT = Path(__file__).parents[2]
WARDEN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from sandbox.jail.warden.main import main; main()"
"""Without site-packages and without looking at its surroundings, a warden starts in a few milliseconds."""
GRACE_SECONDS = 5.0
"""How long a warden has, beyond the run's own time, to bury it and to send what it left."""
BURIAL_SECONDS = 2.0
"""How long a warden has to bury a run that is not wanted any more, before it is killed itself; the run dies with it."""


class Warden:
    """A warden that has built its jail. Raises JailUnavailable where it cannot."""

    def __init__(self, warden: Process, plan: Plan) -> None:
        self._warden = warden
        self._plan = plan

    @classmethod
    async def start(cls, plan: Plan, *, environment: Mapping[str, str] | None = None) -> Self:
        """Build a jail by this plan and wait until it is ready. Only the self-test gives its warden an environment."""
        command = (sys.executable, "-I", "-S", "-c", WARDEN)
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=dict(environment or {}), cwd="/", start_new_session=True
        )
        warden = cls(process, plan)
        try:
            await warden.send({**plan.as_json()})
            await warden._made()
        except BaseException:
            await warden.close()
            raise
        return warden

    @property
    def is_alive(self) -> bool:
        """Whether it still waits."""
        return self._warden.returncode is None

    async def close(self) -> None:
        """End it and everything within; nothing is left when this returns."""
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await closing
            raise

    async def send(self, head: dict[str, Any], *blobs: bytes) -> None:
        """Give it a message. Raises JailUnavailable with its last words if it is gone."""
        assert self._warden.stdin is not None
        try:
            self._warden.stdin.write(frames.pack(head, blobs))
            await self._warden.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise JailUnavailable(await self._last_words()) from None

    async def receive(self) -> frames.Frame:
        """Its next message. Raises JailUnavailable with its last words if it is gone."""
        assert self._warden.stdout is not None
        read = self._warden.stdout.readexactly
        try:
            (length,) = frames.PREFIX.unpack(await read(frames.PREFIX.size))
            head = frames.head_of(await read(length))
            return head, [await read(size) for size in head.pop("sizes")]
        except asyncio.IncompleteReadError:
            raise JailUnavailable(await self._last_words()) from None

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
                head, _ = await self.receive()
        except TimeoutError:
            raise JailUnavailable("building the jail took too long") from None
        if head["state"] != "ready":
            raise JailUnavailable(head["why"])

    async def _last_words(self) -> str:
        assert self._warden.stderr is not None
        said = (await self._warden.stderr.read()).decode(errors="replace").strip()
        return said.splitlines()[-1] if said else "the jail's warden ended unexpectedly"
