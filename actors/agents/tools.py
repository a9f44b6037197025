"""Agents that make agents: spawned below the one that asks, at the cost of its budget.

What another agent answers is text by somebody who may have read strangers, and counts as such: the policy asks the
person before a call with side effects follows from it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, Field

from actors.agents import ending, spawning, store
from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent
from actors.agents.store import AgentRow
from actors.stores import budgets
from cluster.clients.postgres import Connection
from cluster.errors import Permanent
from cluster.ids import new_id
from cluster.services import Services
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool

LOOKS_EVERY = 0.1
LONGEST_WAIT = 300
SHARE = 4
"""An agent gives one that it makes a quarter of what it has left, unless it says how much."""
SHOWN = 8000
"""Characters of a result that are told at once."""
ANSWERS = Facts(idempotent=True, reads_untrusted=True, reads_private=True, seconds=LONGEST_WAIT + 10)
LOOKS = Facts(idempotent=True, reads_private=True, seconds=10)
SPAWNS = Facts(side_effect=True, reads_untrusted=True, seconds=LONGEST_WAIT + 30)
STOPS = Facts(side_effect=True, idempotent=True, seconds=30)
AgentId = Annotated[str, Field(min_length=1, max_length=40, validation_alias=AliasChoices("agent_id", "task_id"))]
NAMES = {"research": "researcher", "code": "coder"}
"""What one of the predecessors called them."""
SPAWNED = {"task": "Say hello in three languages", "agent_type": "writer"}
UNKNOWN = "0197a1b2-0000-7000-8000-000000000000"


@tool(
    category="agents",
    facts=SPAWNS,
    example=Example(
        arguments=SPAWNED,
        result={"agent_id": UNKNOWN, "agent_type": "writer", "status": "pending", "message": "It is at work."},
        varies=True,
    ),
)
async def agent_spawn(
    context: ToolContext,
    *,
    task: Annotated[str, Field(min_length=1, max_length=20_000), "All it needs to know: it sees nothing else"],
    agent_type: Annotated[
        str, Field(max_length=50), "general, researcher, coder, analyst, writer, or a type of the user's"
    ] = "general",
    model: Annotated[str | None, Field(max_length=100), "Another model than usual"] = None,
    context_text: Annotated[str, Field(max_length=20_000, validation_alias="context"), "More to go by"] = "",
    budget_usd: Annotated[float | None, Field(gt=0, le=10_000), "What it may cost"] = None,
    run_async: Annotated[bool, "False: wait for its result, five minutes at most"] = True,
) -> dict[str, object]:
    """Have another agent do a task on its own. Several at once work side by side."""
    services = services_of(context)
    text = f"{task}\n\n{context_text}" if context_text else task
    async with refusals(), context.db.as_user(context.user) as conn:
        payer = await payer_of(conn, context)
        new = NewAgent(
            id=new_id(),
            key=f"tool:{new_id()}",
            task=text,
            agent_type=NAMES.get(agent_type, agent_type),
            model=model,
            allowance=allowance(services, payer, budget_usd),
        )
        if model is not None:
            services.models.card(model)
        ids = await spawning.spawn(conn, [new], payer=payer.id if payer else None)
    await spawning.wake(services, ids)
    if run_async:
        return {"agent_id": str(ids[0]), "agent_type": new.agent_type, "status": "pending", "message": "It is at work."}
    return told(await ended(context, ids[0], LONGEST_WAIT))


@tool(
    category="agents",
    facts=LOOKS,
    example=Example(arguments={"agent_id": UNKNOWN}, result={"found": False, "agent_id": UNKNOWN}),
)
async def agent_status(context: ToolContext, *, agent_id: Annotated[AgentId, "Which"]) -> dict[str, object]:
    """How an agent that was spawned stands: pending, running, waiting, completed, failed or cancelled."""
    row = await found(context, agent_id)
    if row is None:
        return {"found": False, "agent_id": agent_id}
    return {
        "found": True,
        "agent_id": str(row.id),
        "status": row.status,
        "task": row.task[:300],
        "agent_type": row.agent_type,
        "created_at": row.created_at.isoformat(timespec="seconds"),
        "steps": row.steps,
        "cost_usd": float(row.cost_usd),
        "has_result": row.result is not None,
        "has_error": row.error is not None,
    }


@tool(
    category="agents",
    facts=ANSWERS,
    example=Example(arguments={"agent_id": UNKNOWN}, result={"found": False, "agent_id": UNKNOWN}),
)
async def agent_result(
    context: ToolContext,
    *,
    agent_id: Annotated[AgentId, "Which"],
    wait_seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT), "How long to wait for its end"] = 60,
) -> dict[str, object]:
    """What an agent's work came to, once it has ended."""
    row = await found(context, agent_id)
    if row is None:
        return {"found": False, "agent_id": agent_id}
    return {"found": True, **told(await ended(context, row.id, wait_seconds))}


