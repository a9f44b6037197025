"""The SQL that finds what lies near a statement in its realm, and how near statements lie to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection, Row
from cluster.ids import KnowledgeId, RealmId
from cluster.models.embeddings.minilm import NAME as INDEXED
from village.convergence.item import Author

FEW = 2_000
"""Vectors in one realm up to which all are compared."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement that can be compared: it is current and has a vector."""

    id: KnowledgeId
    content: str
    author: Author
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A realm's vectors: by which model, how many (no more than FEW + 1 are counted), how near statements must lie."""

    realm: RealmId
    model: str
    size: int
    threshold: float


async def place(conn: Connection, realm: RealmId) -> Place | None:
    """Where statements of a realm are compared; None before its first vector, or if whoever asks may not read it."""
    row = await conn.fetchrow(
        """select embedding_model as model, threshold,
                  (select count(*) from (select from knowledge_vectors v where v.realm_id = r.id
                                            and v.model = r.embedding_model limit $2 + 1) few) as size
             from realms r where r.id = $1 and embedding_model is not null
              and r.id = any((select realms_of('reader'))::uuid[])""",
        realm, FEW,
    )  # fmt: skip
    return None if row is None else Place(realm, row["model"], row["size"], round(row["threshold"], 4))


async def piece(conn: Connection, place: Place, id: KnowledgeId) -> Piece | None:
    """One statement, if it is current and has its vector."""
    rows = await pieces(conn, place, [id])
    return rows[0] if rows else None


async def pieces(conn: Connection, place: Place, ids: Sequence[UUID]) -> list[Piece]:
    """Those of these that are current and have their vector."""
    rows = await conn.fetch(
        """select k.id, k.content, k.user_id, k.agent, k.created_at
             from knowledge k
             join knowledge_vectors v on v.realm_id = k.realm_id and v.knowledge_id = k.id and v.model = $2
            where k.realm_id = $1 and k.id = any($3::uuid[]) and k.superseded_by is null and k.removed_at is null""",
        place.realm, place.model, ids,
    )  # fmt: skip
    return [_piece(row) for row in rows]


async def nearest(
    conn: Connection, place: Place, id: KnowledgeId, *, most: int, by_others: bool
) -> list[tuple[Piece, float]]:
    """What lies nearest to a statement, with the cosine: what anybody said, or what others than its author said."""
    if place.size > FEW and place.model == INDEXED:
        rows = await _by_index(conn, place, id, most, by_others)
    else:
        rows = await conn.fetch(
            """with asked as materialized (
                   select v.embedding, k.user_id, k.agent
                     from knowledge_vectors v join knowledge k on k.id = v.knowledge_id
                    where v.realm_id = $1 and v.knowledge_id = $3 and v.model = $2
               ), near as (
                   select v.knowledge_id, 1 - (v.embedding <=> a.embedding) as cosine, a.user_id, a.agent
                     from knowledge_vectors v, asked a
                    where v.realm_id = $1 and v.model = $2 and v.knowledge_id <> $3
               )
               select k.id, k.content, k.user_id, k.agent, k.created_at, n.cosine
                 from near n join knowledge k on k.realm_id = $1 and k.id = n.knowledge_id
                where k.superseded_by is null and k.removed_at is null and n.cosine >= $6
                  and (not $5 or (k.user_id, k.agent) is distinct from (n.user_id, n.agent))
                order by n.cosine desc, k.id limit $4""",
            place.realm, place.model, id, most, by_others, place.threshold,
        )  # fmt: skip
    return [(_piece(row), row["cosine"]) for row in rows if row["cosine"] >= place.threshold]


async def _by_index(conn: Connection, place: Place, id: KnowledgeId, most: int, by_others: bool) -> Sequence[Row]:
    asked = await conn.fetchrow(
        """select v.embedding::text as vector, k.user_id, k.agent
             from knowledge_vectors v join knowledge k on k.id = v.knowledge_id
            where v.realm_id = $1 and v.knowledge_id = $2 and v.model = $3""",
        place.realm, id, place.model,
    )  # fmt: skip
    if asked is None:
        return []
    await conn.execute(
        """set local hnsw.iterative_scan = relaxed_order; set local hnsw.ef_search = 60;
           set local hnsw.max_scan_tuples = 20000; set local enable_seqscan = off; set local enable_sort = off"""
    )
    rows = await conn.fetch(
        """with near as materialized (
               select k.id, k.content, k.user_id, k.agent, k.created_at,
                      v.embedding::halfvec(384) <=> $1::text::halfvec(384) as distance
                 from knowledge_vectors v join knowledge k on k.realm_id = v.realm_id and k.id = v.knowledge_id
                where v.model = $3 and v.realm_id = $2 and k.id <> $4
                  and k.superseded_by is null and k.removed_at is null
                  and (not $6 or (k.user_id, k.agent) is distinct from ($7::uuid, $8::text))
                order by v.embedding::halfvec(384) <=> $1::text::halfvec(384) limit $5
           ) select *, 1 - distance as cosine from near order by distance, id""",
        asked["vector"], place.realm, INDEXED, id, most, by_others, asked["user_id"], asked["agent"],
    )  # fmt: skip
    await conn.execute("set local enable_seqscan = on; set local enable_sort = on")
    return rows


async def cosines(conn: Connection, place: Place, ids: Sequence[UUID]) -> dict[frozenset[UUID], float]:
    """How near these lie to each other, two by two."""
    rows = await conn.fetch(
        """select a.knowledge_id as one, b.knowledge_id as other, 1 - (a.embedding <=> b.embedding) as cosine
             from knowledge_vectors a join knowledge_vectors b
               on b.realm_id = a.realm_id and b.model = a.model and b.knowledge_id > a.knowledge_id
            where a.realm_id = $1 and a.model = $2 and a.knowledge_id = any($3::uuid[])
              and b.knowledge_id = any($3::uuid[])""",
        place.realm, place.model, ids,
    )  # fmt: skip
    return {frozenset((row["one"], row["other"])): row["cosine"] for row in rows}


def _piece(row: Row) -> Piece:
    return Piece(row["id"], row["content"], (row["user_id"], row["agent"]), row["created_at"])
