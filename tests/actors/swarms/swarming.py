"""What the tests of swarms share: real hosts over the loopback provider, and somebody who makes swarms there."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson

from actors.agents.agent import Agent
from actors.stores import budgets
from actors.stores.budgets import Budget
from actors.swarms import items, store
from actors.swarms.commands import NewSwarm, Options
from actors.swarms.items import Item
from actors.swarms.store import SwarmRow
from actors.swarms.swarm import Swarm
from cluster.events.log import BEGINNING, Gap
from cluster.events.names import swarm_channel
from cluster.ids import UserId, new_id
from cluster.models.anthropic import AnthropicChatModel, AnthropicConnection
from cluster.models.chat_model import Usage
from cluster.models.claude import CLAUDE
from cluster.runtime.ref import Ref
from cluster.services import Clients
from tests.actors.conversing import Troupe, playing, until
from tests.provider.server import Provider

CARD = next(card for card in CLAUDE if card.id == "claude-sonnet-5-5")
Json = dict[str, Any]


@dataclass
class Keeper:
    """A user who makes swarms in a troupe, and looks how they are."""

    troupe: Troupe
    user: UserId
    provider: Provider

    def swarm(self, id: UUID) -> Ref[Swarm]:
        """Where commands go."""
        return self.troupe.runtime.ref(Swarm, str(id))

    async def begin(
        self,
        inputs: Sequence[Any],
        *,
        id: UUID | None = None,
        task: str = "{input}",
        closed: bool = True,
        parallelism: int = 20,
        budget: Json | None = None,
        webhook: Json | None = None,
        **options: Any,
    ) -> UUID:
        """Make a swarm; its agents have no tools, and are answered what their inputs say."""
        swarm = id or new_id()
        told: Json = {"tools": "none", **options}
        new = NewSwarm(
            idempotency_key=uuid4().hex,
            name="A swarm",
            options=Options(task=task, **told),
            inputs=inputs,
            closed=closed,
            parallelism=parallelism,
            budget=budget or {},
            webhook=webhook,
        )
        await self.swarm(swarm).ask(Swarm.begin, self.user, new)
        return swarm

    async def row(self, id: UUID) -> SwarmRow:
        """How a swarm stands."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            row = await store.find(conn, id)
        assert row is not None
        return row

    async def items(self, id: UUID) -> list[Item]:
        """All its items."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            return await items.page(conn, id, after=0, status=(), limit=10_000)

    async def budget(self, id: UUID) -> Budget:
        """How its budget stands."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            await budgets.settle_children(conn, id)
            budget = await budgets.find(conn, id)
        assert budget is not None
        return budget

    async def over(self, id: UUID) -> SwarmRow:
        """Wait until a swarm has ended, and all that it told is out."""

        async def ended() -> bool:
            return (await self.row(id)).over and not await self.pending(id)

        await until(ended)
        return await self.row(id)

    async def until_row(self, id: UUID, condition: Callable[[SwarmRow], bool]) -> SwarmRow:
        """Wait until a swarm stands like that."""

        async def stands() -> bool:
            return condition(await self.row(id))

        await until(stands)
        return await self.row(id)

    async def until_asked(self, count: int) -> None:
        """Wait until the provider was asked so often."""

        async def asked() -> bool:
            return len(self.provider.app.requests) >= count

        await until(asked)

    async def pending(self, id: UUID) -> bool:
        """Whether somebody would wake it."""
        return await self.value("select pending from placements where kind = 'swarm' and key = $1", str(id))

    async def value(self, sql: Any, *arguments: object) -> Any:
        """One value from the database, as this person."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            return await conn.fetchval(sql, *arguments)

    async def told(self, id: UUID) -> list[Json]:
        """All events of a swarm so far."""
        return await self.heard(swarm_channel(id))

    async def heard(self, channel: str) -> list[Json]:
        """All of a channel's events of swarms."""
        found = await self.troupe.clients.log.read(channel, after=BEGINNING, limit=9000)
        assert not isinstance(found, Gap)
        return [orjson.loads(entry.data) for entry in found if entry.type == "swarm_update"]

    def answered(self, said: str) -> list[Json]:
        """The usage of whole answers of the provider to this."""
        return [
            one.usage
            for one in self.provider.app.requests
            if one.outcome == "complete" and said in str(one.body["messages"][-1])
        ]

    def billed(self) -> Decimal:
        """What the provider's own count of whole answers comes to."""
        return cost_of(self.provider.app.total())


def cost_of(used: Json) -> Decimal:
    """What a usage that the provider counted comes to."""
    today = datetime.now(UTC).date()
    price = next((one for one in CARD.prices if one.since <= today), CARD.prices[-1])
    return price.cost(
        Usage(
            input_tokens=used.get("input_tokens", 0),
            output_tokens=used.get("output_tokens", 0),
            cache_read_tokens=used.get("cache_read_input_tokens", 0),
            cache_write_tokens=used.get("cache_creation_input_tokens", 0),
        )
    )


def says(text: str) -> str:
    """An input whose agent answers this."""
    return f"[[say {text}]]"


@asynccontextmanager
async def keeping(clients: Clients, user: UserId, provider: Provider) -> AsyncGenerator[Keeper]:
    """Somebody who makes swarms, on one host."""
    connection = AnthropicConnection("key", provider.url, silence=5.0)
    model = AnthropicChatModel(CARD, connection)
    try:
        async with playing(clients, model, card=CARD, beside=[Agent, Swarm]) as troupe:
            yield Keeper(troupe, user, provider)
    finally:
        await connection.close()
