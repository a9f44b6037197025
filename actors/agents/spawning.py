"""Makes agents: many in one transaction, each with its budget, its conversation and the turn that it will work on.

What is made is durable before anybody is told, and marked as unfinished work: if whoever made it dies right then, a
sweep wakes it all the same. The same idempotency key makes one agent.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from actors.agents import store
from actors.agents.allowance import Allowance
from actors.agents.errors import AgentTypeMissing
from actors.agents.store import AgentRow
from actors.agents.types import AgentType, persona_of
from actors.stores import budgets
from actors.stores.budgets import Budget
from actors.stores.text import storable_text
from actors.stores.turns import PLAIN
from cluster.clients.postgres import Connection
from cluster.errors import ApexError
from cluster.ids import new_id
from cluster.runtime.actor import ActorId
from cluster.runtime.kinds import WAKE
from cluster.services import Services

TITLE_CHARS = 80
KIND = "agent"
WOKEN_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True)
class NewAgent:
    """An agent that is to be made. `key` is its idempotency key among the user's agents, 200 characters at most."""

    id: UUID
    key: str
    task: str
    allowance: Allowance
    agent_type: str = "general"
    model: str | None = None
    tools: str | None = None
    """A tool preset; `none` for no tools. The type's, when None."""
    agent: str | None = None
    persona: str | None = None
    answer_schema: Mapping[str, Any] | None = None
    webhook: Mapping[str, Any] | None = None
    place: int | None = None
    retries: UUID | None = None
    attempt: int = 1


@dataclass(frozen=True, kw_only=True)
class _Made:
    """What the rows of one agent are made of."""

    new: NewAgent
    kind: AgentType
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def model(self) -> str | None:
        return self.new.model or self.kind.model

    @property
    def agent(self) -> str | None:
        return self.new.agent or self.kind.agent


async def spawn(
    conn: Connection,
    agents: Sequence[NewAgent],
    *,
    payer: UUID | None = None,
    swarm: UUID | None = None,
    council: UUID | None = None,
) -> Sequence[UUID]:
    """Make agents, all or none; answers their ids in order. Call `wake` once the transaction is committed.

    `payer` is the agent, swarm or council whose budget holds theirs; without one each has a budget of its own.
    Raises BudgetSpent, TooManyAgents, TooDeep, AgentTypeMissing, Cancelled.
    """
    there = await store.by_keys(conn, [new.key for new in agents])
    fresh = [new for new in agents if new.key not in there]
    if fresh:
        wanted = [(new.id, new.allowance) for new in fresh]
        if payer is None:
            await budgets.open_roots(conn, wanted)
        else:
            await budgets.open_below(conn, payer, wanted)
        kinds = {kind.name: kind for kind in await store.types(conn)}
        made = [_made(new, kinds) for new in fresh]
        await _write(conn, made, payer=payer, swarm=swarm, council=council)
    return [there.get(new.key, new.id) for new in agents]


def again(row: AgentRow, budget: Budget) -> NewAgent:
    """What does an agent's task once more, with as much of everything as that one had. Made twice, it is one."""
    return NewAgent(
        id=new_id(),
        key=f"retry:{row.id}",
        task=row.task,
        agent_type=row.agent_type,
        model=row.model,
        tools=row.options.get("tools"),
        agent=row.options.get("agent"),
        persona=row.options.get("persona"),
        answer_schema=row.options.get("answer_schema"),
        webhook=row.options.get("webhook"),
        allowance=Allowance(
            usd=budget.usd,
            tokens=budget.tokens,
            seconds=max(1.0, (budget.deadline - row.created_at).total_seconds()),
            agents=budget.agents,
            depth=budget.depth,
            fan_out=budget.fan_out,
        ),
        retries=row.id,
        attempt=row.attempt + 1,
    )


