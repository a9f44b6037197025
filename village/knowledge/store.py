"""The SQL of table knowledge. What is written is never overwritten: a change is a new version that supersedes the old.

Whoever writes through here does so inside a realm's turn (`village/realm.py`), which orders the writes.
"""

from collections.abc import Sequence
from uuid import UUID

from cluster.clients.postgres import Connection, Row
from cluster.ids import KnowledgeId, RealmId, ThreadId, new_id
from village.knowledge.item import Change, Draft, Knowledge
from village.who import Who


async def add(conn: Connection, realm: RealmId, who: Who, draft: Draft) -> Knowledge | None:
    """Remember something; answers it, or None when it was there already under its id or its external id."""
    thread = None if draft.thread is None else await open_thread(conn, realm, who, draft.thread)
    added = await conn.fetchval(
        """insert into knowledge
               (id, realm_id, user_id, agent, content, category, kind, confidence, tags, thread_id, related_agents,
                origin, source, conversation_id, turn_id, responding_to, derived_from, trusted, external_id, details,
                root_id, valid_until, created_at, valid_from)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $1, $21,
                   coalesce($22, now()), coalesce($22, now()))
           on conflict do nothing returning id""",
        draft.id, realm, who.user, who.agent or draft.agent, draft.content, draft.category, draft.kind,
        draft.confidence, draft.tags, thread, draft.related_agents, draft.origin, draft.source, draft.conversation_id,
        draft.turn_id, draft.responding_to, draft.derived_from, draft.trusted, draft.external_id, draft.details,
        draft.valid_until, draft.created_at,
    )  # fmt: skip
    return None if added is None else await find(conn, draft.id)


async def revise(conn: Connection, old: Knowledge, change: Change) -> Knowledge:
    """Put a new version in the place of a current one."""
    id = KnowledgeId(new_id())
    await conn.execute("update knowledge set superseded_by = $2, valid_until = now() where id = $1", old.id, id)
    await conn.execute(
        """insert into knowledge
               (id, realm_id, user_id, agent, content, category, kind, confidence, tags, thread_id, related_agents,
                origin, source, conversation_id, turn_id, responding_to, derived_from, related, trusted, external_id,
                details, root_id, version, valid_until, access_count, last_accessed_at)
           select $2, realm_id, user_id, agent, coalesce($3, content), coalesce($4, category), kind,
                  coalesce($5, confidence), coalesce($6, tags), thread_id, related_agents, origin, source,
                  conversation_id, turn_id, responding_to, derived_from, related, trusted, external_id, details,
                  root_id, version + 1, $7, access_count, last_accessed_at
             from knowledge where id = $1""",
        old.id, id, change.content, change.category, change.confidence, change.tags,
        change.valid_until or old.valid_until,
    )  # fmt: skip
    await drop_vectors(conn, old.id)
    revised = await find(conn, id)
    assert revised is not None, "what was just written can be read"
    return revised


async def remove(conn: Connection, id: KnowledgeId) -> None:
    """Take something out of what is known. It can be put back."""
    await conn.execute("update knowledge set removed_at = now() where id = $1 and removed_at is null", id)
    await drop_vectors(conn, id)


async def restore(conn: Connection, id: KnowledgeId) -> None:
    """Put something back."""
    await conn.execute("update knowledge set removed_at = null where id = $1 and superseded_by is null", id)


