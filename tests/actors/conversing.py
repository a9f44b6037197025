"""What the tests of sessions share: a model that plays what a test wrote, a runtime for it, a person who talks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

import orjson

from actors.session.commands import Post, Posted, Regenerate
from actors.session.session import Session
from actors.stores import messages
from actors.stores.messages import Message
from cluster.events.log import BEGINNING, Gap
from cluster.events.names import conversation_channel, user_channel
from cluster.ids import ConversationId, HostId, MessageId, TurnId, UserId, new_id
from cluster.models.card import Abilities, ModelCard
from cluster.models.catalogue import Models
from cluster.models.chat_model import (
    Block,
    ChatModel,
    ModelEvent,
    ModelRequest,
    ModelUnreachable,
    StepDone,
    TextDelta,
    ToolCall,
    Usage,
)
from cluster.runtime import store
from cluster.runtime.actor import Actor, ActorId
from cluster.runtime.hosts.host import Host, Place
from cluster.runtime.loop import LoopRuntime
from cluster.runtime.ref import Ref
from cluster.services import Clients, Services

Json = dict[str, Any]
Scene = Sequence["ModelEvent | asyncio.Event | Exception"]
USED = Usage(
    input_tokens=100, output_tokens=20, cache_read_tokens=7, cache_write_tokens=3, cost_usd=Decimal("0.00123456")
)
CARD = ModelCard(
    id="played",
    name="Played",
    provider="scripted",
    description="Plays what a test wrote.",
    context_tokens=200_000,
    max_output_tokens=8192,
    abilities=Abilities(thinking="manual"),
    images=True,
    tools=True,
)


class PlayedModel:
    """A chat model that plays one scene for each step, and remembers what it was asked.

    Titles and summaries are not in the script: it always has the same ones.
    """

    def __init__(self, *scenes: Scene) -> None:
        self.scenes = list(scenes)
        self.requests: list[ModelRequest] = []
        self.condensed: list[ModelRequest] = []
        self.summary: str | None = "THE SUMMARY"
        self.closed = 0

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """The next scene: events are said, gates are waited for, errors are raised."""
        if "title" in request.system:
            yield done("A fine title")
            return
        if "condense" in request.system:
            self.condensed.append(request)
            if self.summary is None:
                raise ModelUnreachable("no summary today")
            yield done(self.summary)
            return
        self.requests.append(request)
        if not self.scenes:
            yield done("(nothing more is written)")
            return
        try:
            for part in self.scenes.pop(0):
                if isinstance(part, asyncio.Event):
                    await part.wait()
                elif isinstance(part, Exception):
                    raise part
                else:
                    yield part
        finally:
            self.closed += 1


class PlayedModels(Models):
    """A catalogue in which every model is the played one."""

    def __init__(self, clients: Clients, runtime: LoopRuntime, player: ChatModel, card: ModelCard) -> None:
        super().__init__(clients.settings, runtime)
        self._player = player
        self._card = card

    def card(self, id: str) -> ModelCard:
        """The played model's card, by its own name only."""
        return self._card if id == self._card.id else super().card(id)

    def default(self) -> str:
        """The played model."""
        return self._card.id

    def small(self, id: str) -> str:
        """The played model."""
        return self._card.id

    def chat_model(self, id: str) -> ChatModel:
        """The played model."""
        return self._player


class PlayedRuntime(LoopRuntime):
    """A runtime in which every host, also one that is made for a single actor, speaks to the played model."""

    player: ChatModel
    card: ModelCard

    def models(self) -> Models:
        """The played model."""
        return PlayedModels(self._clients, self, self.player, self.card)


def says(*pieces: str) -> list[ModelEvent]:
    """A scene that says something and ends."""
    return [*(TextDelta(piece) for piece in pieces), done("".join(pieces))]


def asks(*calls: tuple[str, Json], text: str = "Let me see.") -> list[ModelEvent]:
    """A scene that asks for tools."""
    asked = [ToolCall(id=f"call_{uuid4().hex[:12]}", name=name, arguments=arguments) for name, arguments in calls]
    blocks: list[Block] = [{"type": "text", "text": text}]
    blocks += [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in asked]
    return [
        TextDelta(text),
        StepDone(blocks=blocks, stop_reason="tool_use", usage=USED, model="played", tool_calls=asked),
    ]


def done(text: str) -> StepDone:
    """The end of a step that said only this."""
    return StepDone(blocks=[{"type": "text", "text": text}], stop_reason="end_turn", usage=USED, model="played")


