"""Threads, the agents that speak, and the map that they walk on."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query

from cluster.ids import RealmId, ThreadId
from serve import knowledge_wire as wire
from serve import village_wire
from serve.conversations import cursors
from serve.guards import CurrentUser, OpenServices, within
from serve.live.live import TheLive
from serve.village.knowledge import realm_of, shape
from serve.village.once import IdempotencyKey, once
from serve.village.realms import tell
from village.agents import store as agents
from village.realms import store as realms
from village.threads import store as threads
from village.zones import FAMILIES, ZONES

router = APIRouter(prefix="/village", tags=["village"], dependencies=[within("village")])
WIDTH, HEIGHT = 800, 600


@router.get("/threads")
async def list_threads(
    user: CurrentUser, services: OpenServices, realm_id: UUID | None = None, archived: bool | None = False
) -> wire.Threads:
    """The threads of your realms, or of one."""
    realm = None if realm_id is None else RealmId(realm_id)
    async with services.db.as_user(user) as conn:
        found = await threads.listed(conn, realm=realm, archived=archived)
    return wire.Threads(threads=[wire.Thread.model_validate(one) for one in found])


@router.post("/threads", status_code=201)
async def create_thread(
    command: wire.CreateThread, user: CurrentUser, live: TheLive, idempotency_key: IdempotencyKey = None
) -> wire.Thread:
    """Begin a thread."""
    realm = realm_of(user, command.realm_id)

    async def work() -> wire.Thread:
        async with live.services.db.as_user(user) as conn:
            if command.realm_id is None:
                await realms.open_home(conn, user)
            id = await threads.begin(conn, user, realm, command.name, command.title or command.name)
            thread = await threads.find(conn, id)
        await tell(live.services, realm, "thread_begun")
        return wire.Thread.model_validate(thread)

    return await once(live, user, idempotency_key, command, work, wire.Thread)


@router.get("/threads/{thread_id}")
async def open_thread(
    thread_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> wire.ThreadView:
    """What was said in a thread, the oldest first, and who answers whom."""
    after = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        thread = await threads.find(conn, ThreadId(thread_id))
        found = await threads.statements(conn, thread, after=after, limit=limit + 1)
        replies = await threads.replies(conn, thread)
    page = found[:limit]
    return wire.ThreadView(
        thread=wire.Thread.model_validate(thread),
        statements=[shape(one) for one in page],
        replies=[wire.ThreadReply(from_id=one, to_id=other) for one, other in replies],
        next_cursor=cursors.after_row(page[-1].created_at, page[-1].id) if len(found) > limit else None,
    )


@router.patch("/threads/{thread_id}")
async def change_thread(
    thread_id: UUID, command: wire.ThreadChange, user: CurrentUser, services: OpenServices
) -> wire.Thread:
    """Rename a thread, move it in the list, archive it or take it out of the archive."""
    async with services.db.as_user(user) as conn:
        await threads.change(conn, ThreadId(thread_id), threads.ThreadChange(**command.model_dump()))
        thread = await threads.find(conn, ThreadId(thread_id))
    await tell(services, thread.realm_id, "thread_changed")
    return wire.Thread.model_validate(thread)


@router.get("/agents")
async def list_agents(user: CurrentUser, services: OpenServices) -> village_wire.AgentProfiles:
    """The agents that you can talk with: the founders, and those that you summoned."""
    async with services.db.as_user(user) as conn:
        found = await agents.all_of(conn)
    return village_wire.AgentProfiles(agents=[village_wire.AgentProfile.model_validate(one) for one in found])


@router.get("/map")
async def village_map(user: CurrentUser) -> village_wire.VillageMap:
    """The places of the village, and which tools are used where."""
    return village_wire.VillageMap(
        width=WIDTH,
        height=HEIGHT,
        zones=[
            village_wire.Zone(
                name=cast("village_wire.ZoneName", zone.name),
                title=zone.title,
                x=zone.x,
                y=zone.y,
                width=zone.width,
                height=zone.height,
                families=[family for family, name in FAMILIES.items() if name == zone.name],
            )
            for zone in ZONES
        ],
    )
