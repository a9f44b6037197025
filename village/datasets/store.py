"""The SQL of tables datasets and passages: collections of texts, one user's own, and the search by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id
from village.datasets.passages import Passage

MOST_SOURCES = 200
"""Sources of a dataset that a listing names."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A collection, with how much is in it. `vector_count` passages are found by meaning, the others by words alone."""

    name: str
    description: str
    tags: Sequence[str]
    chunk_count: int
    vector_count: int
    source_files: Sequence[str]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Source:
    """What came from one file or text. `pages` is the last page with text, None where there are no pages."""

    source: str
    passages: int
    vectors: int
    pages: int | None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A passage as it is kept; `place` is its number within the source, from 1."""

    id: UUID
    text: str
    source: str
    place: int
    page: int | None
    heading: str | None


async def put(conn: Connection, user: UserId, name: str, description: str, tags: Sequence[str]) -> bool:
    """Make a collection, or describe one anew. Answers whether it is new."""
    return await conn.fetchval(
        """insert into datasets (id, user_id, name, description, tags) values ($1, $2, $3, $4, $5)
           on conflict (user_id, name) do update set description = excluded.description, tags = excluded.tags
           returning xmax = 0""",
        new_id(), user, name, description, list(tags),
    )  # fmt: skip


async def find(conn: Connection, name: str, *, lock: bool = False) -> UUID | None:
    """The collection of that name. With `lock`, nobody else adds to it in the meantime."""
    if lock:
        return await conn.fetchval("select id from datasets where name = $1 for update", name)
    return await conn.fetchval("select id from datasets where name = $1", name)


async def count(conn: Connection) -> int:
    """How many collections the user has."""
    return await conn.fetchval("select count(*) from datasets")


async def count_passages(conn: Connection) -> int:
    """How many passages the user has, in all collections."""
    return await conn.fetchval("select count(*) from passages")


async def every(conn: Connection, model: str) -> Sequence[Dataset]:
    """All collections, by name; vectors are counted that are of this model."""
    rows = await conn.fetch(
        """select d.name, d.description, d.tags, d.created_at, coalesce(sum(s.passages), 0)::int as chunk_count,
                  coalesce(sum(s.vectors), 0)::int as vector_count,
                  coalesce((array_agg(s.source order by s.source) filter (where s.source is not null))[:$1], '{}')
                      as source_files
             from datasets d
             left join (select p.dataset_id, p.source, count(*) as passages, count(v.passage_id) as vectors
                          from passages p
                          left join passage_vectors v on v.user_id = p.user_id and v.passage_id = p.id and v.model = $2
                         group by p.dataset_id, p.source) s on s.dataset_id = d.id
            group by d.id order by d.name""",
        MOST_SOURCES, model,
    )  # fmt: skip
    return [Dataset(**row) for row in rows]


async def sources(conn: Connection, dataset: UUID, model: str) -> Sequence[Source]:
    """What is in a collection, by name; vectors are counted that are of this model."""
    rows = await conn.fetch(
        """select p.source, count(*)::int as passages, count(v.passage_id)::int as vectors, max(p.page) as pages
             from passages p
             left join passage_vectors v on v.user_id = p.user_id and v.passage_id = p.id and v.model = $2
            where p.dataset_id = $1 group by p.source order by p.source""",
        dataset, model,
    )  # fmt: skip
    return [Source(**row) for row in rows]


async def replace(conn: Connection, user: UserId, dataset: UUID, source: str, passages: Sequence[Passage]) -> int:
    """Keep a source's passages in place of those that it had. Answers how many it had."""
    gone = await remove(conn, dataset, source)
    await conn.execute(
        """insert into passages (id, user_id, dataset_id, source, place, page, heading, content)
           select id, $1, $2, $3, place, page, heading, content
             from unnest($4::uuid[], $5::int[], $6::int[], $7::text[], $8::text[])
                      as new(id, place, page, heading, content)""",
        user,
        dataset,
        source,
        [new_id() for _ in passages],
        list(range(1, len(passages) + 1)),
        [passage.page for passage in passages],
        [passage.heading for passage in passages],
        [passage.text for passage in passages],
    )
    return gone


async def remove(conn: Connection, dataset: UUID, source: str) -> int:
    """Drop a source's passages. Answers how many there were."""
    return await conn.execute("delete from passages where dataset_id = $1 and source = $2", dataset, source)


async def delete(conn: Connection, name: str) -> bool:
    """Drop a collection with all in it."""
    return await conn.execute("delete from datasets where name = $1", name) > 0


async def worded(conn: Connection, dataset: UUID, words: Sequence[str], *, limit: int) -> Sequence[tuple[UUID, float]]:
    """The passages that have most of the words, which are text queries of one word each: id and nearness.

    A word is worth more the fewer passages have it (its inverse document frequency, as BM25 counts it). A passage's
    nearness is the worth of the words it has, by that of all: 80 % for having them, up to 20 % for how often (ts_rank).
    The words are compared one by one with each passage: behind row-level security no text index can be asked.
    """
    rows = await conn.fetch(
        """with asked as materialized (
               select word, to_tsquery('simple', word) as query from unnest($2::text[]) as word
           ), matches as materialized (
               select p.id, a.word, ts_rank(p.search, a.query, 32) as rank
                 from passages p join asked a on p.search @@ a.query where p.dataset_id = $1
           ), size as (
               select count(*)::float8 as n from passages where dataset_id = $1
           ), worth as (
               select word, ln(1 + (n - count(m.id) + 0.5) / (count(m.id) + 0.5)) as worth
                 from asked left join matches m using (word) cross join size group by word, n
           )
           select m.id, sum(w.worth * (0.8 + 0.2 * m.rank)) / (select sum(worth) from worth) as nearness
             from matches m join worth w using (word) group by m.id order by nearness desc, m.id limit $3""",
        dataset, list(words), limit,
    )  # fmt: skip
    return [(row["id"], row["nearness"]) for row in rows]


async def read(conn: Connection, ids: Sequence[UUID]) -> Sequence[Kept]:
    """These passages, in no order."""
    rows = await conn.fetch(
        "select id, content as text, source, place, page, heading from passages where id = any($1::uuid[])", ids
    )
    return [Kept(**row) for row in rows]
