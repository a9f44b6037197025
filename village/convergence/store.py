"""The SQL of convergences: clusters, what each holds, what is due to be compared, and near-duplicates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection, Row
from cluster.ids import KnowledgeId, RealmId, new_id
from village.convergence.item import SHOWN, Convergence, Kind, Statement, Status, called

MEMBERS = 40
"""Statements of one cluster that a new one is held against: those nearest to its middle."""


async def due(conn: Connection, realm: RealmId, *, limit: int) -> Sequence[KnowledgeId]:
    """What has yet to be compared, the oldest first."""
    rows = await conn.fetch(
        "select knowledge_id from convergence_due where realm_id = $1 order by knowledge_id limit $2", realm, limit
    )
    return [KnowledgeId(row["knowledge_id"]) for row in rows]


async def done(conn: Connection, realm: RealmId, id: KnowledgeId) -> None:
    """It has been compared."""
    await conn.execute("delete from convergence_due where realm_id = $1 and knowledge_id = $2", realm, id)


async def holding(conn: Connection, realm: RealmId, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The clusters that hold any of these, each with its statements, those nearest to its middle first."""
    rows = await conn.fetch(
        """select convergence_id, array_agg(knowledge_id order by similarity desc, knowledge_id) as members
             from convergence_statements
            where realm_id = $1 and convergence_id in (select convergence_id from convergence_statements
                                                        where realm_id = $1 and knowledge_id = any($2::uuid[]))
            group by convergence_id""",
        realm, ids,
    )  # fmt: skip
    return {row["convergence_id"]: row["members"][:MEMBERS] for row in rows}


async def leave(conn: Connection, realm: RealmId, id: UUID) -> Sequence[UUID]:
    """Take a statement out of its cluster; answers the cluster."""
    await conn.execute(
        "update convergence_statements set echo_of = null where realm_id = $1 and echo_of = $2",
        realm, id,
    )  # fmt: skip
    rows = await conn.fetch(
        "delete from convergence_statements where realm_id = $1 and knowledge_id = $2 returning convergence_id",
        realm,
        id,
    )
    return [row["convergence_id"] for row in rows]


async def begin(conn: Connection, realm: RealmId) -> UUID:
    """A new cluster with nothing in it."""
    id = new_id()
    await conn.execute(
        """insert into convergences (id, realm_id, kind, independent, similarity)
           values ($1, $2, 'HARMONY', true, 1)""",
        id, realm,
    )  # fmt: skip
    return id


async def merge(conn: Connection, realm: RealmId, into: UUID, others: Sequence[UUID]) -> None:
    """Make several clusters one. What was answered for one of them holds for whom it was answered."""
    await conn.execute(
        """update convergence_statements set convergence_id = $2
            where realm_id = $1 and convergence_id = any($3::uuid[])""",
        realm, into, others,
    )  # fmt: skip
    await conn.execute("delete from convergences where realm_id = $1 and id = any($2::uuid[])", realm, others)


async def put(
    conn: Connection, realm: RealmId, id: UUID, similarities: Mapping[UUID, float], echoes: Mapping[UUID, UUID]
) -> None:
    """Keep the statements of a cluster, how near each lies to its middle, and which are echoes of which."""
    ids = list(similarities)
    await conn.execute(
        """insert into convergence_statements (realm_id, convergence_id, knowledge_id, similarity, echo_of)
           select $1, $2, * from unnest($3::uuid[], $4::real[], $5::uuid[])
           on conflict (realm_id, convergence_id, knowledge_id)
               do update set similarity = excluded.similarity,
                             echo_of = coalesce(excluded.echo_of, convergence_statements.echo_of)""",
        realm, id, ids, [similarities[one] for one in ids], [echoes.get(one) for one in ids],
    )  # fmt: skip


async def sum_up(conn: Connection, id: UUID, kind: Kind, status: Status) -> None:
    """Have a cluster say what its statements come to."""
    await conn.execute(
        """update convergences c
              set kind = $2, status = $3, updated_at = now(), similarity = s.similarity, independent = s.independent
             from (select avg(similarity) as similarity, bool_and(echo_of is null) as independent
                     from convergence_statements where convergence_id = $1) s
            where c.id = $1""",
        id, kind, status,
    )  # fmt: skip


async def drop(conn: Connection, id: UUID) -> None:
    """Forget a cluster."""
    await conn.execute("delete from convergences where id = $1", id)


async def answered_for(conn: Connection, id: UUID) -> Sequence[str]:
    """Who agreed when a cluster was answered."""
    return await conn.fetchval("select answered_for from convergences where id = $1", id) or []


