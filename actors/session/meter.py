"""Watches over one run of a turn: ends it when a budget is used up, and keeps what it has used where others find it.

What was worked is committed with each step and at every heartbeat between, so that a turn that dies and comes back
cannot work for ever. A turn that waits for a person (approvals.py) has no run, and so no clock.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from actors.session.budgets import Budget, Limits, Spent, due, verdict
from actors.session.stage import Stage
from actors.session.stop import OutOfBudget, Stop
from actors.stores import turns
from actors.stores.turns import StartedTurn
from cluster.clients.postgres import Connection
from cluster.errors import Unavailable
from cluster.runtime.actor import Fenced

log = logging.getLogger(__name__)
HEARTBEAT = 15.0
"""Seconds of work that may go uncounted when a host dies."""


class Meter:
    """What a turn uses up while it runs here."""

    def __init__(self, stage: Stage, turn: StartedTurn, stop: Stop) -> None:
        self.stop = stop
        self._stage = stage
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._limits = Limits.of(stage.services.settings)
        now = self._loop.time()
        self._spent = Spent(
            attempts=turn.attempts_in_vain,
            crashes=turn.crashes_alone,
            seconds=turn.seconds_worked,
            working_since=now,
            progressed_at=now,
        )
        self._beat_at = now + HEARTBEAT
        self._changed = asyncio.Event()

    @property
    def used_up(self) -> Budget | None:
        """Which budget is used up."""
        return self.stop.used_up or verdict(self._spent, self._limits, self._loop.time())

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Watch while the turn runs."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait({watch})

    def got_on(self) -> None:
        """A token, a step or a tool's result came."""
        self._spent = self._spent.got_on(self._loop.time())

    def count_tokens(self, tokens: int) -> None:
        """So many tokens have been used up, all steps together."""
        self._spent = replace(self._spent, tokens=tokens)

    @asynccontextmanager
    async def tools(self, seconds: float) -> AsyncGenerator[None]:
        """Tools run that may take so long."""
        self._spent = self._spent.running(seconds, self._loop.time())
        try:
            yield
        finally:
            self._spent = self._spent.running(0.0, self._loop.time())
            self._changed.set()

    async def enter(self, conn: Connection, *, step: bool = False) -> None:
        """Write down, in a transaction of the turn's, what was worked so far. `step`: with a step that it brought."""
        now = self._loop.time()
        await turns.got_on(
            conn,
            self._turn.id,
            seconds=self._spent.seconds_at(now),
            silence=now - self._spent.progressed_at,
            step=step,
        )
        if step:
            self._spent = replace(self._spent, attempts=0)
        self._beat_at = now + HEARTBEAT

    @property
    def seconds(self) -> float:
        """How long all incarnations have worked."""
        return self._spent.seconds_at(self._loop.time())

    async def _watch(self) -> None:
        while True:
            now = self._loop.time()
            budget = verdict(self._spent, self._limits, now)
            if budget is not None:
                log.warning("turn %s ends: its budget of %s is used up", self._turn.id, budget)
                self.stop.end(OutOfBudget(budget))
                return
            if now >= self._beat_at and not await self._beat():
                return
            self._changed.clear()
            at = min(due(self._spent, self._limits), self._beat_at)
            try:
                async with asyncio.timeout_at(at):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _beat(self) -> bool:
        """Commit what was worked. False when another incarnation has taken over."""
        self._beat_at = self._loop.time() + HEARTBEAT
        try:
            async with self._stage.writing() as conn:
                await self.enter(conn)
        except Fenced as error:
            self.stop.end(error)
            return False
        except Unavailable as error:
            log.warning("turn %s cannot write down what it worked: %s", self._turn.id, error)
        return True
