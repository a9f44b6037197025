"""Who is in a host: wakes actors by claiming them, puts them away by giving them back, and hands on what they leave."""

import asyncio
import contextvars
import inspect
import logging
from collections.abc import Coroutine, Iterable, Sequence
from math import ceil
from typing import Any, cast

from cluster.errors import ApexError
from cluster.runtime import store
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.runtime.admission import Admission
from cluster.runtime.envelope import Message, Moved, Raised, Reply
from cluster.runtime.hosts.incarnation import CURRENT, Incarnation
from cluster.runtime.hosts.lease import Lease
from cluster.runtime.kinds import WAKE, Kind
from cluster.services import ActorServices, Services
from cluster.telemetry.catalogue import WAKE_SECONDS, WAKES

log = logging.getLogger(__name__)
DROP_SECONDS = 2.0
"""How long cancelled turns are waited for."""
TOGETHER = 200
"""Actors that are put away at once."""
HAND_ON_SECONDS = 3.0
"""How long is tried to have somebody woken elsewhere. After that the sweeps of other hosts find them."""


class Roster:
    """The actors of one host. All that they run belongs to the host's task group."""

    def __init__(self, name: str, services: Services, lease: Lease, group: asyncio.TaskGroup) -> None:
        self._name = name
        self._services = services
        self._lease = lease
        self._group = group
        self._context = contextvars.copy_context()
        self._present: dict[ActorId, Incarnation] = {}
        self._handing_on: set[asyncio.Task[None]] = set()
        self._elsewhere: bool | None = None  # known once the host leaves
        self.admission = Admission(services.settings)

    def __len__(self) -> int:
        return len(self._present)

    def get(self, actor: ActorId) -> Incarnation | None:
        """The actor, when it is here, wakes here or leaves from here."""
        return self._present.get(actor)

    def actors(self) -> list[ActorId]:
        """Who is here."""
        return list(self._present)

    def awake(self) -> list[Incarnation]:
        """Those who are here and active."""
        return [one for one in self._present.values() if one.instance is not None]

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

    async def put_longest_idle_away(self, share: float) -> int:
        """Put away this share of those who rest, however short they have; answers how many."""
        resting = sorted(self._resting(), key=lambda one: one.used_at)
        leaving = resting[: ceil(len(resting) * share)]
        await self._put_away(leaving)
        return len(leaving)

    def depart(self, actor: ActorId) -> None:
        """Let one actor leave at its next step: it is wanted elsewhere."""
        incarnation = self._present.get(actor)
        if incarnation is not None and not incarnation.departure.asked.is_set():
            incarnation.departure.asked.set()
            self._spawn(self._see_off(incarnation))

    async def see_off(self, *, elsewhere: bool) -> None:
        """Put away who rests. The others leave at their next step, or, with nowhere to go, when they have finished."""
        present = list(self._present.values())
        self._elsewhere = elsewhere
        if elsewhere:
            for one in present:
                one.departure.asked.set()
        working = [one for one in present if one.busy]
        await asyncio.gather(self._put_away(self._resting()), *(self._see_off(one) for one in working))

    def press(self) -> None:
        """The time for steps is over: who is still here leaves now."""
        for one in self._present.values():
            one.departure.press()

    async def drop(self) -> list[Incarnation]:
        """Stop all at once, without letting them write; answers whom."""
        dropped = list(self._present.values())
        self._present.clear()
        ending = {task for one in dropped for task in one.drop()}
        if ending:
            await asyncio.wait(ending, timeout=DROP_SECONDS)
        return dropped

    async def release(self, held: Sequence[Incarnation]) -> list[ActorId]:
        """Give placements back; answers who has unfinished work.

        If that fails they stay ours, and what is ours we can claim again.
        """
        pending: list[ActorId] = []
        for host in {one.host for one in held if one.host is not None}:
            mine = [(one.actor, one.epoch) for one in held if one.host == host and one.epoch is not None]
            try:
                async with self._services.db.as_nobody() as conn:
                    pending += await store.release(conn, host, mine)
            except store.TROUBLE as error:
                log.warning("%s cannot give %d actors back: %s", self._name, len(mine), error)
        return pending

    async def hand_on(self, messages: Iterable[Message]) -> None:
        """Give messages to their actors, wherever those are woken now. What fails is left to the sweeps."""
        await asyncio.gather(*(self._hand_on(message) for message in messages))

    async def handed_on(self) -> None:
        """Wait until everything that actors left behind has been handed on, or given up."""
        while self._handing_on:
            await asyncio.wait(set(self._handing_on))

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
        row, began = self._lease.row, asyncio.get_running_loop().time()
        if row is None:
            return Moved()
        async with self._services.db.as_nobody(together=False) as conn:
            claim = await store.claim(conn, incarnation.actor, row.id)
        if claim.epoch is None:
            return Moved(claim.holder)
        incarnation.host, incarnation.epoch = row.id, claim.epoch
        fence = Fence(incarnation.actor, claim.epoch, row.id, claim.left_work)
        services = ActorServices(
            **vars(self._services), fence=fence, admission=self.admission, departure=incarnation.departure
        )
        instance = cast("Any", incarnation.kind.actor)(incarnation.actor.key, services)
        activate = getattr(instance, "activate", None)
        if inspect.iscoroutinefunction(activate):
            await activate()
        incarnation.rise(instance)
        WAKES.add(1.0, incarnation.actor.kind)
        WAKE_SECONDS.observe(asyncio.get_running_loop().time() - began, incarnation.actor.kind)
        return None

    def _fenced(self, incarnation: Incarnation) -> None:
        self._forget(incarnation)
        incarnation.drop()

    def _forget(self, incarnation: Incarnation) -> None:
        if self._present.get(incarnation.actor) is incarnation:
            del self._present[incarnation.actor]

    async def _see_off(self, incarnation: Incarnation) -> None:
        while incarnation.gone is None and self._present.get(incarnation.actor) is incarnation:
            await incarnation.finish()
            await self._put_away([incarnation])

    async def _hand_on(self, message: Message) -> None:
        try:
            async with asyncio.timeout(HAND_ON_SECONDS):
                await self._services.runtime.post(message.actor, message.method, message.args, message.kwargs)
        except (ApexError, TimeoutError) as error:
            log.warning("%s cannot hand %s.%s on: %s", self._name, message.actor, message.method, error)

    def _leave_behind(self, gone: Sequence[Incarnation], pending: Sequence[ActorId]) -> None:
        """What those who left did not begin goes after them; who has unfinished work is woken by that, or by itself.

        Not who alone was sent away: whoever wants that one elsewhere wakes it there.
        """
        messages = [message for one in gone for message in one.hand_on()]
        told = {message.actor for message in messages}
        left = {one.actor for one in gone if one.departure.asked.is_set()} if self._elsewhere else set[ActorId]()
        messages += [Message(actor, WAKE, (), {}) for actor in pending if actor in left and actor not in told]
        if messages and self._elsewhere is not False:
            task = self._spawn(self.hand_on(messages))
            self._handing_on.add(task)
            task.add_done_callback(self._handing_on.discard)

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
            pending = await self.release(leaving)
        finally:
            for one in leaving:
                self._forget(one)
                if one.gone is not None:
                    one.gone.set()
        self._leave_behind(leaving, pending)
