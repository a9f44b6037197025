"""The SQL of what can be had back: deletions, and what files held before."""

from collections.abc import Collection, Sequence
from typing import Any, Final, LiteralString

from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id
from village.workspace.entries import KEPT, Bounds, Content, Entry, FileId, Trashed, Version, VersionId
from village.workspace.stores.entries import COLUMNS

VERSION: Final[LiteralString] = "id, file_id, size, sha256, media_type, is_text, object_name, written_at, replaced_at"


async def keep_versions(conn: Connection, user: UserId, ids: Collection[FileId]) -> None:
    """Keep what these files hold now, which is about to be replaced."""
    await conn.execute(
        """insert into workspace_versions
               (id, user_id, file_id, size, sha256, media_type, is_text, object_name, written_at)
           select new.id, $1, e.id, e.size, e.sha256, e.media_type, e.is_text, e.object_name, e.updated_at
           from unnest($2::uuid[], $3::uuid[]) as new (id, file_id) join workspace_entries e on e.id = new.file_id""",
        user, [new_id() for _ in ids], list(ids),
    )  # fmt: skip


async def versions(conn: Connection, file: FileId) -> Sequence[Version]:
    """What a file held before, the newest first; at most 1,000."""
    rows = await conn.fetch(
        f"""select {VERSION} from workspace_versions where file_id = $1 and replaced_at > now() - $2::interval
            order by replaced_at desc, id desc limit 1000""",
        file, KEPT,
    )  # fmt: skip
    return [Version(**row) for row in rows]


async def version(conn: Connection, file: FileId, id: VersionId) -> Version | None:
    """One of a file's versions."""
    row = await conn.fetchrow(
        f"""select {VERSION} from workspace_versions
            where file_id = $1 and id = $2 and replaced_at > now() - $3::interval""",
        file, id, KEPT,
    )  # fmt: skip
    return None if row is None else Version(**row)


async def take_version(conn: Connection, version: Version) -> Content:
    """Take a version out, to be the file's content again."""
    await conn.execute("delete from workspace_versions where id = $1", version.id)
    names = ("size", "sha256", "media_type", "is_text", "object_name")
    return Content(**{name: getattr(version, name) for name in names})


async def trash(conn: Connection, *, skip: int, limit: int) -> Sequence[Trashed]:
    """Deletions, the newest first."""
    rows = await conn.fetch(
        f"""with gone as (
                select deleted_with, sum(size)::bigint as gone_bytes, count(*) as gone_entries from workspace_entries
                where deleted_at > now() - $1::interval group by deleted_with
            )
            select {COLUMNS}, deleted_at, gone_bytes, gone_entries
            from workspace_entries e join gone on gone.deleted_with = e.id
            order by deleted_at desc, id desc offset $2 limit $3""",
        KEPT, skip, limit,
    )  # fmt: skip
    return [_trashed(dict(row)) for row in rows]


async def trashed(conn: Connection, id: FileId) -> Sequence[Entry]:
    """What one deletion took, the deleted thing itself first; nothing if there is no such deletion."""
    rows = await conn.fetch(
        f"""select {COLUMNS} from workspace_entries
            where deleted_with = $1 and deleted_at > now() - $2::interval order by path""",
        id, KEPT,
    )  # fmt: skip
    return [Entry(**row) for row in rows]


async def revive(conn: Connection, id: FileId, path: str, to: str) -> None:
    """Undo a deletion, at another path perhaps."""
    await conn.execute(
        """update workspace_entries
           set deleted_at = null, deleted_with = null, path = $3 || substr(path, length($2) + 1)
           where deleted_with = $1""",
        id, path, to,
    )  # fmt: skip


async def roots(conn: Connection) -> Sequence[FileId]:
    """All deletions."""
    rows = await conn.fetch("select distinct deleted_with from workspace_entries where deleted_at is not null")
    return [row["deleted_with"] for row in rows]


async def forget(conn: Connection, ids: Collection[FileId]) -> None:
    """Drop deletions for good; their objects are left over."""
    await conn.execute(
        """with gone as (
               delete from workspace_entries where deleted_with = any($1::uuid[])
               returning user_id, id, object_name, size
           )
           insert into workspace_leftovers (user_id, object_name, size, due)
           select user_id, object_name, size, now() + interval '5 minutes' from gone where object_name is not null
           union all
           select v.user_id, v.object_name, v.size, now() + interval '5 minutes'
           from workspace_versions v join gone on gone.id = v.file_id""",
        list(ids),
    )  # fmt: skip


async def forget_versions(conn: Connection, ids: Collection[VersionId]) -> None:
    """Drop versions for good; their objects are left over."""
    await conn.execute(
        """with gone as (
               delete from workspace_versions where id = any($1::uuid[]) returning user_id, object_name, size
           )
           insert into workspace_leftovers (user_id, object_name, size, due)
           select user_id, object_name, size, now() + interval '5 minutes' from gone""",
        list(ids),
    )  # fmt: skip


async def expire(conn: Connection, bounds: Bounds) -> None:
    """Drop what is past its time, and the oldest of what is too much."""
    rows = await conn.fetch(
        """with kept as (
               select deleted_with as id, true as is_trash, min(deleted_at) as since, sum(size) as size,
                      count(*) as entries
               from workspace_entries where deleted_at is not null group by deleted_with
               union all
               select id, false, replaced_at, size, 1 from workspace_versions
           ), counted as (
               select id, is_trash, since, sum(size) over newer as bytes, sum(entries) over newer as entries
               from kept window newer as (order by since desc, id desc)
           )
           select id, is_trash from counted where since < now() - $1::interval or bytes > $2 or entries > $3""",
        KEPT, bounds.kept_bytes, bounds.kept_entries,
    )  # fmt: skip
    if versions := [row["id"] for row in rows if not row["is_trash"]]:
        await forget_versions(conn, versions)
    if deletions := [row["id"] for row in rows if row["is_trash"]]:
        await forget(conn, deletions)


def _trashed(row: dict[str, Any]) -> Trashed:
    at, size, entries = (row.pop(name) for name in ("deleted_at", "gone_bytes", "gone_entries"))
    return Trashed(entry=Entry(**row), deleted_at=at, bytes=size, entries=entries)