@dataclass
class Troupe:
    """A runtime whose hosts carry sessions that speak to a played model."""

    clients: Clients
    runtime: PlayedRuntime
    hosts: list[Host] = field(default_factory=list[Host])

    async def add_host(self) -> Host:
        """Start another host."""
        name = f"host/test/{uuid4().hex[:8]}"
        services = Services(**vars(self.clients), runtime=self.runtime, models=self.runtime.models())
        host = Host(Place(name=name, node="test", capacity=1000), self.runtime._kinds, services)  # pyright: ignore[reportPrivateUsage]
        self.runtime.hosts[name] = host
        self.hosts.append(host)
        await host.start()
        return host

    async def crash(self) -> None:
        """Kill the newest host as kill -9 does, let its lease be over, and start another one."""
        await self.kill(self.hosts[-1])
        await self.add_host()

    async def kill(self, host: Host) -> None:
        """Kill a host as kill -9 does, and let its lease be over."""
        row = host.row
        assert row is not None
        await host.abandon()
        del self.runtime.hosts[host.place.name]
        self.hosts = [one for one in self.hosts if one is not host]
        async with self.clients.db.as_nobody() as conn:
            await store.declare_dead(conn, [HostId(row.id)])

    def host_of(self, actor: ActorId) -> Host | None:
        """The host that has an actor now."""
        return next((host for host in self.runtime.hosts.values() if host.row and host.carries(actor)), None)


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 (the database has no event to wait for)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def playing(
    clients: Clients, player: ChatModel, *, card: ModelCard = CARD, beside: Sequence[type[Actor]] = ()
) -> AsyncGenerator[Troupe]:
    """A troupe with one host, in which sessions live, and actors `beside` them."""
    async with PlayedRuntime.open(clients, [Session, *beside], hosts=0) as runtime:
        runtime.player, runtime.card = player, card
        troupe = Troupe(clients, runtime)
        await troupe.add_host()
        yield troupe


@dataclass
class Person:
    """Somebody in one conversation: sends commands, listens, and looks things up."""

    troupe: Troupe
    user: UserId
    conversation: ConversationId = field(default_factory=lambda: ConversationId(new_id()))

    @property
    def session(self) -> Ref[Session]:
        """Where commands go."""
        return self.troupe.runtime.ref(Session, str(self.conversation))

    async def say(self, message: str, **more: Any) -> Posted:
        """Post a message; the conversation is made by the first."""
        fields: dict[str, Any] = {"idempotency_key": uuid4().hex, "create": True, **more}
        post = Post(message=message, **fields)
        return await self.session.ask(Session.post, self.user, post)

    async def regenerate(self, message: MessageId) -> Posted:
        """Ask for another answer."""
        command = Regenerate(idempotency_key=uuid4().hex, message_id=message)
        return await self.session.ask(Session.regenerate, self.user, command)

    async def stop(self, turn: TurnId | None = None) -> TurnId | None:
        """Stop the answer."""
        return await self.session.ask(Session.stop, self.user, turn)

    async def events(self, *, after: str = BEGINNING, channel: str | None = None) -> list[Json]:
        """All events so far."""
        name = channel or conversation_channel(self.conversation)
        found = await self.troupe.clients.log.read(name, after=after, limit=9000)
        assert not isinstance(found, Gap)
        return [orjson.loads(entry.data) for entry in found]

    async def hear(self, kind: str, *, turn: TurnId | None = None, count: int = 1) -> list[Json]:
        """Wait for events of a kind; answers all events up to then."""
        async with asyncio.timeout(20):
            while True:
                events = await self.events()
                heard = [e for e in events if e["type"] == kind and (turn is None or e["turn_id"] == str(turn))]
                if len(heard) >= count:
                    return events
                await asyncio.sleep(0.01)

    async def hear_user_channel(self, kind: str) -> list[Json]:
        """Wait for an event on the user's own channel."""
        async with asyncio.timeout(20):
            while True:
                events = await self.events(channel=user_channel(self.user))
                if found := [event for event in events if event["type"] == kind]:
                    return found
                await asyncio.sleep(0.01)

    async def branch(self) -> list[Message]:
        """The current branch, oldest first."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            leaf = await conn.fetchval("select leaf_id from conversations where id = $1", self.conversation)
            return await messages.path(conn, leaf) if leaf else []

    async def value(self, sql: Any, *args: object) -> Any:
        """One value from the database, as this person."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            return await conn.fetchval(sql, *args)

    async def rests(self) -> bool:
        """Whether the session has nothing left to do."""
        return not await self.value("select pending from placements where key = $1", str(self.conversation))

    async def turn(self, turn: TurnId) -> Json:
        """The row of a turn."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            row = await conn.fetchrow("select * from turns where id = $1", turn)
        assert row is not None
        return dict(row)

    async def converse(self, message: str, **more: Any) -> tuple[Posted, list[Json]]:
        """Say something and wait for the end of the answer; answers the turn's events."""
        posted = await self.say(message, **more)
        events = await self.hear("turn_ended", turn=posted.turn_id)
        return posted, of_turn(events, posted.turn_id)


def of_turn(events: Sequence[Json], turn: TurnId) -> list[Json]:
    """The events of one turn."""
    return [event for event in events if event.get("turn_id") == str(turn)]


def text_of(events: Sequence[Json]) -> str:
    """The text that was streamed."""
    return "".join(event["content"] for event in events if event["type"] == "token")


def kinds(events: Sequence[Json]) -> list[str]:
    """The types of events, in order, with neighbours of one type counted once."""
    types = [event["type"] for event in events]
    return [kind for index, kind in enumerate(types) if index == 0 or types[index - 1] != kind]
