"""Jails in this process's care: some started ahead, a few at once, a bounded queue; no Ray.

A jail that was started ahead has its interpreter up and its libraries imported, and has seen no program. It serves one
and is thrown away, so nothing of one run can be there for the next.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

from cluster.errors import ApexError, Busy
from cluster.ids import UserId
from sandbox.jail.cell import Cell, checked
from sandbox.jail.jail import Jail
from sandbox.jail.limits import Limits
from sandbox.jail.run import Outcome, Run
from sandbox.runner import RUNS, WAITS, Tell, tell_nobody

log = logging.getLogger(__name__)


class InlinePool:
    """Runs programs in jails, `at_once` at most, with `waiting` more in the queue. Used as an async context."""

    def __init__(
        self,
        jail: Jail,
        *,
        warm: int = 2,
        at_once: int = 4,
        waiting: int = 64,
        preload: Sequence[str] = (),
    ) -> None:
        self._jail = jail
        self._limits = Limits()
        self._most_warm = warm
        self._preload = tuple(preload)
        self._most = at_once + waiting
        self._admitted = 0
        self._places = asyncio.Semaphore(at_once)
        self._warm: deque[Cell] = deque()
        self._refills: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._open = False

    async def __aenter__(self) -> Self:
        """Test the walls, and start the first jails. Raises JailUnavailable."""
        self._open = True
        try:
            await asyncio.gather(*(self._start_one() for _ in range(self._most_warm)))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the jails that wait."""
        await self._close()

    @property
    def warm(self) -> int:
        """How many jails wait for a program."""
        return len(self._warm)

    async def run(self, run: Run, user: UserId | None = None, tell: Tell = tell_nobody) -> Outcome:
        """Run a program when there is a place; all users are one queue.

        Raises Busy if the queue is full, and what `Jail.run` raises.
        """
        checked(run)
        if self._admitted >= self._most:
            raise Busy("too many programs are waiting to run")
        self._admitted += 1
        if self._places.locked():
            tell(WAITS)
        try:
            async with self._places:
                tell(RUNS)
                cell = self._take(run.limits) or await self._jail.start(run.limits)
                try:
                    return await cell.run(run)
                finally:
                    # Nothing within is alive; that the warden is gone too is not worth waiting for.
                    self._own(cell.close(), self._closing)
        finally:
            self._admitted -= 1

    def _take(self, limits: Limits) -> Cell | None:
        """A waiting jail with these limits; another is started in its place."""
        while limits.fits(self._limits) and self._warm:
            cell = self._warm.popleft()
            self._own(self._start_again(), self._refills)
            if cell.is_alive:
                return cell
            self._own(cell.close(), self._closing)
        return None

    def _own(self, work: Coroutine[Any, Any, None], owned: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        owned.add(task)
        task.add_done_callback(owned.discard)

    async def _start_again(self) -> None:
        try:
            await self._start_one()
        except ApexError as error:
            # The next run starts a jail itself, and its caller hears why if that fails too.
            log.warning("no jail could be started ahead: %s", error)

    async def _start_one(self) -> None:
        cell = await self._jail.start(self._limits, self._preload)
        if self._open:
            self._warm.append(cell)
        else:
            await cell.close()

    async def _close(self) -> None:
        self._open = False
        refills = list(self._refills)
        for task in refills:
            task.cancel()
        await asyncio.gather(*refills, return_exceptions=True)
        await asyncio.gather(*self._closing, *(cell.close() for cell in self._warm))
        self._warm.clear()