async def answer(conn: Connection, id: UUID, status: Status, authors: Sequence[str]) -> bool:
    """Keep what a person says of it; answers whether it was theirs to say."""
    return bool(
        await conn.execute(
            """update convergences set status = $2, answered_by = app_user(), answered_at = now(), answered_for = $3,
                      updated_at = now() where id = $1 and app_agent() is null""",
            id,
            status,
            authors,
        )
    )


async def find(conn: Connection, id: UUID) -> Convergence | None:
    """One convergence, if whoever asks may read it."""
    rows = await conn.fetch("select * from convergences where id = $1", id)
    found = await _with_statements(conn, rows)
    return found[0] if found else None


async def newest(
    conn: Connection, *, realm: RealmId | None = None, status: Status | None = None, kind: Kind | None = None,
    independent: bool | None = None, before: tuple[datetime, UUID] | None = None, limit: int = 50,
) -> list[Convergence]:  # fmt: skip
    """Those that changed last, which whoever asks may read; `before` is the place where the last page ended."""
    rows = await conn.fetch(
        """select * from convergences c
            where ($1::uuid is null or realm_id = $1) and ($2::text is null or status = $2)
              and ($3::text is null or kind = $3) and ($4::boolean is null or independent = $4)
              and ($5::timestamptz is null or (updated_at, id) < ($5, $6::uuid))
              and (select count(*) from convergence_statements s
                    where s.realm_id = c.realm_id and s.convergence_id = c.id) > 1
            order by updated_at desc, id desc limit $7""",
        realm, status, kind, independent, *(before or (None, None)), limit,
    )  # fmt: skip
    return await _with_statements(conn, rows)


async def keep_duplicates(conn: Connection, realm: RealmId, id: UUID, others: Mapping[UUID, float]) -> None:
    """Keep that a piece is nearly the same as these."""
    await conn.execute(
        """insert into near_duplicates (realm_id, first_id, second_id, similarity)
           select $1, least($2, other), greatest($2, other), similarity
             from unnest($3::uuid[], $4::real[]) as given (other, similarity)
           on conflict (realm_id, first_id, second_id) do update set similarity = excluded.similarity""",
        realm, id, list(others), list(others.values()),
    )  # fmt: skip


async def duplicates(
    conn: Connection, realm: RealmId, *, limit: int, threshold: float
) -> list[tuple[KnowledgeId, KnowledgeId, float]]:
    """Pairs of what is current in a realm that are nearly the same, the nearest first: two ids and their cosine."""
    rows = await conn.fetch(
        """select d.first_id, d.second_id, d.similarity from near_duplicates d
             join knowledge a on a.realm_id = d.realm_id and a.id = d.first_id
             join knowledge b on b.realm_id = d.realm_id and b.id = d.second_id
            where d.realm_id = $1 and d.similarity >= $2::real
              and a.superseded_by is null and a.removed_at is null and b.superseded_by is null and b.removed_at is null
            order by d.similarity desc, d.first_id, d.second_id limit $3""",
        realm, threshold, limit,
    )  # fmt: skip
    return [(KnowledgeId(row["first_id"]), KnowledgeId(row["second_id"]), row["similarity"]) for row in rows]


async def _with_statements(conn: Connection, rows: Sequence[Row]) -> list[Convergence]:
    said = await conn.fetch(
        """select s.convergence_id, s.knowledge_id, k.user_id, k.agent, left(k.content, $2) as content,
                  t.name as thread,
                  k.created_at, s.similarity, s.echo_of
             from convergence_statements s join knowledge k on k.realm_id = s.realm_id and k.id = s.knowledge_id
             left join threads t on t.id = k.thread_id
            where s.convergence_id = any($1::uuid[]) and k.superseded_by is null and k.removed_at is null
            order by k.created_at, k.id""",
        [row["id"] for row in rows], SHOWN,
    )  # fmt: skip
    statements: dict[UUID, list[Statement]] = {row["id"]: [] for row in rows}
    for row in said:
        values = {name: row[name] for name in Statement.__dataclass_fields__}
        statements[row["convergence_id"]].append(Statement(**values))
    return [_convergence(row, statements[row["id"]]) for row in rows]


def _convergence(row: Row, statements: Sequence[Statement]) -> Convergence:
    names = ("id", "realm_id", "kind", "status", "independent", "similarity", "answered_by", "answered_at")
    return Convergence(
        **{name: row[name] for name in (*names, "created_at", "updated_at")},
        agents=called([one.author for one in statements]),
        statements=statements,
    )
