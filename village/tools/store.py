"""The SQL that only the tools need: listings by collection, posts of a thread, counts by realm."""

from collections.abc import Mapping, Sequence

from cluster.clients.postgres import Connection
from cluster.ids import RealmId
from village.knowledge.item import Knowledge
from village.knowledge.store import knowledge_of

DOCUMENT = "document"
"""The kind of what is kept in a named collection."""


async def collections(conn: Connection, realm: RealmId) -> Mapping[str, int]:
    """The named collections of a realm, and how much each holds."""
    rows = await conn.fetch(
        """select category, count(*) as count from knowledge
            where realm_id = $1 and kind = $2 and superseded_by is null and removed_at is null
            group by category order by category""",
        realm, DOCUMENT,
    )  # fmt: skip
    return {row["category"]: row["count"] for row in rows}


async def of_collection(conn: Connection, realm: RealmId, name: str | None, *, limit: int) -> Sequence[Knowledge]:
    """What lies in a named collection, or in the whole realm, newest first."""
    rows = await conn.fetch(
        """select k.*, t.name as thread from knowledge k left join threads t on t.id = k.thread_id
            where k.realm_id = $1 and ($2::text is null or (k.kind = $3 and k.category = $2))
              and superseded_by is null and removed_at is null
            order by k.created_at desc, k.id desc limit $4""",
        realm, name, DOCUMENT, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]


async def count(conn: Connection, realm: RealmId) -> int:
    """How much a realm holds."""
    return await conn.fetchval(
        "select count(*) from knowledge where realm_id = $1 and superseded_by is null and removed_at is null", realm
    )


async def posts(conn: Connection, realms: Sequence[RealmId], thread: str, *, limit: int) -> Sequence[Knowledge]:
    """The newest posts of the threads of a name, in the order that they were said."""
    rows = await conn.fetch(
        """select * from (
               select k.*, t.name as thread
                 from threads t join knowledge k on k.realm_id = t.realm_id and k.thread_id = t.id
                where t.realm_id = any($1::uuid[]) and t.name = $2 and superseded_by is null and removed_at is null
                order by k.created_at desc, k.id desc limit $3) newest
            order by created_at, id""",
        realms, thread, limit,
    )  # fmt: skip
    return [knowledge_of(row) for row in rows]
