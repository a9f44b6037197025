"""Lists of knowledge, the newest first, as the one who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import KnowledgeId, RealmId, ThreadId
from village.knowledge.item import Knowledge
from village.knowledge.store import knowledge_of


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which knowledge a list holds. None: any. `removed`: what was taken out, instead of what is there."""

    realm: RealmId | None = None
    agent: str | None = None
    category: str | None = None
    kind: str | None = None
    thread: ThreadId | None = None
    tag: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    confidence: float | None = None
    trusted: bool | None = None
    removed: bool = False


async def page(
    conn: Connection, wanted: Wanted, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Knowledge]:
    """What is current, newest first, before the (created_at, id) of an earlier page. Each realm brings its newest."""
    at, id = before or (None, None)
    rows = await conn.fetch(
        """select k.*, t.name as thread
             from unnest(case when $1::uuid is null then (select realms_of('reader')) else array[$1::uuid] end) as realm
            cross join lateral (
                  select * from knowledge one
                   where one.realm_id = realm and superseded_by is null and (removed_at is not null) = $2
                     and ($3::text is null or agent = $3) and ($4::text is null or category = $4)
                     and ($5::text is null or kind = $5) and ($6::uuid is null or thread_id = $6)
                     and ($7::text is null or $7 = any(tags))
                     and ($8::timestamptz is null or created_at >= $8) and ($9::timestamptz is null or created_at < $9)
                     and ($10::real is null or confidence >= $10) and ($11::boolean is null or trusted = $11)
                     and ($12::timestamptz is null or (created_at, id) < ($12, $13::uuid))
                   order by created_at desc, id desc limit $14) k
             left join threads t on t.id = k.thread_id
            order by k.created_at desc, k.id desc limit $14""",
        wanted.realm, wanted.removed, wanted.agent, wanted.category, wanted.kind, wanted.thread, wanted.tag,
        wanted.since, wanted.before, wanted.confidence, wanted.trusted, at, id, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]


async def vectors(conn: Connection, id: KnowledgeId) -> Sequence[tuple[str, int]]:
    """The vectors of a piece of knowledge: model and dimensions."""
    rows = await conn.fetch(
        """select model, vector_dims(embedding) as dimensions from knowledge_vectors
            where knowledge_id = $1 order by model""",
        id,
    )
    return [(row["model"], row["dimensions"]) for row in rows]


async def replies(conn: Connection, realm: RealmId, root: KnowledgeId, *, limit: int) -> Sequence[Knowledge]:
    """What is current and responds to any version of something, the oldest first."""
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.realm_id = $1 and k.superseded_by is null and k.removed_at is null
              and k.responding_to && array(select id from knowledge where realm_id = $1 and root_id = $2)
            order by k.created_at, k.id limit $3""",
        realm, root, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]
