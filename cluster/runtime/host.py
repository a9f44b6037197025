"""A host carries actors: it wakes them, gives them their messages, puts them away. A plain class; Ray only wraps it."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from cluster.errors import Invalid, Unavailable
from cluster.ids import HostId, new_id
from cluster.runtime import store
from cluster.runtime.actor import ActorId
from cluster.runtime.envelope import Answered, Full, Message, Moved, Raised, Reply, Severed
from cluster.runtime.flow import Flow
from cluster.runtime.incarnation import CURRENT, Incarnation, Letter
from cluster.runtime.kinds import Kinds, Method, method_of
from cluster.runtime.lease import Lease
from cluster.runtime.roster import Roster
from cluster.runtime.store import HostRow
from cluster.runtime.sweep import sweep
from cluster.services import Services

log = logging.getLogger(__name__)
DRAIN_SECONDS = 10.0
"""How long a host that stops lets its turns go on."""
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

    def __init__(self, place: Place, kinds: Kinds, services: Services) -> None:
        self.place = place
        self.ended = asyncio.Event()
        self.failure: BaseException | None = None
        self._kinds = kinds
        self._services = services
        self._stopping = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._lease = Lease(services.settings, place.row(), actors=lambda: len(self._roster), lost=self._lost)
        self._roster = Roster(place.name, services, self._lease, self._group)
        self._main: asyncio.Task[None] | None = None

    @property
    def row(self) -> HostRow | None:
        """Who this host is at the moment; None while it does not serve."""
        return None if self._stopping.is_set() else self._lease.row

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

    async def stop(self) -> None:
        """Take nothing new, let turns go on for a while, put all actors away, leave."""
        self._stopping.set()
        await self.ended.wait()

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
        awake = await self._awake(message.actor)
        return awake.accept(letter, interleaves=method.interleaves) if isinstance(awake, Incarnation) else awake

    async def _awake(self, actor: ActorId) -> Incarnation | Reply:
        while True:
            if self.row is None:
                return Moved()
            incarnation = self._roster.get(actor)
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

    def _hand_to_itself(self, letter: Letter, method: Method) -> Reply | None:
        """An actor may tell itself anything at any time, also while it wakes; it may not wait for its own next turn."""
        incarnation = self._roster.get(letter.message.actor)
        if incarnation is None:
            return Severed("another incarnation of the actor took over")
        waits = letter.reply is not None or letter.flow is not None
        if waits and (incarnation.woken is not None or not method.interleaves):
            raise Invalid(f"{letter.message.actor} would wait for itself; tell instead")
        return incarnation.accept(letter, interleaves=method.interleaves)

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
                chores = [self._group.create_task(work) for work in (self._tidy(), sweep(self, self._services))]
                await self._stopping.wait()
                for chore in chores:
                    chore.cancel()
                await self._drain()
                row = self._lease.row
                lease.cancel()
                await asyncio.wait({lease, *chores})
                if row is not None:
                    await self._leave(row)
        except Exception as error:
            log.exception("%s failed", self.place.name)
            self.failure = error
        finally:
            self._stopping.set()
            await self._roster.drop()
            self.ended.set()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._roster.see_off()
        except TimeoutError:
            log.warning("%s stops %d actors in the middle of a turn", self.place.name, len(self._roster))
        await self._roster.release(await self._roster.drop())

    async def _leave(self, row: HostRow) -> None:
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
