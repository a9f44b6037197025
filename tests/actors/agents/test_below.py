"""Agents that make agents: within the budget of the one at the top, and gone with whoever made them."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from actors.agents import ending, spawning, store
from actors.agents.agent import Agent
from actors.agents.errors import BudgetSpent, Cancelled, TooDeep, TooManyAgents
from actors.agents.spawning import NewAgent
from actors.agents.tools import agent_result, agent_spawn
from actors.councils.council import Council
from actors.stores import budgets
from actors.tool_context import context_of
from cluster.errors import ApexError
from cluster.ids import ConversationId, UserId, new_id
from cluster.models.chat_model import ModelEvent, ModelRequest, TextDelta
from cluster.services import Clients
from tests.actors.agents.employing import Employer
from tests.actors.conversing import USED, asks, done, playing, says, until


@dataclass
class Cast:
    """A model that plays another scene for each task; by the task's first words."""

    scenes: Mapping[str, list[Any]]
    asked: list[str] = field(default_factory=list[str])
    closed: int = 0

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """The next scene of whoever asks."""
        task = next(block["text"] for block in request.messages[0].content if block["type"] == "text")
        name = next(name for name in self.scenes if task.startswith(name))
        self.asked.append(name)
        try:
            for part in self.scenes[name].pop(0):
                if isinstance(part, asyncio.Event):
                    await part.wait()
                else:
                    event: ModelEvent = part
                    yield event
        finally:
            self.closed += 1


def spawning_one(task: str, **more: Any) -> list[Any]:
    """A scene in which an agent has another one work, and waits for it."""
    return asks(("agent_spawn", {"task": task, "run_async": False, **more}))


async def test_an_agent_has_another_do_a_part_and_pays_for_it(clients: Clients, user: UserId):
    player = Cast({"Write": [spawning_one("Count to three"), says("Done: one two three.")], "Count": [says("1 2 3")]})
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        top = await employer.over(await employer.spawn("Write it down."))
        assert (top.status, top.steps) == ("completed", 2)
        async with clients.db.as_user(user) as conn:
            below = await store.under(conn, top.id)
            await budgets.close(conn, top.id)
        assert [(one.status, one.result, one.level, one.parent_id) for one in below] == [
            ("completed", "1 2 3", 1, top.id)
        ]
        budget = await employer.budget(top.id)
        assert budget.usd_spent == 3 * USED.cost_usd == await employer.ledger()
        assert (budget.usd_held, budget.children, budget.agents_made) == (0, 0, 1)


async def test_who_waits_for_a_child_says_so(clients: Clients, user: UserId):
    gate = asyncio.Event()
    player = Cast({"Write": [spawning_one("Count"), says("Done.")], "Count": [[gate, *says("1 2 3")]]})
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        top = await employer.spawn("Write it down.")

        async def waits() -> bool:
            row = await employer.agent(top)
            return (row.status, row.waits_for) == ("waiting", "child")

        await until(waits)
        gate.set()
        assert (await employer.over(top)).waits_for is None


async def test_cancel_reaches_every_descendant(clients: Clients, user: UserId):
    gate = asyncio.Event()
    player = Cast(
        {
            "Write": [spawning_one("Count", budget_usd=0.5)],
            "Count": [spawning_one("Deep", budget_usd=0.1)],
            "Deep": [[TextDelta("I "), gate]],
        }
    )
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        top = await employer.spawn("Write it down.")

        async def all_at_work() -> bool:
            return player.asked == ["Write", "Count", "Deep"]

        await until(all_at_work)
        await ending.cancel(employer.services, user, top)
        assert (await employer.over(top)).status == "cancelled"

        async def all_over() -> bool:
            async with clients.db.as_user(user) as conn:
                return {row.status for row in await store.under(conn, top)} == {"cancelled"}

        await until(all_over)
        assert player.closed == 3


async def test_who_was_cancelled_and_has_not_heard_it_makes_no_call_and_counts_as_cancelled(
    clients: Clients, user: UserId, monkeypatch: pytest.MonkeyPatch
):
    async def unheard(*_: object) -> None:
        """The word of it comes late."""

    gate = asyncio.Event()
    player = Cast({"Count": [[gate, *asks(("calculator", {"expression": "1 + 1"}))], says("never")]})
    monkeypatch.setattr(ending, "_tell", unheard)
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.spawn("Count")

        async def asked() -> bool:
            return player.asked == ["Count"]

        await until(asked)
        await ending.cancel(employer.services, user, agent)
        gate.set()
        assert (await employer.over(agent)).status == "cancelled"
        assert player.asked == ["Count"]


async def test_who_ends_leaves_nobody_at_work(clients: Clients, user: UserId):
    gate = asyncio.Event()
    player = Cast(
        {
            "Write": [asks(("agent_spawn", {"task": "Count"})), says("I don't care.")],
            "Count": [[gate, *says("never")]],
        }
    )
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        top = await employer.over(await employer.spawn("Write it down."))

        async def left() -> bool:
            async with clients.db.as_user(user) as conn:
                return all(row.cancel_requested_at for row in await store.under(conn, top.id))

        await until(left)
        gate.set()


