"""The SQL of tables datasets and passages: collections of texts, one user's own, and the search through one."""

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
    """A collection, with how much is in it."""

    name: str
    description: str
    tags: Sequence[str]
    chunk_count: int
    source_files: Sequence[str]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A passage that was found. `nearness` goes from 0 to 1: how much of what was asked it has."""

    text: str
    source: str
    place: int
    page: int | None
    nearness: float


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


async def every(conn: Connection) -> Sequence[Dataset]:
    """All collections, by name."""
    rows = await conn.fetch(
        """select d.name, d.description, d.tags, d.created_at, coalesce(sum(s.passages), 0)::int as chunk_count,
                  coalesce((array_agg(s.source order by s.source) filter (where s.source is not null))[:$1], '{}')
                      as source_files
             from datasets d
             left join (select dataset_id, source, count(*) as passages from passages group by dataset_id, source) s
               on s.dataset_id = d.id
            group by d.id order by d.name""",
        MOST_SOURCES,
    )
    return [Dataset(**row) for row in rows]


async def replace(conn: Connection, user: UserId, dataset: UUID, source: str, passages: Sequence[Passage]) -> int:
    """Keep a source's passages in place of those that it had. Answers how many it had."""
    gone = await remove(conn, dataset, source)
    await conn.execute(
        """insert into passages (id, user_id, dataset_id, source, place, page, content)
           select id, $1, $2, $3, place, page, content
             from unnest($4::uuid[], $5::int[], $6::int[], $7::text[]) as new(id, place, page, content)""",
        user,
        dataset,
        source,
        [new_id() for _ in passages],
        list(range(1, len(passages) + 1)),
        [passage.page for passage in passages],
        [passage.text for passage in passages],
    )
    return gone


async def remove(conn: Connection, dataset: UUID, source: str) -> int:
    """Drop a source's passages. Answers how many there were."""
    return await conn.execute("delete from passages where dataset_id = $1 and source = $2", dataset, source)


async def delete(conn: Connection, name: str) -> bool:
    """Drop a collection with all in it."""
    return await conn.execute("delete from datasets where name = $1", name) > 0


async def search(conn: Connection, dataset: UUID, words: Sequence[str], *, limit: int) -> Sequence[Hit]:
    """The passages that have most of the words, which are text queries of one word each.

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
           ), found as (
               select m.id, sum(w.worth * (0.8 + 0.2 * m.rank)) / (select sum(worth) from worth) as nearness
                 from matches m join worth w using (word) group by m.id
                order by nearness desc, m.id limit $3
           )
           select p.content as text, p.source, p.place, p.page, f.nearness
             from found f join passages p using (id) order by f.nearness desc, p.source, p.place""",
        dataset, list(words), limit,
    )  # fmt: skip
    return [Hit(**row) for row in rows]
