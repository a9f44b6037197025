"""What ends a turn from outside: a person's wish to stop, a used-up budget, another incarnation, a host that leaves.

It interrupts whatever a turn waits for, except writes to the database.

A write that is cut off may have been done or not; so writes are short, never interrupted, and the wish is looked at
again right after.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from actors.session.budgets import Budget
from cluster.errors import ApexError
from cluster.runtime.actor import Fenced

R = TypeVar("R")
GRACE_SECONDS = 5.0
"""How long work that was cancelled may take to end."""


class Stopped(ApexError):
    """The person stopped the answer."""


class OutOfBudget(ApexError):
    """The turn has used up what it may."""

    def __init__(self, budget: Budget = "work") -> None:
        super().__init__(budget)
        self.budget: Budget = budget


class Leaving(ApexError):
    """The host leaves; the turn goes on elsewhere."""


class Paused(ApexError):
    """The turn is to wait until somebody has it go on."""


Why = Stopped | OutOfBudget | Fenced | Leaving


class Stop:
    """Comes once, for one turn. The first reason stands."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._why: Why = Stopped()

    @property
    def asked(self) -> bool:
        """Whether a person wants the turn to stop."""
        return self._event.is_set() and isinstance(self._why, Stopped)

    @property
    def used_up(self) -> Budget | None:
        """Which budget ends the turn."""
        return self._why.budget if self._event.is_set() and isinstance(self._why, OutOfBudget) else None

    def ask(self) -> None:
        """A person wants the turn to stop."""
        self._event.set()

    def end(self, why: OutOfBudget | Fenced | Leaving) -> None:
        """End the turn for a reason that is no person's."""
        if not self._event.is_set():
            self._why = why
            self._event.set()

    async def during(self, work: Coroutine[Any, Any, R]) -> R:
        """Do the work, unless the turn is ended before or meanwhile. Raises Stopped, OutOfBudget, Fenced, Leaving."""
        if self._event.is_set():
            work.close()
            raise self._why
        task = asyncio.create_task(work)
        try:
            await self.first({task})
            return task.result()
        finally:
            await put_down({task})

    async def first(self, tasks: set[asyncio.Task[R]]) -> set[asyncio.Task[R]]:
        """Wait for at least one of the tasks; answers those that are done. Raises the reason when none is by then."""
        waiter = asyncio.create_task(self._event.wait())
        try:
            await asyncio.wait({*tasks, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
        done = {task for task in tasks if task.done()}
        if not done:
            raise self._why
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
