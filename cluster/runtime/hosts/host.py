"""A host carries actors: it wakes them, gives them their messages, puts them away. A plain class; Ray only wraps it."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from cluster.errors import Invalid, Unavailable
from cluster.ids import HostId, new_id
from cluster.runtime import store
from cluster.runtime.actor import ActorId
from cluster.runtime.envelope import Answered, Full, Message, Moved, Raised, Reply, Severed
from cluster.runtime.hosts.flow import Flow
from cluster.runtime.hosts.incarnation import CURRENT, Incarnation, Letter
from cluster.runtime.hosts.keeper import Hosts, Keeper
from cluster.runtime.hosts.lease import Lease
from cluster.runtime.hosts.load import Load, LoadMeter
from cluster.runtime.hosts.roster import Roster
from cluster.runtime.hosts.shedding import shed
from cluster.runtime.hosts.sweep import sweep
from cluster.runtime.kinds import WAKE, Kinds, Method, method_of
from cluster.runtime.seen import tell_counts
from cluster.runtime.store import HostRow
from cluster.services import Services

log = logging.getLogger(__name__)
DRAIN_SECONDS = 10.0
"""How long a host that stops lets turns go on: to the end of a step, or to their own when there is no other host."""
CUT_SECONDS = 2.0
"""How long turns have to break off in good order after that."""
TIDY_SHARE = 0.25
"""How often idle actors are looked for, as a share of the idle time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a host runs and what it is for. `only`: the one actor that it was made for."""

    name: str
    node: str
    capacity: int
    only: ActorId | None = None

    def row(self) -> HostRow:
        """The place as a row of the table of hosts."""
        kinds = None if self.only is None else (self.only.kind,)
        return HostRow(
            id=HostId(new_id()), name=self.name, node=self.node, pid=os.getpid(), kinds=kinds, capacity=self.capacity
        )


class Host:
    """Carries actors. `ended` is set when it has stopped; `failure` says why when it did so by itself."""

    def __init__(self, place: Place, kinds: Kinds, services: Services, fleet: Hosts | None = None) -> None:
        self.place = place
        self.ended = asyncio.Event()
        self.failure: BaseException | None = None
        self._kinds = kinds
        self._services = services
        self._stopping = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self.meter = LoadMeter()
        self._lease = Lease(services.settings, place.row(), load=self._load, lost=self._lost, leave=self.leave)
        self._roster = Roster(place.name, services, self._lease, self._group)
        self._main: asyncio.Task[None] | None = None
        self._hand_over = True
        self._fleet = fleet

    @property
    def row(self) -> HostRow | None:
        """Who this host is at the moment; None while it takes nobody."""
        return None if self._stopping.is_set() else self._lease.row

    def _load(self) -> Load:
        return Load(len(self._roster), self.meter.cpu, self.meter.lag, self._roster.admission.waiting)

    def carries(self, actor: ActorId) -> bool:
        """Whether the actor is here, or being woken here."""
        return self._roster.get(actor) is not None

    def actors(self) -> list[ActorId]:
        """Who is here."""
        return self._roster.actors()

    async def start(self) -> HostRow:
        """Begin to serve; answers once the host is registered, however long the database takes."""
        self._main = asyncio.create_task(self._run(), name=f"host {self.place.name}")
        first = asyncio.ensure_future(self._lease.first.wait())
        try:
            await asyncio.wait({first, self._main}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            first.cancel()
        row = self._lease.row
        if row is None:
            raise Unavailable(f"{self.place.name} did not start") from self.failure
        return row

    def leave(self) -> None:
        """Begin to stop: take nobody more, let actors hand over to other hosts, put all away, sign off."""
        self._stopping.set()

    async def stop(self, *, hand_over: bool = True) -> None:
        """Leave, and wait for the end. Unless they are to `hand_over`, turns go on here for as long as they may."""
        self._hand_over = hand_over
        self.leave()
        await self.ended.wait()

    def refuse(self, actor: ActorId) -> Moved:
        """A message to this actor is in a newer version than this host reads: the actor is to leave for one that does.

        What newer code asks for, only newer code can answer.
        """
        self._roster.depart(actor)
        return Moved()

    async def abandon(self) -> None:
        """Stop as a process does that is killed: nobody is put away and no row is touched."""
        if self._main is not None:
            self._main.cancel()
            await asyncio.wait({self._main})

    async def ask(self, message: Message) -> Reply:
        """Give an actor a message and wait for the end of its turn. Cancelling the wait does not cancel the turn."""
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        refused = await self._hand_in(Letter(message, reply=reply))
        return refused or await reply

    async def tell(self, message: Message) -> Reply:
        """Give an actor a message; answers once it is in the mailbox."""
        return await self._hand_in(Letter(message)) or Answered()

    async def stream(self, message: Message) -> AsyncGenerator[Reply]:
        """First Answered (the mailbox has it) or a refusal, then Items, then Answered or what went wrong."""
        flow = Flow()
        letter = Letter(message, flow=flow)
        refused = await self._hand_in(letter)
        try:
            yield refused or Answered()
            if refused is None:
                async for reply in flow.batches():
                    yield reply
        finally:
            letter.withdraw()

    async def _hand_in(self, letter: Letter) -> Reply | None:
        """Put the letter into its actor's mailbox, waking the actor if need be. None when that was done."""
        message = letter.message
        try:
            method = method_of(self._kinds, message.actor, message.method)
            if method.streams is not (letter.flow is not None):
                raise Invalid(f"{message.method} is {'a' if method.streams else 'no'} stream")
            if CURRENT.get() == message.actor:
                return self._hand_to_itself(letter, method)
        except Invalid as error:
            return Raised(error)
        awake = await self._awake(message.actor, method)
        return awake.accept(letter, interleaves=method.interleaves) if isinstance(awake, Incarnation) else awake

    async def _awake(self, actor: ActorId, method: Method) -> Incarnation | Reply:
        while True:
            incarnation = self._roster.get(actor)
            leaves = self.row is None or (incarnation is not None and incarnation.departure.asked.is_set())
            if leaves:
                return incarnation if incarnation and self._still_hears(incarnation, method) else Moved()
            if incarnation is None:
                if refusal := self._refusal(actor):
                    return refusal
                incarnation = self._roster.wake(actor, self._kinds[actor.kind])
            if incarnation.gone is not None:
                await incarnation.gone.wait()
            elif incarnation.woken is None:
                return incarnation
            elif failed := await asyncio.shield(incarnation.woken):
                return failed

    def _still_hears(self, incarnation: Incarnation, method: Method) -> bool:
        """Who leaves in the middle of a turn still hears what gets through during turns; the rest is for the next."""
        in_turn = incarnation.working and incarnation.woken is None and incarnation.gone is None
        return method.interleaves and in_turn and self._lease.row is not None

    def _hand_to_itself(self, letter: Letter, method: Method) -> Reply | None:
        """An actor may tell itself anything at any time, also while it wakes; it may not wait for its own next turn."""
        incarnation = self._roster.get(letter.message.actor)
        if incarnation is None:
            return Severed("another incarnation of the actor took over")
        waits = letter.reply is not None or letter.flow is not None
        if waits and (incarnation.woken is not None or not method.interleaves):
            raise Invalid(f"{letter.message.actor} would wait for itself; tell instead")
        # Who leaves begins nothing more here: it goes after the actor.
        direct = method.interleaves and not incarnation.departure.asked.is_set()
        return incarnation.accept(letter, interleaves=direct)

    def _refusal(self, actor: ActorId) -> Reply | None:
        if self.place.only is not None and actor != self.place.only:
            return Moved()
        return Full() if len(self._roster) >= self.place.capacity else None

    async def _lost(self) -> None:
        await self._roster.drop()

    async def _run(self) -> None:
        try:
            async with self._group:
                lease = self._group.create_task(self._lease.keep())
                chores = [self._group.create_task(work) for work in self._chores()]
                await self._stopping.wait()
                for chore in chores:
                    chore.cancel()
                await self._drain()
                row = self._lease.row
                lease.cancel()
                await asyncio.wait({lease, *chores})
                if row is not None:
                    await self._sign_off(row)
        except Exception as error:
            log.exception("%s failed", self.place.name)
            self.failure = error
        finally:
            self._stopping.set()
            await self._roster.drop()
            self.ended.set()

    def _chores(self) -> Iterable[Coroutine[Any, Any, None]]:
        services = self._services
        yield self._tidy()
        yield self.meter.run()
        yield tell_counts(self._roster)
        yield sweep(self, services)
        if self.place.only is None:
            yield shed(self.place.name, self._roster, self.meter, services)
        if self._fleet is not None and services.settings.most_hosts and self.place.capacity and not self.place.only:
            yield Keeper(services, self._fleet).keep(self)

    async def _drain(self) -> None:
        elsewhere = await self._declare_leaving()
        seeing_off = self._group.create_task(self._roster.see_off(elsewhere=elsewhere))
        await asyncio.wait({seeing_off}, timeout=DRAIN_SECONDS)
        if not seeing_off.done():
            self._roster.press()
            await asyncio.wait({seeing_off}, timeout=CUT_SECONDS)
        if not seeing_off.done():
            log.warning("%s stops %d actors in the middle of a turn", self.place.name, len(self._roster))
            seeing_off.cancel()
        pending = await self._roster.release(await self._roster.drop())
        if elsewhere:
            await self._roster.hand_on(Message(actor, WAKE, (), {}) for actor in pending)
        await self._roster.handed_on()

    async def _declare_leaving(self) -> bool:
        """Let callers choose this host no more. Answers whether its actors can hand over to another one."""
        row = self._lease.row
        if row is None:
            return False
        try:
            async with self._services.db.as_nobody() as conn:
                other = await store.drain(conn, row.id)
        except store.TROUBLE as error:
            log.warning("%s cannot say that it leaves: %s", self.place.name, error)
            return False
        return other and self._hand_over and self.place.only is None

    async def _sign_off(self, row: HostRow) -> None:
        try:
            async with self._services.db.as_nobody() as conn:
                await store.unregister(conn, row.id)
        except store.TROUBLE as error:
            log.warning("%s cannot sign off: %s", self.place.name, error)

    async def _tidy(self) -> None:
        """Put idle actors away. A host that was made for one actor ends when that one has slept for as long."""
        loop = asyncio.get_running_loop()
        usual = self._services.settings.idle_seconds
        empty_since = loop.time()
        while True:
            await asyncio.sleep(min(5.0, usual * TIDY_SHARE))
            left = await self._roster.put_idle_away(usual)
            if len(self._roster):
                empty_since = loop.time()
            elif self.place.only is not None and (left or loop.time() - empty_since >= usual):
                self._stopping.set()