async def test_two_hundred_spawns_at_once_never_hold_more_than_there_is(clients: Clients, user: UserId):
    root = new_id()
    async with playing(clients, Cast({}), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        async with clients.db.as_user(user) as conn:
            await budgets.open_root(conn, root, employer.allowance(usd=1, agents=500, fan_out=500))

        async def one() -> object:
            new = NewAgent(id=new_id(), key=str(new_id()), task="x", allowance=employer.allowance(usd=0.03, tokens=10))
            try:
                async with clients.db.as_user(user) as conn:
                    return await spawning.spawn(conn, [new], payer=root)
            except ApexError as error:
                return error

        answers = await asyncio.gather(*(one() for _ in range(200)))
        budget = await employer.budget(root)
        assert budget.usd_held == 33 * Decimal("0.03") <= budget.usd
        assert sum(isinstance(answer, BudgetSpent) for answer in answers) == 167
        assert (budget.children, budget.agents_made) == (33, 33)


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ({"depth": 0}, TooDeep),
        ({"agents": 0}, TooManyAgents),
        ({"fan_out": 0}, TooManyAgents),
        ({"usd": 0.01}, BudgetSpent),
        ({"tokens": 10}, BudgetSpent),
    ],
)
async def test_what_a_budget_does_not_allow_is_refused(
    clients: Clients, user: UserId, limits: dict[str, Any], error: type[ApexError]
):
    root = new_id()
    async with playing(clients, Cast({}), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        async with clients.db.as_user(user) as conn:
            await budgets.open_root(conn, root, employer.allowance(**limits))
        with pytest.raises(error):
            await employer.spawn("x", payer=root, budget={"usd": 0.5, "tokens": 1000})


async def test_nothing_is_made_under_what_was_cancelled(clients: Clients, user: UserId):
    root = new_id()
    async with playing(clients, Cast({}), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        async with clients.db.as_user(user) as conn:
            await budgets.open_root(conn, root, employer.allowance())
        await ending.cancel(employer.services, user, root)
        with pytest.raises(Cancelled):
            await employer.spawn("x", payer=root, budget={"usd": 0.1, "tokens": 10})


async def test_a_call_that_might_cost_more_than_is_left_is_not_made(clients: Clients, user: UserId):
    async with playing(clients, Cast({"Hello": [says("never")]}), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.over(await employer.spawn("Hello?", budget={"tokens": 1000}, tools="none"))
        assert agent.status == "failed"
        assert agent.error is not None
        assert agent.error["code"] == "budget_spent"
        assert await employer.ledger() == 0


async def test_an_agent_looks_only_at_those_below_it(clients: Clients, user: UserId):
    player = Cast({"Mine": [says("mine")], "Other": [says("other")]})
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        mine, other = await employer.spawn("Mine"), await employer.spawn("Other")
        await employer.over(mine)
        await employer.over(other)
        inside = context_of(employer.services, user, ConversationId(mine))
        assert await agent_result.run(inside, {"agent_id": str(other)}) == {"found": False, "agent_id": str(other)}
        person = context_of(employer.services, user, None)
        told = await agent_result.run(person, {"task_id": str(other)})
        assert orjson.loads(orjson.dumps(told))["result"] == "other"


async def test_an_agent_asks_a_council_and_pays_for_it(clients: Clients, user: UserId):
    ballot: dict[str, Any] = {
        "vote": "Friday",
        "position": "Friday",
        "reasoning": "It is later.",
        "confidence": 0.9,
        "arguments": [],
    }
    asked = {"question": "Which day?", "options": ["Monday", "Friday"], "num_agents": 2}
    player = Cast(
        {
            "Ask": [asks(("socratic_council", asked)), says("Friday it is.")],
            "": [says(orjson.dumps(ballot).decode()) for _ in range(4)],
        }
    )
    async with playing(clients, player, beside=[Agent, Council]) as troupe:
        employer = Employer(troupe, user)
        top = await employer.over(await employer.spawn("Ask the others."))
        assert (top.status, top.result) == ("completed", "Friday it is.")
        async with clients.db.as_user(user) as conn:
            await budgets.close(conn, top.id)
            council = await conn.fetchval("select outcome->>'winner' from councils")
        budget = await employer.budget(top.id)
        assert council == "Friday"
        assert budget.usd_spent == 4 * USED.cost_usd == await employer.ledger()
        assert (budget.usd_held, budget.children) == (0, 0)


async def test_the_predecessors_words_are_understood(clients: Clients, user: UserId):
    player = Cast({"Look": [done("found"), done("found")]})
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        person = context_of(employer.services, user, None)
        told = await agent_spawn.run(person, {"task": "Look", "agent_type": "research", "context": "in the attic"})
        assert isinstance(told, dict)
        row = await employer.agent(UUID(str(told["agent_id"])))  # pyright: ignore[reportUnknownArgumentType]
        assert (row.agent_type, row.task) == ("researcher", "Look\n\nin the attic")
