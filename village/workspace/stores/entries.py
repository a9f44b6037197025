"""The SQL of files and folders that are there."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, LiteralString

from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id
from village.workspace.entries import Content, Entry, FileId, Order, Usage

COLUMNS: Final[LiteralString] = (
    "id, path, is_folder, size, sha256, media_type, is_text, object_name, created_at, updated_at"
)


async def lock(conn: Connection, user: UserId) -> None:
    """Wait until nobody else changes this workspace, and keep it until the transaction ends."""
    await conn.execute(
        "insert into workspaces (user_id) values ($1) on conflict (user_id) do update set changed_at = now()", user
    )


async def hold(conn: Connection) -> None:
    """As `lock`, for who changes nothing that a person would see."""
    await conn.execute("select 1 from workspaces where user_id = app_user() for update")


async def changed_at(conn: Connection) -> datetime | None:
    """When the workspace was last changed, None if never."""
    return await conn.fetchval("select changed_at from workspaces")


async def at(conn: Connection, paths: Collection[str]) -> dict[str, Entry]:
    """What lies at these paths."""
    rows = await conn.fetch(
        f"select {COLUMNS} from workspace_entries where path = any($1::text[]) and deleted_at is null", list(paths)
    )
    return {row["path"]: Entry(**row) for row in rows}


async def one(conn: Connection, id: FileId) -> Entry | None:
    """A file or folder by its id."""
    row = await conn.fetchrow(f"select {COLUMNS} from workspace_entries where id = $1 and deleted_at is null", id)
    return None if row is None else Entry(**row)


async def children(conn: Connection, folder: str, *, order: Order, skip: int, limit: int) -> Sequence[Entry]:
    """What lies in a folder itself: folders first."""
    rows = await conn.fetch(
        f"""select {COLUMNS} from workspace_entries where folder = $1 and deleted_at is null
            order by is_folder desc, case when $2 = 'modified' then updated_at end desc,
                     case when $2 = 'size' then size end desc, path
            offset $3 limit $4""",
        folder, order, skip, limit,
    )  # fmt: skip
    return [Entry(**row) for row in rows]


async def count_in(conn: Connection, folder: str) -> int:
    """How many entries a folder itself has."""
    return await conn.fetchval(
        "select count(*) from workspace_entries where folder = $1 and deleted_at is null", folder
    )


async def below(conn: Connection, folder: str) -> Sequence[Entry]:
    """Everything below a folder, by path."""
    rows = await conn.fetch(
        f"""select {COLUMNS} from workspace_entries
            where deleted_at is null and ($1 = '' or (path > $1 || '/' and path < $1 || '0')) order by path""",
        folder,
    )
    return [Entry(**row) for row in rows]


async def usage(conn: Connection) -> Usage:
    """How much there is."""
    row = await conn.fetchrow(
        """select coalesce(sum(size) filter (where deleted_at is null), 0)::bigint as bytes,
                  count(*) filter (where deleted_at is null) as entries,
                  count(*) filter (where deleted_at is null and is_folder) as folders,
                  coalesce(sum(size) filter (where deleted_at is not null), 0)::bigint
                      + (select coalesce(sum(size), 0)::bigint from workspace_versions) as kept_bytes
           from workspace_entries"""
    )
    assert row is not None
    return Usage(**row)


async def add_folders(conn: Connection, user: UserId, paths: Collection[str]) -> None:
    """Make folders where nothing is."""
    await conn.execute(
        """insert into workspace_entries (id, user_id, path, is_folder)
           select id, $1, path, true from unnest($2::uuid[], $3::text[]) as new (id, path)""",
        user, [new_id() for _ in paths], list(paths),
    )  # fmt: skip


async def add_files(conn: Connection, user: UserId, files: Mapping[str, Content]) -> None:
    """Make files where nothing is."""
    held = list(files.values())
    await conn.execute(
        """insert into workspace_entries
               (id, user_id, path, is_folder, size, sha256, media_type, is_text, object_name)
           select id, $1, path, false, size, sha256, media_type, is_text, object_name
           from unnest($2::uuid[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::boolean[], $8::text[])
                as new (id, path, size, sha256, media_type, is_text, object_name)""",
        user, [new_id() for _ in held], list(files), [each.size for each in held], [each.sha256 for each in held],
        [each.media_type for each in held], [each.is_text for each in held], [each.object_name for each in held],
    )  # fmt: skip


async def replace(conn: Connection, contents: Mapping[FileId, Content]) -> None:
    """Let files hold something else."""
    held = list(contents.values())
    await conn.execute(
        """update workspace_entries e
           set size = new.size, sha256 = new.sha256, media_type = new.media_type, is_text = new.is_text,
               object_name = new.object_name, updated_at = now()
           from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::text[], $5::boolean[], $6::text[])
                as new (id, size, sha256, media_type, is_text, object_name)
           where e.id = new.id""",
        list(contents), [each.size for each in held], [each.sha256 for each in held],
        [each.media_type for each in held], [each.is_text for each in held], [each.object_name for each in held],
    )  # fmt: skip


async def touch(conn: Connection, ids: Collection[FileId]) -> None:
    """Note that files were written, with what they held already."""
    await conn.execute("update workspace_entries set updated_at = now() where id = any($1::uuid[])", list(ids))


async def rename(conn: Connection, path: str, to: str) -> None:
    """Give an entry, and all below it, another path."""
    await conn.execute(
        """update workspace_entries set path = $2 || substr(path, length($1) + 1)
           where deleted_at is null and (path = $1 or (path > $1 || '/' and path < $1 || '0'))""",
        path, to,
    )  # fmt: skip


async def bury(conn: Connection, entry: Entry) -> None:
    """Put an entry, and all below it, into the trash."""
    await conn.execute(
        """update workspace_entries set deleted_at = now(), deleted_with = $2
           where deleted_at is null and (path = $1 or (path > $1 || '/' and path < $1 || '0'))""",
        entry.path, entry.id,
    )  # fmt: skip
