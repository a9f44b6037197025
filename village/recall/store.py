"""The SQL of recall. All of it runs as the one who asks: row-level security decides what there is to find."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import KnowledgeId, RealmId
from cluster.models.embeddings.embedder import Vector
from cluster.models.embeddings.minilm import NAME as INDEXED
from village.knowledge.item import Knowledge
from village.knowledge.store import knowledge_of, vector_text
from village.recall.query import Query

FEW = 10_000
"""How much is known in a realm where all vectors are compared: a microsecond each, three when they are filtered."""
THESE: Final[LiteralString] = "v.model = $3 and v.realm_id = any($2::uuid[])"
FILTERED: Final[LiteralString] = """ exists (
    select from knowledge k where k.realm_id = v.realm_id and k.id = v.knowledge_id
       and recalled(k, $5, $6, $7, $8, $9, $10, $11, $12))"""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One realm to look in: whose vectors answer there, and how much is known there, up to one more than FEW."""

    realm: RealmId
    model: str | None
    size: int

    @property
    def many(self) -> bool:
        """Whether the index is worth it."""
        return self.size > FEW


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What of these realms counts, with the thread's name looked up."""

    realms: Sequence[RealmId]
    query: Query
    threads: Sequence[UUID] | None

    @property
    def is_open(self) -> bool:
        """Whether all that is current counts."""
        query = self.query
        wanted = (query.agents, query.categories, self.threads, query.tags, query.since, query.before, query.confidence)
        return not query.trusted_only and all(each is None for each in wanted)

    def arguments(self) -> Sequence[object]:
        """The arguments of `recalled`."""
        query = self.query
        return (
            *(query.agents, query.categories, self.threads, query.tags, query.since, query.before),
            *(query.confidence, query.trusted_only),
        )


async def scopes(conn: Connection, query: Query) -> Sequence[Scope]:
    """The realms that whoever asks may read, of those that the query names, without those where nothing is known."""
    rows = await conn.fetch(
        """select r.id, r.embedding_model, known.size
             from realms r cross join lateral (
                  select count(*) as size from (
                      select from knowledge k
                       where k.realm_id = r.id and k.superseded_by is null and k.removed_at is null limit $3 + 1) few
                  ) known
            where r.id = any((select realms_of('reader'))::uuid[]) and known.size > 0
              and ($1::uuid[] is null or r.id = any($1)) and ($2::text[] is null or r.kind = any($2))""",
        query.realms, query.kinds, FEW,
    )  # fmt: skip
    return [Scope(realm=RealmId(row["id"]), model=row["embedding_model"], size=row["size"]) for row in rows]


async def threads_named(conn: Connection, realms: Sequence[RealmId], name: str) -> Sequence[UUID]:
    """The threads of a name in these realms."""
    rows = await conn.fetch("select id from threads where realm_id = any($1::uuid[]) and name = $2", realms, name)
    return [row["id"] for row in rows]


async def plan_anew(conn: Connection) -> None:
    """For the rest of the transaction: no plan is kept that was made for other realms and other filters."""
    await conn.execute("set local plan_cache_mode = force_custom_plan")


async def use_index(conn: Connection) -> None:
    """For the rest of the transaction: go on in the index until enough that pass the filter are found.

    It is set here and not when connecting, for poolers such as PgBouncer refuse start-up parameters they do not know.
    """
    await conn.execute(
        """set local hnsw.iterative_scan = relaxed_order; set local hnsw.ef_search = 300;
           set local hnsw.max_scan_tuples = 4000; set local enable_seqscan = off; set local enable_sort = off"""
    )


async def nearest_by_index(conn: Connection, filter: Filter, vector: Vector, most: int) -> Sequence[tuple[UUID, float]]:
    """What lies nearest, by the index of the packaged model: id and cosine similarity. It may miss some."""
    select: Final[LiteralString] = """with near as materialized (
        select v.knowledge_id as id, v.embedding::halfvec(384) <=> $1::text::halfvec(384) as distance
          from knowledge_vectors v where """
    order: Final[LiteralString] = """ order by v.embedding::halfvec(384) <=> $1::text::halfvec(384) limit $4
        ) select id, 1 - distance as similarity from near order by distance, id"""
    given = vector_text(vector), filter.realms, INDEXED, most
    if filter.is_open:
        rows = await conn.fetch(select + THESE + order, *given)
    else:
        rows = await conn.fetch(select + THESE + " and " + FILTERED + order, *given, *filter.arguments())
    return [(row["id"], row["similarity"]) for row in rows]


async def nearest_of_all(
    conn: Connection, filter: Filter, vector: Vector, model: str, most: int
) -> Sequence[tuple[UUID, float]]:
    """What lies nearest, all being compared: id and cosine similarity, the product of vectors of length 1."""
    select: Final[LiteralString] = """with near as (
        select v.knowledge_id as id, v.embedding <#> $1::text::halfvec as distance from knowledge_vectors v where """
    order: Final[LiteralString] = ") select id, -distance as similarity from near order by distance, id limit $4"
    given = vector_text(vector), filter.realms, model, most
    if filter.is_open:
        rows = await conn.fetch(select + THESE + order, *given)
    else:
        rows = await conn.fetch(select + THESE + " and " + FILTERED + order, *given, *filter.arguments())
    return [(row["id"], row["similarity"]) for row in rows]


async def worded(conn: Connection, filter: Filter, size: int, most: int) -> Sequence[tuple[UUID, float]]:
    """What has the query's words, best first: id and score."""
    rows = await conn.fetch(
        "select knowledge_id, score from recall_words($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        filter.query.text, filter.realms, *filter.arguments(), size, most,
    )  # fmt: skip
    return [(row["knowledge_id"], row["score"]) for row in rows]


async def vector_of(conn: Connection, id: KnowledgeId) -> tuple[str, Vector] | None:
    """The vector that a piece of knowledge answers with, and its model."""
    row = await conn.fetchrow(
        """select v.model, v.embedding::text as embedding
             from knowledge_vectors v join realms r on r.id = v.realm_id and r.embedding_model = v.model
            where v.knowledge_id = $1""",
        id,
    )
    return None if row is None else (row["model"], [float(value) for value in row["embedding"][1:-1].split(",")])


async def read(conn: Connection, ids: Sequence[UUID]) -> Sequence[Knowledge]:
    """Those of these that hold today, in no order."""
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.id = any($1::uuid[]) and recalled(k, null, null, null, null, null, null, null, false)""",
        ids,
    )
    return [knowledge_of(row) for row in rows]
