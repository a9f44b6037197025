"""What the village knows, as clients see it."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import KnowledgeId, RealmId, UserId
from cluster.services import Services
from serve import knowledge_wire as wire
from serve.conversations import cursors
from village.errors import KnowledgeMissing
from village.knowledge import listing, portable, store
from village.knowledge.item import Knowledge
from village.knowledge.listing import Wanted
from village.knowledge.portable import RealmLine
from village.realms import store as realms
from village.recall.noting import note_reads
from village.recall.query import Hit, Query
from village.recall.recall import recall
from village.who import Who

MOST_REPLIES = 50


async def page(
    services: Services, user: UserId, wanted: Wanted, *, cursor: str | None, limit: int
) -> wire.KnowledgePage:
    """A list, newest first."""
    before = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        found = await listing.page(conn, wanted, before=before, limit=limit + 1)
        rows = found[:limit]
        listed = await _listed(conn, rows)
    return wire.KnowledgePage(
        hits=[wire.KnowledgeHit(knowledge=one) for one in listed],
        next_cursor=cursors.after_row(rows[-1].created_at, rows[-1].id) if len(found) > limit else None,
    )


async def search(services: Services, user: UserId, query: Query) -> wire.KnowledgePage:
    """What is known about something, best first, and why."""
    who = Who(user)
    hits = await recall(services.db, services.models.embedder(), who, query)
    await note_reads(services, who, [hit.knowledge for hit in hits])
    async with services.db.as_user(user) as conn:
        listed = await _listed(conn, [hit.knowledge for hit in hits])
    by_id = {one.id: one for one in listed}
    return wire.KnowledgePage(
        hits=[_hit(hit, by_id[hit.knowledge.id]) for hit in hits if hit.knowledge.id in by_id], next_cursor=None
    )


async def detail(services: Services, user: UserId, id: KnowledgeId) -> wire.KnowledgeDetail:
    """One version of something, with all the others. Raises KnowledgeMissing."""
    async with services.db.as_user(user) as conn:
        found = await found_of(conn, id)
        versions = await store.versions(conn, found.root_id)
        replies = await listing.replies(conn, found.realm_id, found.root_id, limit=MOST_REPLIES)
        return wire.KnowledgeDetail(
            knowledge=(await _listed(conn, [found]))[0],
            versions=[shape(one) for one in versions if one.realm_id == found.realm_id],
            vectors=[
                wire.KnowledgeVector(model=model, dimensions=dimensions)
                for model, dimensions in await listing.vectors(conn, id)
            ],
            replies=[shape(one) for one in replies],
        )


async def found_of(conn: Connection, id: KnowledgeId) -> Knowledge:
    """Something that is known. Raises KnowledgeMissing."""
    found = await store.find(conn, id)
    if found is None:
        raise KnowledgeMissing
    return found


def shape(one: Knowledge) -> wire.Knowledge:
    """Knowledge as JSON."""
    return wire.Knowledge.model_validate(one)


async def exported(services: Services, user: UserId, realm: realms.Realm) -> AsyncGenerator[bytes]:
    """A realm as JSON Lines. A page at a time, so that a slow download holds no connection."""
    head = RealmLine(name=realm.name, kind=realm.kind, description=realm.description, exported_at=datetime.now(UTC))
    yield head.model_dump_json().encode() + b"\n"
    async with services.db.as_user(user) as conn:
        threads = await portable.thread_lines(conn, realm.id)
    for line in threads:
        yield line.model_dump_json().encode() + b"\n"
    after: tuple[datetime, str, int] | None = None
    while True:
        async with services.db.as_user(user) as conn:
            lines = await portable.knowledge_lines(conn, realm.id, after=after)
        yield b"".join([line.model_dump_json().encode() + b"\n" for line in lines])
        if len(lines) < portable.PAGE:
            return
        last = lines[-1]
        assert last.created_at is not None, "what is kept has its time"
        after = (last.created_at, last.id, last.version)


async def _listed(conn: Connection, found: Sequence[Knowledge]) -> list[wire.ListedKnowledge]:
    named: dict[RealmId, realms.Realm] = {realm.id: realm for realm in await realms.all_of(conn)} if found else {}
    return [
        wire.ListedKnowledge(**vars(one), realm_name=named[one.realm_id].name, realm_kind=named[one.realm_id].kind)
        for one in found
        if one.realm_id in named
    ]


def _hit(hit: Hit, knowledge: wire.ListedKnowledge) -> wire.KnowledgeHit:
    vector, text = hit.why.vector, hit.why.text
    why = wire.WhyFound(
        vector_rank=vector.rank if vector else None,
        vector_score=vector.score if vector else None,
        text_rank=text.rank if text else None,
        text_score=text.score if text else None,
        decay=hit.why.decay,
    )
    return wire.KnowledgeHit(knowledge=knowledge, score=hit.score, why=why)


def realm_of(user: UserId, realm: UUID | None) -> RealmId:
    """The realm that is meant: the village of one's own agents when none is named."""
    return realms.home_village(user) if realm is None else RealmId(realm)