async def wake(services: Services, agents: Sequence[UUID]) -> None:
    """Have agents begin at once. Whoever is not reached is woken by a sweep, within about a second."""
    places = asyncio.Semaphore(WOKEN_AT_ONCE)

    async def one(agent: UUID) -> None:
        async with places:
            try:
                await services.runtime.post(ActorId(KIND, str(agent)), WAKE, (), {})
            except ApexError:
                return  # a sweep will do it

    async with asyncio.TaskGroup() as group:
        for agent in agents:
            group.create_task(one(agent))


def _made(new: NewAgent, kinds: Mapping[str, AgentType]) -> _Made:
    kind = kinds.get(new.agent_type)
    if kind is None:
        raise AgentTypeMissing(f"there is no type of agent called {new.agent_type!r}")
    tools = new.tools or kind.tools
    options: dict[str, Any] = {
        "message": storable_text(new.task),
        "model": new.model or kind.model,
        "agent": new.agent or kind.agent,
        "persona": persona_of(kind, new.persona),
        "tools": tools != "none",
        "tool_preset": None if tools == "none" else tools,
        "answer_schema": dict(new.answer_schema) if new.answer_schema else None,
        "attachments": [],
        "assignment": new.agent_type,
    }
    return _Made(new=new, kind=kind, options={name: value for name, value in options.items() if value is not None})


async def _write(
    conn: Connection, made: Sequence[_Made], *, payer: UUID | None, swarm: UUID | None, council: UUID | None
) -> None:
    """The rows of new agents: conversation, turn, agent, placement."""
    ids = [one.new.id for one in made]
    await conn.execute(
        """insert into conversations (id, user_id, kind, title, titled_by, model, agent)
           select id, app_user(), 'agent', title, 'person', model, agent
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as n (id, title, model, agent)""",
        ids, [_title(one.new.task) for one in made], [one.model for one in made], [one.agent for one in made],
    )  # fmt: skip
    await conn.execute(
        """insert into turns (id, user_id, conversation_id, idempotency_key, user_message_id, version, options)
           select id, app_user(), conversation, 'agent:' || conversation, message, $5, options
             from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[]) as n (id, conversation, message, options)""",
        [new_id() for _ in made], ids, [new_id() for _ in made], [one.options for one in made], PLAIN,
    )  # fmt: skip
    await conn.execute(
        """insert into agents (id, user_id, idempotency_key, parent_id, root_id, swarm_id, council_id, place, level,
                               agent_type, task, model, options, retries, attempt)
           select n.id, app_user(), n.key, p.id, b.root_id, $11, $12, n.place, coalesce(p.level + 1, 0),
                  n.agent_type, n.task, n.model, n.options, n.retries, n.attempt
             from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
                         $8::uuid[], $9::int[])
                  as n (id, key, place, agent_type, task, model, options, retries, attempt)
             join budgets b on b.id = n.id left join agents p on p.id = $10""",
        ids,
        [one.new.key for one in made],
        [one.new.place for one in made],
        [one.new.agent_type for one in made],
        [storable_text(one.new.task) for one in made],
        [one.model for one in made],
        [_kept(one) for one in made],
        [one.new.retries for one in made],
        [one.new.attempt for one in made],
        payer,
        swarm,
        council,
    )
    # Unfinished work that nobody has: should all who know of it die now, a sweep finds it. The first who does is 1.
    await conn.execute(
        """insert into placements (kind, key, epoch, pending)
           select $2, id::text, 0, true from unnest($1::uuid[]) as n (id)""",
        ids, KIND,
    )  # fmt: skip


def _kept(one: _Made) -> dict[str, Any]:
    new = one.new
    kept: dict[str, Any] = {
        "tools": new.tools,
        "agent": new.agent,
        "persona": new.persona,
        "answer_schema": dict(new.answer_schema) if new.answer_schema else None,
        "webhook": dict(new.webhook) if new.webhook else None,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _title(task: str) -> str:
    line = (storable_text(task).strip() or "?").splitlines()[0]
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1] + "…"
