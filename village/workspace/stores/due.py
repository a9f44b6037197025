"""The SQL that finds whose workspace has something past its time. Needs `db.as_system()`."""

from collections.abc import Sequence

from cluster.clients.postgres import Connection
from cluster.ids import UserId
from village.workspace.entries import KEPT


async def users(conn: Connection, *, limit: int) -> Sequence[UserId]:
    """Some of them, in no order."""
    rows = await conn.fetch(
        """select distinct user_id from (
               (select user_id from workspace_entries where deleted_at < now() - $1::interval limit $2)
               union all (select user_id from workspace_versions where replaced_at < now() - $1::interval limit $2)
               union all (select user_id from workspace_leftovers where due <= now() limit $2)
               union all (select user_id from workspace_uploads where expires_at <= now() limit $2)) due""",
        KEPT, limit,
    )  # fmt: skip
    return [UserId(row["user_id"]) for row in rows]
