"""Takes a message to its actor, wherever that is: the half of a runtime that does not depend on how bytes travel.

In the common case the host is remembered and this costs one send. Everything else is decided in placement.py.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, Literal, Protocol, TypeVar

from cluster.errors import Unavailable
from cluster.ids import HostId
from cluster.runtime import store
from cluster.runtime.actor import Actor, ActorId
from cluster.runtime.delivery.placement import (
    Choose,
    Chosen,
    Done,
    Event,
    Failed,
    Found,
    GiveUp,
    Look,
    Pause,
    Replied,
    Rested,
    Send,
    SetOut,
    Step,
    Trip,
    after,
    emptiest,
)
from cluster.runtime.envelope import (
    Answered,
    Items,
    Message,
    Moved,
    Raised,
    Reply,
    Severed,
    decode_reply,
    encode_message,
)
from cluster.runtime.errors import Lost, Unreached
from cluster.runtime.hosts.quarantine import isolate
from cluster.runtime.kinds import Kinds, method_of
from cluster.runtime.protocol import readers
from cluster.runtime.ref import Ref
from cluster.runtime.seen import sending, with_place
from cluster.runtime.store import HostRow
from cluster.services import Clients
from cluster.telemetry.catalogue import MESSAGES, MOVES

A = TypeVar("A", bound=Actor)
Way = Literal["ask", "tell"]
Give = Callable[[HostRow], Coroutine[Any, Any, Reply]]
REMEMBERED = 100_000
"""Actors whose host is remembered."""
HOSTS_SECONDS = 1.0
"""How old the list of hosts may be when an actor is placed."""


class Carrier(Protocol):
    """How bytes reach a host. Raises Unreached when they provably did not, Lost when nobody knows."""

    def here(self, actor: ActorId) -> HostRow | None:
        """The host in this process, when it has the actor."""
        ...

    async def send(self, host: HostRow, way: Way, data: bytes) -> bytes:
        """Give a message to a host; answers its reply."""
        ...

    def flow(self, host: HostRow, data: bytes) -> AsyncGenerator[bytes]:
        """Give a host a message that has many replies."""
        ...

    async def open_host(self, actor: ActorId) -> HostRow:
        """Make, or find, the host that is this actor's own."""
        ...


