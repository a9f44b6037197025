"""Agents over HTTP: make them, look how they are, have them stop, wait or go on; and the types they are made of."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from actors.agents import ending, spawning, store
from actors.agents.errors import AgentMissing, AgentOver, AgentTypeMissing, BelongsToAnother, BuiltInType, NotOver
from actors.agents.store import AgentRow, Status
from actors.agents.types import BUILT_IN, AgentType
from actors.stores import budgets
from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id
from cluster.services import Services
from serve import agents_wire as wire
from serve.agents.asked import checked, new_agent
from serve.agents.shapes import agent_shape, budget_shape, result_shape, type_shape, usual_shapes
from serve.conversations import cursors
from serve.guards import CurrentUser, OpenServices, note_allowance, within
from serve.live.live import TheLive
from serve.village.once import IdempotencyKey

router = APIRouter(prefix="/agents", tags=["agents"], dependencies=[within("agents")])
LOOKS_EVERY = 0.1
"""Seconds between two looks at an agent whose end somebody waits for."""


@router.get("")
async def list_agents(
    user: CurrentUser,
    services: OpenServices,
    status: Status | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> wire.Agents:
    """The agents that you made, newest first. Those of swarms, councils and other agents are listed there."""
    before = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        found = await store.page(conn, status=status, before=before, limit=limit + 1)
    page = found[:limit]
    more = cursors.after_row(page[-1].created_at, page[-1].id) if len(found) > limit else None
    return wire.Agents(agents=[agent_shape(one) for one in page], next_cursor=more)


@router.get("/types")
async def list_types(user: CurrentUser, services: OpenServices) -> wire.AgentTypes:
    """What agents can be made of: the types that everybody has, and yours."""
    async with services.db.as_user(user) as conn:
        kinds = await store.types(conn)
    return wire.AgentTypes(types=[type_shape(kind) for kind in kinds], **usual_shapes(services.settings))


@router.put("/types/{type_name}")
async def put_type(
    type_name: wire.TypeName, command: wire.AgentTypeFacts, user: CurrentUser, services: OpenServices
) -> wire.AgentType:
    """Define a type of agent, or define it anew. Agents that work go on as they were."""
    if type_name in BUILT_IN:
        raise BuiltInType
    facts = command.model_dump(exclude={"budget"})
    kind = AgentType(name=type_name, budget=command.budget.model_dump(exclude_none=True), **facts)
    async with services.db.as_user(user) as conn:
        await checked(conn, services, model=kind.model, tools=kind.tools, agent=kind.agent)
        await store.put_type(conn, kind)
    return type_shape(kind)


@router.delete("/types/{type_name}", status_code=204)
async def drop_type(type_name: wire.TypeName, user: CurrentUser, services: OpenServices) -> None:
    """Forget a type of yours."""
    async with services.db.as_user(user) as conn:
        if not await store.drop_type(conn, type_name):
            raise AgentTypeMissing


@router.post("/spawn", status_code=202)
async def spawn(
    request: Request, command: wire.SpawnAgent, user: CurrentUser, live: TheLive, idempotency_key: IdempotencyKey = None
) -> wire.Agent:
    """Make an agent, which begins at once. It goes on whether you look or not; `agent:<id>` tells of it."""
    note_allowance(request, await live.limits.message(user))
    services = live.services
    async with services.db.as_user(user) as conn:
        new = await new_agent(conn, services, command, key=f"person:{idempotency_key or new_id()}")
        ids = await spawning.spawn(conn, [new])
        row = await _row(conn, ids[0])
    await live.errands.run(spawning.wake(services, ids))
    return agent_shape(row)


@router.get("/{agent_id}")
async def open_agent(agent_id: UUID, user: CurrentUser, services: OpenServices) -> wire.AgentView:
    """An agent, what it may spend, and all that is below the one at its top."""
    async with services.db.as_user(user) as conn:
        row = await _row(conn, agent_id)
        await budgets.settle_children(conn, agent_id)
        budget = await budgets.find(conn, agent_id)
        below = await store.under(conn, agent_id if row.root_id == agent_id else row.root_id)
    assert budget is not None, "an agent has a budget"
    tree = _below(agent_id, below)
    return wire.AgentView(agent=agent_shape(row), budget=budget_shape(budget), below=[agent_shape(one) for one in tree])


@router.get("/{agent_id}/status")
async def agent_status(agent_id: UUID, user: CurrentUser, services: OpenServices) -> wire.Agent:
    """How an agent stands."""
    async with services.db.as_user(user) as conn:
        return agent_shape(await _row(conn, agent_id))


@router.get("/{agent_id}/result")
async def agent_result(
    agent_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    wait: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for its end.")] = 0,
) -> wire.AgentResult:
    """What came of it, once it has ended; 409 before."""
    clock = asyncio.get_running_loop().time
    until = clock() + wait
    while True:
        async with services.db.as_user(user) as conn:
            row = await _row(conn, agent_id)
        if row.over:
            return result_shape(row)
        if clock() >= until:
            raise NotOver
        await asyncio.sleep(LOOKS_EVERY)


@router.post("/{agent_id}/cancel")
async def cancel(agent_id: UUID, user: CurrentUser, live: TheLive) -> wire.Agent:
    """Have an agent and all below it stop; what they call is closed at once."""
    await _working(live.services, user, agent_id)
    await live.errands.run(ending.cancel(live.services, user, agent_id))
    return await agent_status(agent_id, user, live.services)


@router.post("/{agent_id}/pause")
async def pause(agent_id: UUID, user: CurrentUser, live: TheLive) -> wire.Agent:
    """Have an agent and all below it wait before their next step."""
    await _working(live.services, user, agent_id)
    await live.errands.run(ending.pause(live.services, user, agent_id))
    return await agent_status(agent_id, user, live.services)


@router.post("/{agent_id}/resume")
async def resume(agent_id: UUID, user: CurrentUser, live: TheLive) -> wire.Agent:
    """Have an agent and all below it go on."""
    await _working(live.services, user, agent_id)
    await live.errands.run(ending.resume(live.services, user, agent_id))
    return await agent_status(agent_id, user, live.services)


@router.post("/{agent_id}/retry", status_code=202)
async def retry(agent_id: UUID, user: CurrentUser, live: TheLive) -> wire.Agent:
    """Do it again, as another agent with a budget of its own. Asked twice, it is one."""
    services = live.services
    async with services.db.as_user(user) as conn:
        row = await _row(conn, agent_id)
        if row.root_id != row.id:
            raise BelongsToAnother
        if not row.over:
            raise NotOver
        budget = await budgets.find(conn, agent_id)
        assert budget is not None, "an agent has a budget"
        ids = await spawning.spawn(conn, [spawning.again(row, budget)])
        made = await _row(conn, ids[0])
    await live.errands.run(spawning.wake(services, ids))
    return agent_shape(made)


async def _row(conn: Connection, id: UUID) -> AgentRow:
    row = await store.find(conn, id)
    if row is None:
        raise AgentMissing
    return row


async def _working(services: Services, user: UserId, id: UUID) -> None:
    async with services.db.as_user(user) as conn:
        row = await _row(conn, id)
    if row.over:
        raise AgentOver


def _below(id: UUID, tree: list[AgentRow]) -> list[AgentRow]:
    """Those of a tree that are below one of it; parents come before their children."""
    inside = {id}
    found: list[AgentRow] = []
    for one in tree:
        if one.parent_id in inside:
            inside.add(one.id)
            found.append(one)
    return found
