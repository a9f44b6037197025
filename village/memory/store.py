"""The SQL of table memory: values by key, one user's own.

Keys that begin with U+0001 are notes of conversations (`village/scratch/`): no entries of the notebook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster.clients.postgres import Connection, Row
from cluster.ids import UserId, new_id


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """A value under its key."""

    key: str
    value: Any
    metadata: dict[str, Any]
    stored_at: datetime


async def put(conn: Connection, user: UserId, key: str, value: object, metadata: object) -> datetime:
    """Store a value, replacing what was under the key. Answers when."""
    return await conn.fetchval(
        """insert into memory (id, user_id, key, value, metadata) values ($1, $2, $3, coalesce($4, 'null'::jsonb), $5)
           on conflict (user_id, key) do update
              set value = excluded.value, metadata = excluded.metadata, updated_at = now()
           returning updated_at""",
        new_id(), user, key, value, metadata,
    )  # fmt: skip


async def get(conn: Connection, key: str) -> Remembered | None:
    """The value of a key."""
    row = await conn.fetchrow("select key, value, metadata, updated_at from memory where key = $1", key)
    return _remembered(row) if row else None


async def keys(conn: Connection, *, prefix: str, limit: int) -> list[str]:
    """The keys that begin with a prefix, in order."""
    rows = await conn.fetch(
        "select key from memory where starts_with(key, $1) and ascii(key) <> 1 order by key limit $2", prefix, limit
    )
    return [row["key"] for row in rows]


async def delete(conn: Connection, key: str) -> bool:
    """Forget a key. Answers whether it was there."""
    return await conn.execute("delete from memory where key = $1", key) > 0


async def search(conn: Connection, query: str, *, limit: int) -> Sequence[Remembered]:
    """The entries whose key or value holds the text, whatever its case; the newest first."""
    rows = await conn.fetch(
        """select key, value, metadata, updated_at from memory
            where (strpos(lower(key), lower($1)) > 0 or strpos(lower(value::text), lower($1)) > 0) and ascii(key) <> 1
            order by updated_at desc, key limit $2""",
        query, limit,
    )  # fmt: skip
    return [_remembered(row) for row in rows]


async def count(conn: Connection) -> int:
    """How many keys the user has."""
    return await conn.fetchval("select count(*) from memory where ascii(key) <> 1")


def _remembered(row: Row) -> Remembered:
    return Remembered(key=row["key"], value=row["value"], metadata=row["metadata"], stored_at=row["updated_at"])
