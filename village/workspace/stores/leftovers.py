"""The SQL of objects that no file holds: not yet, or not any more."""

from collections.abc import Collection, Mapping, Sequence

from cluster.clients.postgres import Connection
from cluster.ids import UserId

SWEPT_AT_ONCE = 32


async def announce(conn: Connection, user: UserId, sizes: Mapping[str, int]) -> None:
    """Say that these objects are about to be written. Unless a file takes them within the hour, they go."""
    await conn.execute(
        """insert into workspace_leftovers (user_id, object_name, size, due)
           select $1, object_name, size, now() + interval '1 hour'
           from unnest($2::text[], $3::bigint[]) as new (object_name, size)""",
        user, list(sizes), list(sizes.values()),
    )  # fmt: skip


async def total(conn: Connection) -> int:
    """Bytes of all that is left over or about to be written."""
    return await conn.fetchval("select coalesce(sum(size), 0)::bigint from workspace_leftovers")


async def take(conn: Connection, names: Collection[str]) -> bool:
    """Take objects over for files. False when one of them is not to be had any more."""
    taken = await conn.execute(
        "delete from workspace_leftovers where object_name = any($1::text[]) and not doomed", list(names)
    )
    return taken == len(names)


async def abandon(conn: Connection, names: Collection[str]) -> None:
    """Let announced objects go at once: no file will hold them."""
    await conn.execute("update workspace_leftovers set due = now() where object_name = any($1::text[])", list(names))


async def doom(conn: Connection) -> Sequence[str]:
    """Choose some that are due. Once this is committed no file can take them, and their bytes may go."""
    rows = await conn.fetch(
        """update workspace_leftovers set doomed = true
           where object_name in (select object_name from workspace_leftovers where doomed or due <= now()
                                 order by due limit $1)
           returning object_name""",
        SWEPT_AT_ONCE,
    )
    return [row["object_name"] for row in rows]


async def gone(conn: Connection, names: Collection[str]) -> None:
    """Note that their bytes are gone."""
    await conn.execute("delete from workspace_leftovers where object_name = any($1::text[]) and doomed", list(names))
