"""Members that are played: each answers by its persona, round and try, and what it was asked is remembered."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson

from actors.agents.agent import Agent
from actors.councils import store
from actors.councils.council import Council
from actors.councils.founding import NewCouncil, Seat, council_id
from actors.councils.records import Deliberation
from actors.stores import budgets
from actors.stores.budgets import Budget
from cluster.events.log import BEGINNING, Gap
from cluster.events.names import council_channel
from cluster.ids import UserId
from cluster.models.chat_model import ModelEvent, ModelRequest, TextDelta
from cluster.runtime.ref import Ref
from cluster.services import Clients
from tests.actors.conversing import CARD, USED, Troupe, done, playing, until

Answer = str | None | asyncio.Event | Exception
ROUND = re.compile(r"This is round (\d+)")


@dataclass(frozen=True)
class Call:
    """One call of a member's model."""

    member: str
    round: int
    again: bool
    prompt: str
    request: ModelRequest


Play = Callable[[Call], "Answer | Sequence[Answer]"]


@dataclass
class Members:
    """A chat model that answers for all members, as a test says."""

    play: Play
    calls: list[Call] = field(default_factory=list[Call])
    finished: int = 0

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """What the member says."""
        prompt = "\n".join(block["text"] for block in request.messages[-1].content if block["type"] == "text")
        found, name = ROUND.search(prompt), re.search(r"I am (\w+)\.", request.system)
        assert found is not None
        assert name is not None, request.system
        call = Call(name[1], int(found[1]), "could not be counted" in prompt, prompt, request)
        self.calls.append(call)
        said = self.play(call)
        for part in [said] if isinstance(said, str | None | asyncio.Event | Exception) else said:
            if isinstance(part, asyncio.Event):
                await part.wait()
            elif isinstance(part, Exception):
                raise part
            else:
                if part:
                    yield TextDelta(part)
                yield done(part or "")
                self.finished += 1

    def of(self, member: str, round: int) -> list[Call]:
        """The calls of a member in a round."""
        return [call for call in self.calls if (call.member, call.round) == (member, round)]


def votes(vote: str, **more: Any) -> str:
    """An answer that keeps to the form."""
    plain: dict[str, Any] = {
        "vote": vote, "position": f"I am for {vote}.", "reasoning": "It is so.", "arguments": [], "confidence": 0.8,
    }  # fmt: skip
    return orjson.dumps(plain | more).decode()


def steady(**by_member: str) -> Play:
    """Members that never change their vote."""
    return lambda call: votes(by_member[call.member])


@dataclass
class Convener:
    """A person with councils."""

    troupe: Troupe
    user: UserId
    members: Members
    key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def id(self) -> UUID:
        """The council."""
        return council_id(self.user, self.key)

    @property
    def council(self) -> Ref[Council]:
        """Where commands go."""
        return self.troupe.runtime.ref(Council, str(self.id))

    async def convene(self, *names: str, options: Sequence[str] = ("tea", "coffee", "water"), **more: Any) -> None:
        """Have these members deliberate."""
        seats = [seat(name) for name in names]
        fields: dict[str, Any] = {"question": "What shall we drink?", "options": options, "members": seats, **more}
        await self.council.ask(Council.found, self.user, self.key, NewCouncil(**fields))

    async def state(self) -> Deliberation:
        """All that was committed."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            state = await store.load(conn, self.id)
        assert state is not None
        return state

    async def until(self, condition: Callable[[Deliberation], object]) -> Deliberation:
        """Wait for the committed state to be so."""

        async def so() -> object:
            return condition(await self.state())

        await until(so)
        return await self.state()

    async def ended(self) -> Deliberation:
        """Wait for the end."""
        return await self.until(lambda state: state.council.ended)

    async def budget(self) -> Budget:
        """What was spent."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            budget = await budgets.find(conn, self.id)
        assert budget is not None
        return budget

    async def ledger(self) -> Decimal:
        """What all calls have cost."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            return await conn.fetchval("select coalesce(sum(cost_usd), 0) from usage_log")

    async def events(self) -> list[str]:
        """What happened, in order."""
        found = await self.troupe.clients.log.read(council_channel(self.id), after=BEGINNING, limit=1000)
        assert not isinstance(found, Gap)
        return [orjson.loads(entry.data)["event"] for entry in found]


def seat(name: str) -> Seat:
    """Somebody made up."""
    return Seat(name=name, persona=f"I am {name}.")


def by_member(state: Deliberation, round: int) -> Mapping[int, str | None]:
    """The votes of a round."""
    return {n: given.vote for n, given in sorted(state.given(round).items())}


def paid(calls: int) -> Decimal:
    """What so many calls cost."""
    return calls * USED.cost_usd


@asynccontextmanager
async def convening(clients: Clients, user: UserId, play: Play) -> AsyncGenerator[Convener]:
    """A person whose councils' members do what a test says."""
    members = Members(play)
    async with playing(clients, members, card=CARD, beside=[Agent, Council]) as troupe:
        yield Convener(troupe, user, members)