async def find(conn: Connection, id: KnowledgeId) -> Knowledge | None:
    """One version of something, current or not, if whoever asks may read it."""
    row = await conn.fetchrow(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id where k.id = $1""",
        id,
    )
    return None if row is None else knowledge_of(row)


async def known(conn: Connection, realm: RealmId, draft: Draft) -> Knowledge | None:
    """What is in a realm already under a draft's id, or else under its external id: the newest version."""
    row = await conn.fetchrow(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.realm_id = $1 and (k.id = $2 or k.external_id = $3)
            order by k.id = $2 desc, k.version desc limit 1""",
        realm, draft.id, draft.external_id,
    )  # fmt: skip
    return None if row is None else knowledge_of(row)


async def by_external_name(conn: Connection, realm: UUID, name: str) -> KnowledgeId | None:
    """What is current in a realm and was given this name, alone or below that of its collection."""
    return await conn.fetchval(
        """select id from knowledge where realm_id = $1 and (external_id = $2 or external_id = category || '/' || $2)
              and superseded_by is null and removed_at is null""",
        realm, name,
    )  # fmt: skip


async def versions(conn: Connection, root: KnowledgeId) -> Sequence[Knowledge]:
    """All versions of something, oldest first."""
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.root_id = $1 order by k.version""",
        root,
    )
    return [knowledge_of(row) for row in rows]


async def open_thread(conn: Connection, realm: RealmId, who: Who, name: str) -> ThreadId:
    """The thread of a name; it is begun when it is not there."""
    found = await conn.fetchval("select id from threads where realm_id = $1 and name = $2", realm, name)
    if found is not None:
        return found
    return await conn.fetchval(
        """insert into threads (id, realm_id, name, title, user_id, agent, position)
           values ($1, $2, $3, $3, $4, $5, (select count(*) from threads where realm_id = $2)) returning id""",
        new_id(), realm, name, who.user, who.agent,
    )  # fmt: skip


async def without_vector(
    conn: Connection, realm: RealmId, model: str, *, limit: int
) -> Sequence[tuple[KnowledgeId, str]]:
    """What is current and has no vector of this model, oldest first: id and text."""
    rows = await conn.fetch(
        """select id, content from knowledge k
            where realm_id = $1 and superseded_by is null and removed_at is null
              and not exists (select from knowledge_vectors v
                               where v.realm_id = $1 and v.knowledge_id = k.id and v.model = $2)
            order by created_at, id limit $3""",
        realm, model, limit,
    )  # fmt: skip
    return [(KnowledgeId(row["id"]), row["content"]) for row in rows]


async def keep_vectors(
    conn: Connection, realm: RealmId, model: str, vectors: Sequence[tuple[KnowledgeId, Sequence[float]]]
) -> None:
    """Keep the vectors of pieces of knowledge that are still current."""
    await conn.execute(
        """insert into knowledge_vectors (realm_id, knowledge_id, model, embedding)
           select $1, id, $2, vector::halfvec from unnest($3::uuid[], $4::text[]) as given (id, vector)
            where exists (select from knowledge k
                           where k.id = given.id and k.superseded_by is null and k.removed_at is null)
           on conflict do nothing""",
        realm, model, [id for id, _ in vectors], [vector_text(vector) for _, vector in vectors],
    )  # fmt: skip
    await conn.execute("update realms set embedding_model = $2 where id = $1 and embedding_model is null", realm, model)


async def answering_model(conn: Connection, realm: RealmId) -> str | None:
    """The model whose vectors answer in a realm; None before the first."""
    return await conn.fetchval("select embedding_model from realms where id = $1", realm)


async def answer_with(conn: Connection, realm: RealmId, model: str) -> None:
    """From now on a realm answers with the vectors of this model, which are all there; those of others are dropped."""
    moved = await conn.execute(
        """update realms set embedding_model = $2 where id = $1 and embedding_model is distinct from $2
              and exists (select from knowledge_vectors where realm_id = $1 and model = $2)""",
        realm, model,
    )  # fmt: skip
    if moved:
        await conn.execute("delete from knowledge_vectors where realm_id = $1 and model <> $2", realm, model)


async def drop_vectors(conn: Connection, id: KnowledgeId) -> None:
    """Forget the vectors of what is no longer current."""
    await conn.execute("delete from knowledge_vectors where knowledge_id = $1", id)


def vector_text(vector: Sequence[float]) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{value:.6f}" for value in vector) + "]"


def knowledge_of(row: Row) -> Knowledge:
    """A row of knowledge, with the name of its thread as `thread`."""
    return Knowledge(**{name: row[name] for name in Knowledge.__dataclass_fields__})
