"""Swarms over HTTP: one task on many inputs; how far it is, its items, and its results as they come or as a file."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from actors.stores import budgets
from actors.swarms import items, store
from actors.swarms.errors import SwarmMissing
from actors.swarms.store import Status, SwarmRow
from actors.swarms.swarm import Swarm
from cluster.clients.postgres import Connection
from cluster.ids import UserId
from cluster.runtime.ref import Ref
from cluster.services import Services
from serve import swarms_wire as wire
from serve.conversations import cursors
from serve.guards import CurrentUser, OpenServices, note_allowance, within
from serve.live.live import Live, TheLive
from serve.live.sse import event_response, while_here
from serve.routes.chat import LastEventId
from serve.swarms.asked import new_swarm, swarm_of
from serve.swarms.results import as_lines, as_they_come
from serve.swarms.shapes import item_shape, swarm_shape
from serve.village.once import IdempotencyKey, once

router = APIRouter(prefix="/swarms", tags=["swarms"], dependencies=[within("agents")])


@router.post("", status_code=202)
async def create_swarm(
    request: Request,
    command: wire.CreateSwarm,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Swarm:
    """Put an agent to work on each input. It goes on whether you look or not; `swarm:<id>` tells of it."""
    note_allowance(request, await live.limits.message(user))
    id, key = swarm_of(user, idempotency_key)
    async with live.services.db.as_user(user) as conn:
        new = await new_swarm(conn, live.services, command, key=key)
    await live.errands.run(_ref(live, id).ask(Swarm.begin, user, new))
    return await open_swarm(id, user, live.services)


@router.get("")
async def list_swarms(
    user: CurrentUser,
    services: OpenServices,
    status: Status | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> wire.Swarms:
    """Your swarms, newest first."""
    before = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        found = await store.page(conn, status=status, before=before, limit=limit + 1)
        page = found[:limit]
        shown = [await _shape(conn, row) for row in page]
    more = cursors.after_row(page[-1].created_at, page[-1].id) if len(found) > limit else None
    return wire.Swarms(swarms=shown, next_cursor=more)


@router.get("/{swarm_id}")
async def open_swarm(swarm_id: UUID, user: CurrentUser, services: OpenServices) -> wire.Swarm:
    """How far a swarm is, and what came of it."""
    async with services.db.as_user(user) as conn:
        return await _shape(conn, await _found(conn, swarm_id))


@router.get("/{swarm_id}/items")
async def list_items(
    swarm_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    after: Annotated[int, Query(ge=0, le=1_000_000, description="The number of the first item.")] = 0,
    status: Annotated[list[wire.ItemStatus], Query(max_length=5, description="Only those that stand so.")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> wire.SwarmItems:
    """Its items, in the order of the inputs."""
    async with services.db.as_user(user) as conn:
        await _found(conn, swarm_id)
        found = await items.page(conn, swarm_id, after=after, status=status, limit=limit + 1)
    return wire.SwarmItems(
        items=[item_shape(one) for one in found[:limit]], next_after=found[limit].n if len(found) > limit else None
    )


@router.post("/{swarm_id}/items", status_code=202)
async def add_items(
    swarm_id: UUID,
    command: wire.AddItems,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Swarm:
    """Add inputs to a swarm that is not closed, or close it."""
    await _there(live.services, user, swarm_id)

    async def work() -> wire.Swarm:
        await _ref(live, swarm_id).ask(Swarm.add, user, command.inputs, command.closed)
        return await open_swarm(swarm_id, user, live.services)

    key = None if idempotency_key is None else f"{swarm_id}:{idempotency_key}"
    return await live.errands.run(once(live, user, key, command, work, wire.Swarm))


@router.post("/{swarm_id}/cancel")
async def cancel_swarm(swarm_id: UUID, user: CurrentUser, live: TheLive) -> wire.Swarm:
    """Begin no more items, and have all agents stop; what they call is closed at once."""
    await _there(live.services, user, swarm_id)
    await live.errands.run(_ref(live, swarm_id).ask(Swarm.cancel, user))
    return await open_swarm(swarm_id, user, live.services)


@router.post("/{swarm_id}/pause")
async def pause_swarm(swarm_id: UUID, user: CurrentUser, live: TheLive) -> wire.Swarm:
    """Begin no more items until it is resumed. Agents at work finish."""
    await _there(live.services, user, swarm_id)
    await live.errands.run(_ref(live, swarm_id).ask(Swarm.pause, user, True))
    return await open_swarm(swarm_id, user, live.services)


@router.post("/{swarm_id}/resume")
async def resume_swarm(swarm_id: UUID, user: CurrentUser, live: TheLive) -> wire.Swarm:
    """Go on after a pause."""
    await _there(live.services, user, swarm_id)
    await live.errands.run(_ref(live, swarm_id).ask(Swarm.pause, user, False))
    return await open_swarm(swarm_id, user, live.services)


@router.post("/{swarm_id}/retry", status_code=202)
async def retry_items(swarm_id: UUID, command: wire.RetryItems, user: CurrentUser, live: TheLive) -> wire.Swarm:
    """Try items again that failed or were cancelled. What was made of all results is then made anew."""
    await _there(live.services, user, swarm_id)
    await live.errands.run(_ref(live, swarm_id).ask(Swarm.retry, user, command.items))
    return await open_swarm(swarm_id, user, live.services)


@router.get("/{swarm_id}/results", response_class=StreamingResponse)
async def follow_results(
    swarm_id: UUID, user: CurrentUser, live: TheLive, last_event_id: LastEventId = None
) -> StreamingResponse:
    """How its items end, as an event stream: from the beginning, or after `Last-Event-ID`, to the swarm's end.

    A result of more than 32,000 characters is left out: fetch that item.
    """
    await _there(live.services, user, swarm_id)
    return event_response(while_here(live, as_they_come(live, user, swarm_id, after=last_event_id)))


@router.get("/{swarm_id}/results.jsonl", response_class=StreamingResponse)
async def download_results(swarm_id: UUID, user: CurrentUser, services: OpenServices) -> StreamingResponse:
    """Items that have ended, in order, as JSON Lines."""
    await _there(services, user, swarm_id)
    return StreamingResponse(
        as_lines(services, user, swarm_id),
        media_type="application/jsonl",
        headers={
            "Content-Disposition": f'attachment; filename="swarm-{swarm_id}.jsonl"',
            "Cache-Control": "no-store",
        },
    )


def _ref(live: Live, id: UUID) -> Ref[Swarm]:
    return live.services.runtime.ref(Swarm, str(id))


async def _there(services: Services, user: UserId, id: UUID) -> None:
    """What is not one's own does not exist."""
    async with services.db.as_user(user) as conn:
        await _found(conn, id)


async def _found(conn: Connection, id: UUID) -> SwarmRow:
    row = await store.find(conn, id)
    if row is None:
        raise SwarmMissing
    return row


async def _shape(conn: Connection, row: SwarmRow) -> wire.Swarm:
    budget = await budgets.find(conn, row.id)
    assert budget is not None, "a swarm has a budget"
    return swarm_shape(row, budget)
