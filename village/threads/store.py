"""The SQL of threads, as the one who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from cluster.clients.postgres import Connection, Row
from cluster.errors import Conflict
from cluster.ids import RealmId, ThreadId, UserId, new_id
from village.errors import NotAWriter, RealmMissing, ThreadMissing
from village.knowledge.item import Knowledge
from village.knowledge.store import knowledge_of
from village.realms import store as realms

MOST_LISTED = 1000


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A thread with what was counted from its statements. `participants` are agents, `people` persons themselves."""

    id: ThreadId
    realm_id: RealmId
    name: str
    title: str
    user_id: UserId
    agent: str | None
    position: int
    created_at: datetime
    archived_at: datetime | None
    participants: Sequence[str]
    people: Sequence[UserId]
    count: int
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ThreadChange:
    """None: as before."""

    name: str | None = None
    title: str | None = None
    position: int | None = None
    archived: bool | None = None


async def listed(
    conn: Connection, *, realm: RealmId | None, archived: bool | None, one: ThreadId | None = None
) -> Sequence[Thread]:
    """Threads by realm and position."""
    rows = await conn.fetch(
        """select t.*, s.count, s.last_at, coalesce(s.participants, '{}') as participants,
                  coalesce(s.people, '{}') as people
             from threads t cross join lateral (
                  select count(*) as count, max(k.created_at) as last_at,
                         array_agg(distinct k.agent) filter (where k.agent is not null) as participants,
                         array_agg(distinct k.user_id) filter (where k.agent is null) as people
                    from knowledge k where k.realm_id = t.realm_id and k.thread_id = t.id
                     and k.superseded_by is null and k.removed_at is null) s
            where ($1::uuid is null or t.realm_id = $1) and ($2::uuid is null or t.id = $2)
              and ($3::boolean is null or (t.archived_at is not null) = $3)
            order by t.realm_id, t.position, t.created_at, t.id limit $4""",
        realm, one, archived, MOST_LISTED,
    )  # fmt: skip
    return [_thread(row) for row in rows]


async def find(conn: Connection, thread: ThreadId) -> Thread:
    """One thread. Raises ThreadMissing."""
    found = await listed(conn, realm=None, archived=None, one=thread)
    if not found:
        raise ThreadMissing
    return found[0]


async def begin(conn: Connection, user: UserId, realm: RealmId, name: str, title: str) -> ThreadId:
    """A new thread. In person. Raises RealmMissing, NotAWriter, Conflict when the name is taken."""
    found = await realms.find(conn, realm)
    if found is None:
        raise RealmMissing
    if found.role == "reader":
        raise NotAWriter
    id = await conn.fetchval(
        """insert into threads (id, realm_id, name, title, user_id, position)
           values ($1, $2, $3, $4, $5, (select count(*) from threads where realm_id = $2))
           on conflict do nothing returning id""",
        new_id(), realm, name, title, user,
    )  # fmt: skip
    if id is None:
        raise Conflict("there is a thread of this name")
    return ThreadId(id)


async def change(conn: Connection, thread: ThreadId, change: ThreadChange) -> None:
    """Rename, move or archive a thread. Raises ThreadMissing, NotAWriter, Conflict when the name is taken."""
    old = await find(conn, thread)
    if change.position is not None:
        await conn.execute(
            "update threads set position = position + 1 where realm_id = $1 and position >= $2 and id <> $3",
            old.realm_id, change.position, thread,
        )  # fmt: skip
    try:
        changed = await conn.execute(
            """update threads set name = coalesce($2, name), title = coalesce($3, title),
                      position = coalesce($4, position),
                      archived_at = case $5::boolean when true then coalesce(archived_at, now()) when false then null
                                                     else archived_at end
                where id = $1""",
            thread, change.name, change.title, change.position, change.archived,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict("there is a thread of this name") from error
    if not changed:
        raise NotAWriter("its beginner and the realm's keepers change a thread")


async def statements(
    conn: Connection, thread: Thread, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Knowledge]:
    """What is current in a thread, the oldest first."""
    at, id = after or (None, None)
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k join threads t on t.id = k.thread_id
            where k.realm_id = $1 and k.thread_id = $2 and k.superseded_by is null and k.removed_at is null
              and ($3::timestamptz is null or (k.created_at, k.id) > ($3, $4::uuid))
            order by k.created_at, k.id limit $5""",
        thread.realm_id, thread.id, at, id, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]


async def replies(conn: Connection, thread: Thread) -> Sequence[tuple[UUID, UUID]]:
    """Who answers whom in a thread: the ids of current versions, whichever version was answered."""
    rows = await conn.fetch(
        """select distinct k.id as from_id, current.id as to_id
             from knowledge k cross join unnest(k.responding_to) as answered
             join knowledge said on said.realm_id = k.realm_id and said.id = answered
             join knowledge current on current.realm_id = k.realm_id and current.root_id = said.root_id
            where k.realm_id = $1 and k.thread_id = $2 and k.superseded_by is null and k.removed_at is null
              and current.thread_id = $2 and current.superseded_by is null and current.removed_at is null
            order by 1, 2 limit 5000""",
        thread.realm_id, thread.id,
    )  # fmt: skip
    return [(row["from_id"], row["to_id"]) for row in rows]


def _thread(row: Row) -> Thread:
    return Thread(**{name: row[name] for name in Thread.__dataclass_fields__})
