"""The SQL of a realm's health. Stale, low access and the score are the predecessor's rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import KnowledgeId, RealmId, new_id
from village.knowledge.item import Knowledge
from village.knowledge.store import knowledge_of
from village.who import Who

STALE_DAYS = 30
LOW_ACCESS = 2
LOW_ACCESS_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Health:
    """How a realm stands. `score` is 100 when everything in it is read, 0 when nothing is."""

    total: int
    stale: int
    low_access: int
    average_access: float
    score: float


async def health(conn: Connection, realm: RealmId) -> Health:
    """Counts over what is current, and the score: 100 x (1 - (stale + low access) / (2 x total))."""
    row = await conn.fetchrow(
        """select count(*) as total,
                  count(*) filter (where coalesce(last_accessed_at, created_at) < now() - make_interval(days => $2))
                      as stale,
                  count(*) filter (where access_count <= $3 and created_at < now() - make_interval(days => $4))
                      as low_access,
                  coalesce(avg(access_count), 0)::float8 as average
             from knowledge where realm_id = $1 and superseded_by is null and removed_at is null""",
        realm, STALE_DAYS, LOW_ACCESS, LOW_ACCESS_DAYS,
    )  # fmt: skip
    assert row is not None, "an aggregate has a row"
    total = row["total"]
    score = 100.0 if not total else 100 * (1 - (row["stale"] + row["low_access"]) / (2 * total))
    return Health(
        total=total,
        stale=row["stale"],
        low_access=row["low_access"],
        average_access=round(row["average"], 2),
        score=round(score, 1),
    )


async def stale(conn: Connection, realm: RealmId, *, days: int, limit: int) -> Sequence[Knowledge]:
    """What nobody has read for so many days, longest unread first. What was never read counts from when it was said."""
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.realm_id = $1 and superseded_by is null and removed_at is null
              and coalesce(last_accessed_at, k.created_at) < now() - make_interval(days => $2)
            order by coalesce(last_accessed_at, k.created_at), k.id limit $3""",
        realm, days, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]


async def low_access(conn: Connection, realm: RealmId, *, most: int, days: int, limit: int) -> Sequence[Knowledge]:
    """What was read at most so often and is older than so many days, least read and oldest first."""
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.realm_id = $1 and superseded_by is null and removed_at is null and access_count <= $2
              and k.created_at < now() - make_interval(days => $3)
            order by access_count, k.created_at, k.id limit $4""",
        realm, most, days, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]


async def merged_version(conn: Connection, kept: Knowledge, dropped: Knowledge) -> KnowledgeId:
    """A new version of what is kept, with what the other one knew: reads, links, confidence, tags."""
    id = KnowledgeId(new_id())
    await conn.execute("update knowledge set superseded_by = $2 where id = $1", kept.id, id)
    await conn.execute(
        """insert into knowledge
               (id, realm_id, user_id, agent, content, category, kind, confidence, tags, thread_id, related_agents,
                origin, source, conversation_id, turn_id, responding_to, derived_from, related, trusted, external_id,
                details, root_id, version, valid_until, access_count, last_accessed_at, created_at)
           select $2, k.realm_id, k.user_id, k.agent, k.content, k.category, k.kind,
                  greatest(k.confidence, d.confidence),
                  array(select distinct unnest(k.tags || d.tags) order by 1), k.thread_id, k.related_agents, k.origin,
                  k.source, k.conversation_id, k.turn_id, k.responding_to, k.derived_from,
                  array(select distinct unnest(k.related || d.related || d.id)), k.trusted and d.trusted, k.external_id,
                  k.details || jsonb_build_object('consolidated_at', now(), 'consolidated_from', d.id), k.root_id,
                  k.version + 1, k.valid_until, k.access_count + d.access_count,
                  greatest(k.last_accessed_at, d.last_accessed_at), k.created_at
             from knowledge k, knowledge d where k.id = $1 and d.id = $3""",
        kept.id, id, dropped.id,
    )  # fmt: skip
    return id


async def reverted_version(conn: Connection, current: KnowledgeId, before: KnowledgeId) -> KnowledgeId:
    """A new version that is as an earlier one was; the reads since then stay counted."""
    id = KnowledgeId(new_id())
    await conn.execute("update knowledge set superseded_by = $2 where id = $1", current, id)
    await conn.execute(
        """insert into knowledge
               (id, realm_id, user_id, agent, content, category, kind, confidence, tags, thread_id, related_agents,
                origin, source, conversation_id, turn_id, responding_to, derived_from, related, trusted, external_id,
                details, root_id, version, valid_until, access_count, last_accessed_at, created_at)
           select $2, b.realm_id, b.user_id, b.agent, b.content, b.category, b.kind, b.confidence, b.tags, b.thread_id,
                  b.related_agents, b.origin, b.source, b.conversation_id, b.turn_id, b.responding_to, b.derived_from,
                  b.related, b.trusted, b.external_id, b.details, b.root_id, c.version + 1, b.valid_until,
                  b.access_count, greatest(b.last_accessed_at, c.last_accessed_at), b.created_at
             from knowledge b, knowledge c where b.id = $3 and c.id = $1""",
        current, id, before,
    )  # fmt: skip
    return id


async def log_merge(conn: Connection, realm: RealmId, who: Who, details: dict[str, Any]) -> UUID:
    """Note a merge; answers the entry, by which it is undone."""
    entry = new_id()
    await conn.execute(
        """insert into realm_log (id, realm_id, user_id, agent, action, details)
           values ($1, $2, $3, $4, 'consolidated', $5)""",
        entry, realm, who.user, who.agent, details,
    )  # fmt: skip
    return entry


async def merge_of(conn: Connection, realm: RealmId, entry: UUID) -> dict[str, Any] | None:
    """What a merge did, if it was not undone."""
    return await conn.fetchval(
        """select details from realm_log where id = $1 and realm_id = $2 and action = 'consolidated'
              and undone_at is null for update""",
        entry, realm,
    )  # fmt: skip


async def realm_of_merge(conn: Connection, entry: UUID) -> RealmId | None:
    """Where a merge was made, if it was not undone and whoever asks may read that realm."""
    return await conn.fetchval(
        "select realm_id from realm_log where id = $1 and action = 'consolidated' and undone_at is null", entry
    )


async def mark_undone(conn: Connection, entry: UUID) -> None:
    """Note that a merge was taken back."""
    await conn.execute("update realm_log set undone_at = now() where id = $1", entry)
