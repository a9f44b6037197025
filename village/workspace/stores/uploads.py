"""The SQL of files that come in pieces."""

from collections.abc import Sequence
from typing import Final, LiteralString

from cluster.clients.postgres import Connection
from cluster.ids import UserId
from village.workspace.entries import Upload, UploadId

COLUMNS: Final[LiteralString] = "id, path, size, sha256, may_replace, received, pieces, expires_at"


async def add(conn: Connection, user: UserId, new: Upload) -> None:
    """Begin to receive a file."""
    await conn.execute(
        """insert into workspace_uploads (id, user_id, path, size, sha256, may_replace, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        new.id, user, new.path, new.size, new.sha256, new.may_replace, new.expires_at,
    )  # fmt: skip


async def one(conn: Connection, id: UploadId) -> Upload | None:
    """An upload that has not expired."""
    row = await conn.fetchrow(f"select {COLUMNS} from workspace_uploads where id = $1 and expires_at > now()", id)
    return None if row is None else Upload(**row)


async def count(conn: Connection) -> int:
    """How many there are."""
    return await conn.fetchval("select count(*) from workspace_uploads where expires_at > now()")


async def reserved(conn: Connection) -> int:
    """Bytes that files will have once they have come whole."""
    return await conn.fetchval("select coalesce(sum(size), 0)::bigint from workspace_uploads where expires_at > now()")


async def receive(conn: Connection, id: UploadId, piece: str, size: int, *, offset: int) -> bool:
    """Take a stored object as the next piece. False when it does not begin where the others end."""
    taken = await conn.execute(
        """update workspace_uploads set received = received + $3, pieces = pieces || $2::text
           where id = $1 and received = $4 and received + $3 <= size and expires_at > now()""",
        id, piece, size, offset,
    )  # fmt: skip
    return taken == 1


async def drop(conn: Connection, ids: Sequence[UploadId]) -> int:
    """Forget uploads; their pieces are left over."""
    return await conn.fetchval(
        """with gone as (
               delete from workspace_uploads where id = any($1::uuid[]) returning user_id, id, size, pieces
           ), left_over as (
               insert into workspace_leftovers (user_id, object_name, size, due)
               select user_id, piece, size / cardinality(pieces), now() from gone, unnest(pieces) piece
           )
           select count(*) from gone""",
        list(ids),
    )  # fmt: skip


async def expired(conn: Connection) -> Sequence[UploadId]:
    """Uploads that nobody has completed in time."""
    rows = await conn.fetch("select id from workspace_uploads where expires_at <= now()")
    return [row["id"] for row in rows]
