"""What was begun for a client and is finished even when the client has gone.

A request's cancellation must not reach a session in the middle of a commit. Shielding is not enough: the runtime knows
whose request a call belongs to by a context variable, and cancels the calls of a cancelled request. So an errand runs
in a context of its own.
"""

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from cluster.errors import Busy
from cluster.telemetry import traces

R = TypeVar("R")
log = logging.getLogger(__name__)
MOST_UNDER_WAY = 5_000
"""Errands of one process. A client that goes away leaves its errand behind, so clients alone are no bound."""


class Errands:
    """Owns the errands of a process."""

    def __init__(self, most: int = MOST_UNDER_WAY) -> None:
        self._most = most
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Wait for work that goes on when this wait is cancelled. Raises Busy when too much is under way."""
        if len(self._tasks) >= self._most:
            work.close()
            raise Busy("too many commands are under way in this gateway")
        context = contextvars.Context()
        traces.carry(context)
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way, then cut off the rest."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("an errand failed: %s: %s", type(error).__name__, error)
