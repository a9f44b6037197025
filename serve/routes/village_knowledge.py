"""Knowledge: lists, searches, writing it, versions, promotion, import and export."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from cluster.errors import TooLarge
from cluster.ids import KnowledgeId, RealmId, ThreadId, UserId, agent_name, new_id
from serve import knowledge_wire as wire
from serve.guards import CurrentUser, OpenServices, TheLimits, note_allowance, within
from serve.limits import RECALLS, UPLOAD
from serve.live.live import Live, TheLive
from serve.village import knowledge as shapes
from serve.village.once import IdempotencyKey, once
from serve.village.realms import tell
from village.errors import RealmMissing
from village.knowledge import promotion
from village.knowledge.item import Change, Draft, Knowledge
from village.knowledge.listing import Wanted
from village.knowledge.portable import read_lines
from village.realm import Realm
from village.realms import store as realms
from village.recall.query import Query as Recall
from village.threads import store as threads
from village.who import Who

router = APIRouter(prefix="/village", tags=["village"], dependencies=[within("village")])
MOST_IMPORTED = 32 * 1024 * 1024
"""Bytes of one file."""


class KnowledgeQuery(BaseModel):
    """What to list, or with `q` to search."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    q: Annotated[str, Field(max_length=2000)] | None = None
    """What is looked for, in any words. Best first, without further pages."""
    realm_id: UUID | None = None
    agent: Annotated[str, Field(max_length=50)] | None = None
    category: Annotated[str, Field(max_length=50)] | None = None
    kind: Annotated[str, Field(max_length=50)] | None = None
    """In lists only."""
    thread_id: UUID | None = None
    tag: Annotated[str, Field(max_length=50)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    trusted: bool | None = None
    """True: nothing that may hold text by strangers."""
    removed: bool = False
    """What was taken out, instead of what is there. In lists only."""
    decay: bool = False
    """Rank what is old and unused lower."""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None
    """`next_cursor` of the page before."""


@router.get("/knowledge")
async def list_knowledge(
    request: Request,
    user: CurrentUser,
    services: OpenServices,
    limits: TheLimits,
    query: Annotated[KnowledgeQuery, Query()],
) -> wire.KnowledgePage:
    """What is known in your realms: the newest first, or with `q` what is known about something, and why."""
    agent = None if query.agent is None else agent_name(query.agent)
    if not (query.q or "").strip():
        return await shapes.page(services, user, _wanted(query, agent), cursor=query.cursor, limit=query.limit)
    note_allowance(request, await limits.take(RECALLS, f"user:{user}"))
    thread = None
    if query.thread_id is not None:
        async with services.db.as_user(user) as conn:
            thread = await threads.find(conn, ThreadId(query.thread_id))
    realm = thread.realm_id if thread is not None else query.realm_id
    asked = Recall(
        text=query.q or "",
        realms=None if realm is None else [RealmId(realm)],
        agents=None if agent is None else [agent],
        categories=None if query.category is None else [query.category],
        thread=None if thread is None else thread.name,
        tags=None if query.tag is None else [query.tag],
        since=query.since,
        before=query.until,
        confidence=query.min_confidence,
        trusted_only=query.trusted is True,
        decay=query.decay,
        limit=query.limit,
    )
    return await shapes.search(services, user, asked)


@router.post("/knowledge", status_code=201)
async def add_knowledge(
    command: wire.AddKnowledge, user: CurrentUser, live: TheLive, idempotency_key: IdempotencyKey = None
) -> wire.Knowledge:
    """Remember something. It is found by its words at once, by its meaning as soon as it is embedded."""
    realm = shapes.realm_of(user, command.realm_id)
    draft = Draft(
        id=KnowledgeId(new_id()),
        content=command.content,
        category=command.category,
        kind=command.kind,
        confidence=command.confidence,
        tags=command.tags,
        thread=command.thread,
        agent=None if command.agent is None else agent_name(command.agent),
        related_agents=[agent_name(one) for one in command.related_agents],
        source="person",
        responding_to=command.responding_to,
        valid_until=command.valid_until,
    )

    async def work() -> wire.Knowledge:
        return shapes.shape(await _realm(live, realm).ask(Realm.add, Who(user), draft))

    return await once(live, user, idempotency_key, command, lambda: live.errands.run(work()), wire.Knowledge)


@router.get("/knowledge/{knowledge_id}")
async def one_knowledge(knowledge_id: UUID, user: CurrentUser, services: OpenServices) -> wire.KnowledgeDetail:
    """One version of something, all its versions, and what responds to it."""
    return await shapes.detail(services, user, KnowledgeId(knowledge_id))


@router.patch("/knowledge/{knowledge_id}")
async def change_knowledge(
    knowledge_id: UUID, command: wire.KnowledgeChange, user: CurrentUser, live: TheLive
) -> wire.Knowledge:
    """Say it anew: a next version, under an id of its own. The old one stays to be read."""
    found = await _found(live, user, knowledge_id)
    change = Change(**command.model_dump())
    revised = _realm(live, found.realm_id).ask(Realm.revise, Who(user), found.id, change)
    return shapes.shape(await live.errands.run(revised))


@router.delete("/knowledge/{knowledge_id}", status_code=204)
async def remove_knowledge(knowledge_id: UUID, user: CurrentUser, live: TheLive) -> None:
    """Take it out of what is known. `POST /knowledge/{id}/restore` puts it back."""
    found = await _found(live, user, knowledge_id)
    await live.errands.run(_realm(live, found.realm_id).ask(Realm.remove, Who(user), found.id))


@router.post("/knowledge/{knowledge_id}/restore")
async def restore_knowledge(knowledge_id: UUID, user: CurrentUser, live: TheLive) -> wire.Knowledge:
    """Put it back."""
    found = await _found(live, user, knowledge_id)
    return shapes.shape(await live.errands.run(_realm(live, found.realm_id).ask(Realm.restore, Who(user), found.id)))


@router.post("/knowledge/{knowledge_id}/promote", status_code=201)
async def promote_knowledge(
    knowledge_id: UUID, command: wire.PromoteKnowledge, user: CurrentUser, live: TheLive
) -> wire.Knowledge:
    """Copy it to a realm that more can enter. Logged in both; the original stays; twice makes one copy."""
    target = RealmId(command.realm_id)
    said = await _found(live, user, knowledge_id)

    async def work() -> Knowledge:
        async with live.services.db.as_user(user) as conn:
            draft = await promotion.draft_of(conn, user, said.id, target)
        copy = await _realm(live, target).ask(Realm.add, Who(user), draft)
        async with live.services.db.as_user(user) as conn:
            await promotion.note(conn, user, said, copy)
        return copy

    copy = await live.errands.run(work())
    await tell(live.services, target, "promoted")
    return shapes.shape(copy)


@router.get("/realms/{realm_id}/export")
async def export_realm(realm_id: UUID, user: CurrentUser, services: OpenServices) -> StreamingResponse:
    """All that is known in a realm, with all versions and threads, as JSON Lines."""
    async with services.db.as_user(user) as conn:
        realm = await realms.find(conn, RealmId(realm_id))
    if realm is None:
        raise RealmMissing
    return StreamingResponse(
        shapes.exported(services, user, realm),
        media_type="application/x-ndjson",
        headers={
            "Content-Disposition": f'attachment; filename="village-{realm_id}.jsonl"',
            "Cache-Control": "no-store",
        },
    )


@router.post(
    "/realms/{realm_id}/import",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
    },
)
async def import_realm(
    realm_id: UUID, request: Request, user: CurrentUser, live: TheLive, limits: TheLimits
) -> wire.KnowledgeImported:
    """Bring in JSON Lines of an export, or the predecessor's export. What is there already stays as it is."""
    note_allowance(request, await limits.take(UPLOAD, f"user:{user}"))
    async with live.services.db.as_user(user) as conn:
        if await realms.find(conn, RealmId(realm_id)) is None:
            raise RealmMissing
    data = await request.body()
    if len(data) > MOST_IMPORTED:
        raise TooLarge(f"a file has at most {MOST_IMPORTED} bytes")
    lines = read_lines(data)
    taken = await live.errands.run(_realm(live, realm_id).ask(Realm.take_in, Who(user), lines))
    return wire.KnowledgeImported.model_validate(taken)


def _wanted(query: KnowledgeQuery, agent: str | None) -> Wanted:
    until: datetime | None = query.until
    return Wanted(
        realm=None if query.realm_id is None else RealmId(query.realm_id),
        agent=agent or None,
        category=query.category,
        kind=query.kind,
        thread=None if query.thread_id is None else ThreadId(query.thread_id),
        tag=query.tag,
        since=query.since,
        before=until,
        confidence=query.min_confidence,
        trusted=query.trusted,
        removed=query.removed,
    )


def _realm(live: Live, realm: UUID):
    return live.services.runtime.ref(Realm, str(realm))


async def _found(live: Live, user: UserId, id: UUID) -> Knowledge:
    async with live.services.db.as_user(user) as conn:
        return await shapes.found_of(conn, KnowledgeId(id))