@tool(category="agents", facts=LOOKS, example=Example(arguments={}, result={"agents": [], "count": 0}))
async def agent_list(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=100), "How many at most"] = 20
) -> dict[str, object]:
    """The agents that were spawned here, or, in a conversation with the person, all that were made directly."""
    async with context.db.as_user(context.user) as conn:
        me = await store.find(conn, context.conversation) if context.conversation else None
        if me is not None:
            rows = [row for row in await store.under(conn, me.root_id) if row.parent_id == me.id][-limit:]
        else:
            rows = await store.page(conn, status=None, before=None, limit=limit)
    agents = [
        {"agent_id": str(row.id), "status": row.status, "agent_type": row.agent_type, "task": row.task[:100]}
        for row in rows
    ]
    return {"agents": agents, "count": len(agents)}


@tool(
    category="agents",
    facts=STOPS,
    example=Example(arguments={"agent_id": UNKNOWN}, result={"found": False, "agent_id": UNKNOWN}),
)
async def agent_cancel(context: ToolContext, *, agent_id: Annotated[AgentId, "Which"]) -> dict[str, object]:
    """Have an agent that was spawned, and all that it spawned, stop."""
    row = await found(context, agent_id)
    if row is None:
        return {"found": False, "agent_id": agent_id}
    if not row.over:
        await ending.cancel(services_of(context), context.user, row.id)
    return {"found": True, "agent_id": str(row.id), "cancelled": not row.over}


AGENT_TOOLS = (agent_spawn, agent_status, agent_result, agent_list, agent_cancel)


def services_of(context: ToolContext) -> Services:
    """The services. Raises ToolFailed where there are no actors."""
    if context.services is None:
        raise ToolFailed("Agents are not within reach here.")
    return context.services


@asynccontextmanager
async def refusals() -> AsyncGenerator[None]:
    """What is refused for good is told to the model in its own words."""
    try:
        yield
    except Permanent as error:
        raise ToolFailed(str(error)) from error


async def payer_of(conn: Connection, context: ToolContext) -> budgets.Budget | None:
    """The budget of the agent that calls; None in a conversation with a person."""
    if context.conversation is None or await store.find(conn, context.conversation) is None:
        return None
    await budgets.settle_children(conn, context.conversation)
    return await budgets.find(conn, context.conversation)


def allowance(services: Services, payer: budgets.Budget | None, usd: float | None) -> Allowance:
    """What a new agent may use up."""
    usual = Allowance.of(services.settings, {"usd": usd})
    if payer is None:
        return usual
    share = {"tokens": max(1, min(usual.tokens, payer.tokens_left // SHARE))}
    if usd is None:
        return usual.but({**share, "usd": max(Decimal(0), min(usual.usd, payer.usd_left / SHARE))})
    return usual.but(share)


async def found(context: ToolContext, id: str) -> AgentRow | None:
    """An agent of the user's; of an agent that asks, only one that is below it."""
    try:
        agent = UUID(id)
    except ValueError:
        return None
    async with context.db.as_user(context.user) as conn:
        row = await store.find(conn, agent)
        me = await store.find(conn, context.conversation) if context.conversation else None
        if row is None or me is None:
            return row
        return row if agent in await budgets.below(conn, me.id) and agent != me.id else None


async def ended(context: ToolContext, id: UUID, seconds: float) -> AgentRow:
    """How an agent stands once it has ended, or when that takes too long. Whoever asks is shown as waiting."""
    clock = asyncio.get_running_loop().time
    until, waits = clock() + seconds, False
    try:
        while True:
            async with context.db.as_user(context.user) as conn:
                row = await store.find(conn, id)
                if row is not None and not row.over and not waits and context.conversation is not None:
                    waits = await store.waits(conn, context.conversation, "child") is not None
            if row is None:
                raise ToolFailed("There is no such agent any more.")
            if row.over or clock() >= until:
                return row
            await asyncio.sleep(LOOKS_EVERY)
    finally:
        if waits and context.conversation is not None:
            async with context.db.as_user(context.user) as conn:
                await store.waits(conn, context.conversation, None)


def told(row: AgentRow) -> dict[str, Any]:
    """What is told of an agent's work."""
    about: dict[str, Any] = {"agent_id": str(row.id), "agent_type": row.agent_type, "status": row.status}
    about["task"] = row.task[:300]
    about["cost_usd"] = float(row.cost_usd)
    if row.status == "completed":
        about["result"] = (row.result or "")[:SHOWN]
        about["cut"] = len(row.result or "") > SHOWN
    elif row.over:
        about["error"] = (row.error or {}).get("title", row.status)
    else:
        about["message"] = "It is still at work; ask again."
    return about