class Delivery:
    """A Runtime over a carrier."""

    def __init__(self, clients: Clients, kinds: Kinds, carrier: Carrier) -> None:
        self._db = clients.db
        self._settings = clients.settings
        self._kinds = kinds
        self._carrier = carrier
        self._seen: dict[ActorId, HostRow] = {}
        self._hosts: list[HostRow] = []
        self._hosts_at = float("-inf")
        self._sent: dict[HostId, int] = {}

    def ref(self, actor: type[A], key: str) -> Ref[A]:
        """The address of an actor."""
        return Ref(self, ActorId(actor.kind, key))

    async def deliver(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Wait for the answer."""
        return _value(await self._send("ask", Message(actor, method, args, kwargs)))

    async def post(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Wait until the mailbox has the message."""
        _value(await self._send("tell", Message(actor, method, args, kwargs)))

    async def receive(
        self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> AsyncIterator[Any]:
        """Receive what the actor's generator yields. Closing this closes that."""
        message = with_place(Message(actor, method, args, kwargs))
        MESSAGES.add(1.0, "stream", actor.kind)
        opened: list[AsyncGenerator[bytes]] = []

        async def begin(host: HostRow) -> Reply:
            flow = self._carrier.flow(host, encode_message(message, host.version))
            try:
                first = decode_reply(await anext(flow))
            except BaseException:
                await flow.aclose()
                raise
            opened[:] = [flow]
            return first

        _value(await self._travel(actor, method, begin))
        async with aclosing(opened[0]) as flow:
            async for batch in _batches(flow):
                for item in batch.items:
                    yield item

    async def _send(self, way: Way, message: Message) -> Reply:
        with sending(way, message):
            message = with_place(message)

            async def give(host: HostRow) -> Reply:
                return decode_reply(await self._carrier.send(host, way, encode_message(message, host.version)))

            return await self._travel(message.actor, message.method, give)

    async def _travel(self, actor: ActorId, method: str, give: Give) -> Reply:
        clock = asyncio.get_running_loop().time
        patience = max(15.0, self._settings.lease_seconds * 1.5)
        trip = Trip(method_of(self._kinds, actor, method).repeatable, patience, clock() + patience)
        event: Event = SetOut(self._carrier.here(actor) or self._seen.get(actor))
        while True:
            trip, step = after(trip, event, clock())
            match step:
                case Done(host, reply):
                    self._remember(actor, host)
                    return reply
                case GiveUp(error):
                    self._seen.pop(actor, None)
                    raise error
                case _:
                    event = await self._carry_out(actor, step, give)

    async def _carry_out(self, actor: ActorId, step: Step, give: Give) -> Event:
        try:
            match step:
                case Send(host):
                    reply = await self._watch(host, give(host))
                    if isinstance(reply, Moved):
                        MOVES.add(1.0, actor.kind)
                    if reply == Moved():
                        self._forget(host)
                    return Replied(host, reply)
                case Look():
                    self._seen.pop(actor, None)
                    return Found(*await self._find(actor))
                case Choose(_, True):
                    return Chosen(await self._carrier.open_host(actor))
                case Choose(avoid):
                    return Chosen(await self._choose(actor, avoid))
                case Pause(seconds):
                    await asyncio.sleep(seconds * random.uniform(0.5, 1.5))
                    return Rested()
                case _:
                    raise AssertionError(step)
        except Lost as error:
            self._hosts_at = float("-inf")
            return Failed(step.host.id if isinstance(step, Send) else None, str(error))
        except (Unreached, *store.TROUBLE) as error:
            self._hosts_at = float("-inf")
            return Failed(None, str(error))

    async def _watch(self, host: HostRow, giving: Coroutine[Any, Any, Reply]) -> Reply:
        """Wait for the reply for as long as the host lives: one that is frozen never breaks the connection."""
        sending = asyncio.create_task(giving)
        try:
            while not (await asyncio.wait({sending}, timeout=self._settings.lease_seconds))[0]:
                if not await self._may_live(host):
                    raise Lost(f"{host.name} does not answer")
            return sending.result()
        finally:
            sending.cancel()

    async def _may_live(self, host: HostRow) -> bool:
        """Whether the host lives. While nobody can say, its reply is waited for: it may be at work on the message."""
        try:
            async with self._db.as_nobody(together=False) as conn:
                return await store.is_live(conn, host.name)
        except store.TROUBLE:
            return True

    async def _find(self, actor: ActorId) -> tuple[HostRow | None, bool]:
        async with self._db.as_nobody(together=False) as conn:
            host, suspect = await store.whereabouts(conn, actor)
        if not suspect:
            return host, False
        async with self._db.as_nobody() as conn:
            return host, await isolate(conn, actor, places=self._settings.quarantine_hosts)

    async def _choose(self, actor: ActorId, avoid: frozenset[HostId]) -> HostRow | None:
        if self._kinds[actor.kind].exclusive or self._settings.actors_per_host == 1:
            return await self._carrier.open_host(actor)
        now = asyncio.get_running_loop().time()
        if now - self._hosts_at > HOSTS_SECONDS or not self._hosts:
            async with self._db.as_nobody(together=False) as conn:
                self._hosts = readers(await store.live_hosts(conn))
            self._hosts_at = now
            self._sent = {}
        host = emptiest(self._hosts, actor, sent=self._sent, avoid=avoid)
        if host is not None:
            self._sent[host.id] = self._sent.get(host.id, 0) + 1
        return host

    def _forget(self, host: HostRow) -> None:
        """It takes nobody: it leaves, or its code is too old. The list at hand may not know yet."""
        self._hosts = [known for known in self._hosts if known.id != host.id]

    def _remember(self, actor: ActorId, host: HostRow) -> None:
        if actor not in self._seen and len(self._seen) >= REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        self._seen[actor] = host


async def _batches(flow: AsyncGenerator[bytes]) -> AsyncGenerator[Items]:
    try:
        async for data in flow:
            reply = decode_reply(data)
            if isinstance(reply, Items):
                yield reply
            elif isinstance(reply, Answered):
                return
            else:
                _value(reply)
                break
    except (Lost, Unreached) as error:
        raise Unavailable(f"the stream broke off: {error}") from error
    raise Unavailable("the stream broke off")


def _value(reply: Reply) -> Any:
    match reply:
        case Raised(error):
            raise error
        case Severed(why):
            raise Unavailable(f"{why}; what was asked for may have been done or not")
        case _:
            return getattr(reply, "value", None)
