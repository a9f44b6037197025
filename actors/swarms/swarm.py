"""A swarm, awake: makes commands durable, and works until every item has ended.

Its rows are the truth, and agents are made by keys that follow from them, so that another incarnation goes on where
this one died: an agent that was made is found again, one that has ended is looked at once. While there is work, its
placement is pending. `work.py` is one look; this waits for the next reason to look.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from actors.agents import ending
from actors.stores import budgets
from actors.swarms import items, store
from actors.swarms.agents import allowance_of
from actors.swarms.checks import check_inputs, check_new
from actors.swarms.commands import MOST_ITEMS, NewSwarm
from actors.swarms.errors import KeyReused, NothingToRetry, SwarmClosed, SwarmMissing, SwarmOver, TooManyItems
from actors.swarms.store import SwarmRow
from actors.swarms.work import Look, Work
from cluster.clients.postgres import Connection
from cluster.errors import Unavailable
from cluster.ids import UserId
from cluster.runtime.actor import interleaves, repeatable
from cluster.runtime.ref import Ref
from cluster.services import ActorServices

log = logging.getLogger(__name__)
BACKSTOP_SECONDS = 10.0
"""How long ends of agents that nobody told may go unseen."""
STAYS_SECONDS = 30.0
"""A longer time until the next attempt is not waited for: somebody wakes the swarm then."""
USER_SECONDS = 1.0
"""How long the user's channel may not have heard the newest."""
FEW, GATHER_SECONDS = 32, 0.1
"""With more agents than a few at work, the ends of those that end so close together are looked at in one go."""
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
"""Seconds between attempts while the database is away."""


