"""A person's wish to stop, able to interrupt whatever a turn waits for, except writes to the database.

A write that is cut off may have been done or not; so writes are short, never interrupted, and the wish is looked at
again right after.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from cluster.errors import ApexError

R = TypeVar("R")
GRACE_SECONDS = 5.0
"""How long work that was cancelled may take to end."""


class Stopped(ApexError):
    """The person stopped the answer."""


class Stop:
    """Asked once, for one turn."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether the turn is to stop."""
        return self._event.is_set()

    def ask(self) -> None:
        """Stop the turn."""
        self._event.set()

    async def during(self, work: Coroutine[Any, Any, R]) -> R:
        """Do the work, unless the turn is stopped before or meanwhile. Raises Stopped."""
        if self.asked:
            work.close()
            raise Stopped
        task = asyncio.create_task(work)
        try:
            await self.first({task})
            return task.result()
        finally:
            await put_down({task})

    async def first(self, tasks: set[asyncio.Task[R]]) -> set[asyncio.Task[R]]:
        """Wait for at least one of the tasks; answers those that are done. Raises Stopped when none is by then."""
        waiter = asyncio.create_task(self._event.wait())
        try:
            await asyncio.wait({*tasks, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
        done = {task for task in tasks if task.done()}
        if not done:
            raise Stopped
        return done


async def put_down(tasks: set[asyncio.Task[R]]) -> None:
    """Cancel tasks and wait for their end, within limits."""
    running = {task for task in tasks if not task.done()}
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=GRACE_SECONDS)
    for task in running:
        if task.done() and not task.cancelled():
            task.exception()  # looked at, so that it is not reported as forgotten
