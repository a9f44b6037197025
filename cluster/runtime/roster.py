"""Who is in a host: wakes actors by claiming them, puts them away by giving them back."""

import asyncio
import contextvars
import inspect
import logging
from collections.abc import Coroutine
from typing import Any, cast

from cluster.runtime import store
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.runtime.envelope import Moved, Raised, Reply
from cluster.runtime.incarnation import CURRENT, Incarnation
from cluster.runtime.kinds import Kind
from cluster.runtime.lease import Lease
from cluster.services import ActorServices, Services

log = logging.getLogger(__name__)
DROP_SECONDS = 2.0
"""How long cancelled turns are waited for."""
TOGETHER = 200
"""Actors that are put away at once."""


class Roster:
    """The actors of one host. All that they run belongs to the host's task group."""

    def __init__(self, name: str, services: Services, lease: Lease, group: asyncio.TaskGroup) -> None:
        self._name = name
        self._services = services
        self._lease = lease
        self._group = group
        self._context = contextvars.copy_context()
        self._present: dict[ActorId, Incarnation] = {}

    def __len__(self) -> int:
        return len(self._present)

    def get(self, actor: ActorId) -> Incarnation | None:
        """The actor, when it is here, wakes here or leaves from here."""
        return self._present.get(actor)

    def actors(self) -> list[ActorId]:
        """Who is here."""
        return list(self._present)

    def wake(self, actor: ActorId, kind: Kind) -> Incarnation:
        """Begin to wake an actor."""
        incarnation = Incarnation(actor, kind, self._spawn, self._fenced)
        self._present[actor] = incarnation
        incarnation.begin(self._rise(incarnation))
        return incarnation

    async def put_idle_away(self, usual: float) -> int:
        """Put away who has had nothing to do for so long (seconds); answers how many."""
        now = asyncio.get_running_loop().time()
        idle = [one for one in self._resting() if now - one.used_at >= (one.kind.idle_seconds or usual)]
        await self._put_away(idle)
        return len(idle)

    async def see_off(self) -> None:
        """Let each finish what it has, then put it away."""
        await self._put_away(self._resting())
        await asyncio.gather(*(self._see_off(one) for one in list(self._present.values())))

    async def drop(self) -> list[Incarnation]:
        """Stop all at once, without letting them write; answers whom."""
        dropped = list(self._present.values())
        self._present.clear()
        ending = {task for one in dropped for task in one.drop()}
        if ending:
            await asyncio.wait(ending, timeout=DROP_SECONDS)
        return dropped

    async def release(self, held: list[Incarnation]) -> None:
        """Give placements back. If that fails they stay ours, and what is ours we can claim again."""
        for host in {one.host for one in held if one.host is not None}:
            mine = [(one.actor, one.epoch) for one in held if one.host == host and one.epoch is not None]
            try:
                async with self._services.db.as_nobody() as conn:
                    await store.release(conn, host, mine)
            except store.TROUBLE as error:
                log.warning("%s cannot give %d actors back: %s", self._name, len(mine), error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        # A clean context: the caller's belongs to its request, and what is started in it is cancelled with it.
        return self._group.create_task(work, context=self._context.copy())

    async def _rise(self, incarnation: Incarnation) -> None:
        CURRENT.set(incarnation.actor)
        outcome: Reply | None = Moved()
        try:
            outcome = await self._activate(incarnation)
        except Fenced:
            outcome = Moved()
        except Exception as error:
            outcome = Raised(error)
            await self.release([incarnation])
        finally:
            if outcome is not None:
                self._forget(incarnation)
                incarnation.stay_down(outcome)

    async def _activate(self, incarnation: Incarnation) -> Reply | None:
        """Claim it, make it, load it; None when it is awake."""
        row = self._lease.row
        if row is None:
            return Moved()
        async with self._services.db.as_nobody() as conn:
            claim = await store.claim(conn, incarnation.actor, row.id)
        if claim.epoch is None:
            return Moved(claim.holder)
        incarnation.host, incarnation.epoch = row.id, claim.epoch
        services = ActorServices(**vars(self._services), fence=Fence(incarnation.actor, claim.epoch))
        instance = cast("Any", incarnation.kind.actor)(incarnation.actor.key, services)
        activate = getattr(instance, "activate", None)
        if inspect.iscoroutinefunction(activate):
            await activate()
        incarnation.rise(instance)
        return None

    def _fenced(self, incarnation: Incarnation) -> None:
        self._forget(incarnation)
        incarnation.drop()

    def _forget(self, incarnation: Incarnation) -> None:
        if self._present.get(incarnation.actor) is incarnation:
            del self._present[incarnation.actor]

    async def _see_off(self, incarnation: Incarnation) -> None:
        await incarnation.finish()
        if incarnation.gone is None:
            await self._put_away([incarnation])

    def _resting(self) -> list[Incarnation]:
        return [one for one in self._present.values() if not one.busy and one.gone is None]

    async def _put_away(self, resting: list[Incarnation]) -> None:
        for start in range(0, len(resting), TOGETHER):
            await self._let_go([one for one in resting[start : start + TOGETHER] if not one.busy])

    async def _let_go(self, leaving: list[Incarnation]) -> None:
        for one in leaving:
            one.gone = asyncio.Event()
        try:
            await asyncio.gather(*(one.deactivate() for one in leaving))
            await self.release(leaving)
        finally:
            for one in leaving:
                self._forget(one)
                if one.gone is not None:
                    one.gone.set()