class Swarm:
    """One swarm."""

    kind: ClassVar[str] = "swarm"

    def __init__(self, key: str, services: ActorServices) -> None:
        self._swarm = UUID(key)
        self._services = services
        self._order = asyncio.Lock()
        self._news = asyncio.Event()
        self._told = False
        self._work: Work | None = None
        self._doubtful = False

    async def activate(self) -> None:
        """Take up what another incarnation left."""
        if self._services.fence.left_work:
            self._doubtful = True
            await self._wake_up()

    @interleaves
    @repeatable
    async def begin(self, user: UserId, new: NewSwarm) -> None:
        """Make it. Durable when this answers; the same key and the same request are the same swarm.

        Raises KeyReused, NoInputs, TooManyItems, InputTooLong, AgentTypeMissing, ModelMissing, Invalid.
        """
        async with self._order, self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            there = await store.find(conn, self._swarm)
            if there is None:
                await check_new(conn, self._services, new)
                allowance = allowance_of(self._services.settings, new, most_items=MOST_ITEMS)
                await budgets.open_root(conn, self._swarm, allowance)
                await store.insert(conn, self._swarm, new)
                await items.add(conn, self._swarm, new.inputs, first=0)
                await store.grow(conn, self._swarm, by=len(new.inputs), closed=new.closed)
            elif there.options.request != new.options.request:
                raise KeyReused
        await self._go_on(user)

    @interleaves
    async def add(self, user: UserId, inputs: Sequence[Any], closed: bool) -> None:
        """More inputs, in order; `closed` when no more will come. Raises SwarmMissing, SwarmClosed, TooManyItems."""
        async with self._order, self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            swarm = await self._found(conn)
            if swarm.over or swarm.closed:
                raise SwarmClosed
            if swarm.total + len(inputs) > MOST_ITEMS:
                raise TooManyItems(f"a swarm has {MOST_ITEMS} items at most")
            check_inputs(swarm.options.task, inputs)
            await items.add(conn, self._swarm, inputs, first=swarm.total)
            await store.grow(conn, self._swarm, by=len(inputs), closed=closed)
        await self._go_on(user)

    @interleaves
    @repeatable
    async def cancel(self, user: UserId) -> None:
        """End it, and all agents below it. What has ended is fine. Raises SwarmMissing."""
        async with self._order, self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            swarm = await self._found(conn)
            if not swarm.over:
                await store.ask_to_cancel(conn, self._swarm)
        if not swarm.over:
            await ending.cancel(self._services, user, self._swarm)
        await self._go_on(user)

    @interleaves
    @repeatable
    async def pause(self, user: UserId, paused: bool) -> None:
        """Begin no more items, or go on; agents at work finish. Raises SwarmMissing, SwarmOver."""
        async with self._order, self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            if (await self._found(conn)).over:
                raise SwarmOver
            await store.pause(conn, self._swarm, paused)
        await self._go_on(user, turning=True)

    @interleaves
    async def retry(self, user: UserId, numbers: Sequence[int] | None) -> int:
        """Try items again that failed or were cancelled: these, or all; answers how many.

        Raises SwarmMissing, SwarmOver when it was cancelled, NothingToRetry.
        """
        async with self._order, self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            swarm = await self._found(conn)
            if swarm.cancel_requested_at is not None:
                raise SwarmOver("a swarm that was cancelled does not go on; make another one")
            again, failed = await items.try_again(conn, self._swarm, numbers)
            if not again:
                raise NothingToRetry
            await store.reopen(conn, self._swarm, failed=failed)
        await self._go_on(user, turning=True)
        return len(again)

    @interleaves
    @repeatable
    async def child_ended(self, agent: UUID) -> None:
        """An agent has ended; which one, its row says."""
        del agent
        await self._wake_up()

    async def advance(self) -> None:
        """Look, act and wait until nothing is left to do. Told by the swarm to itself."""
        leave, pause = self._services.departure.asked, FIRST_PAUSE
        try:
            while not leave.is_set():
                self._news.clear()
                try:
                    work = await self._taken_up()
                    look = None if work is None else await work.look()
                    if look is None or not await self._wait(look):
                        if await self._rest(look):
                            return
                    pause = FIRST_PAUSE
                except Unavailable as error:
                    log.warning("swarm %s waits: %s", self._swarm, error)
                    self._doubtful = True
                    await self._listen(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            self._told = False
            if self._work is not None:
                self._work.leave()

    async def _taken_up(self) -> Work | None:
        """What does the work; None when there is no such swarm. What may not have been told is told first."""
        if self._work is None:
            async with self._services.db.as_system() as conn:
                owner = await store.owner(conn, self._swarm)
            if owner is None:
                return None
            self._work = Work(self._services, UserId(owner), self._swarm, self._order)
        if self._doubtful:
            await self._work.tell_again()
            await self._cancel_again(self._work)
            self._doubtful = False
        return self._work

    async def _cancel_again(self, work: Work) -> None:
        """A wish to cancel may have been made durable, and nobody told of it."""
        if await work.is_being_cancelled():
            await ending.cancel(self._services, work.user, self._swarm)

    async def _wait(self, look: Look) -> bool:
        """Wait for a reason to look again; False when none will come soon."""
        if look.over:
            return False
        if look.more:
            return True
        seconds = look.seconds_to_due
        if not look.at_work and (seconds is None or seconds > STAYS_SECONDS):
            return False
        wait = BACKSTOP_SECONDS if seconds is None else min(BACKSTOP_SECONDS, seconds)
        await self._listen(min(wait, USER_SECONDS) if self._work and self._work.untold else wait)
        if look.at_work > FEW:
            await asyncio.sleep(GATHER_SECONDS)
        return True

    async def _listen(self, seconds: float) -> None:
        """Until there is news, the host leaves, or the time is over."""
        waiting = [
            asyncio.ensure_future(self._news.wait()),
            asyncio.ensure_future(self._services.departure.asked.wait()),
        ]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    async def _rest(self, look: Look | None) -> bool:
        """Let nobody wake this actor any more, or only when something is due. False when there is news after all."""
        if self._work is not None and self._work.untold:
            await self._work.tell_again()
        async with self._order:
            if self._news.is_set():
                return False
            async with self._services.db.as_nobody() as conn:
                await self._services.fence.mark_pending(conn, False, wake_at=_wake_at(look))
        return not self._news.is_set()

    async def _go_on(self, user: UserId, *, turning: bool = False) -> None:
        if self._work is None:
            self._work = Work(self._services, user, self._swarm, self._order)
        self._work.turning = self._work.turning or turning
        await self._wake_up()

    async def _wake_up(self) -> None:
        self._news.set()
        if not self._told:
            self._told = True
            await self._itself().tell(Swarm.advance)

    def _itself(self) -> "Ref[Swarm]":
        return self._services.runtime.ref(Swarm, str(self._swarm))

    async def _found(self, conn: Connection) -> SwarmRow:
        swarm = await store.find(conn, self._swarm)
        if swarm is None:
            raise SwarmMissing
        return swarm


def _wake_at(look: Look | None) -> datetime | None:
    """When something is due in a swarm that rests."""
    if look is None or look.over:
        return None
    due = [at for at in (look.due, look.deadline) if at is not None]
    return min(due) + timedelta(milliseconds=10) if due else None
