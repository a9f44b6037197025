"""The SQL of keys for programs. What is kept of a key is its SHA-256: it is random enough to need no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key, as its owner sees it."""

    id: UUID
    name: str
    hint: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundKey:
    """Whose key it is, and what it may do."""

    id: UUID
    user_id: UserId
    scopes: Sequence[str]
    expires_at: datetime | None
    last_used_at: datetime | None


async def find_key(conn: Connection, key_hash: bytes) -> FoundKey | None:
    """A key that was not revoked; it may have expired. Needs `db.as_system()`."""
    row = await conn.fetchrow(
        """select id, user_id, scopes, expires_at, last_used_at from api_keys
           where key_hash = $1 and revoked_at is null""",
        key_hash,
    )
    return FoundKey(**row) if row else None


async def mark_used(conn: Connection, key: UUID) -> None:
    """The key is in use; kept to the minute."""
    await conn.execute(
        """update api_keys set last_used_at = now()
           where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')""",
        key,
    )


async def add_key(
    conn: Connection,
    user: UserId,
    *,
    id: UUID,
    name: str,
    hint: str,
    key_hash: bytes,
    scopes: Sequence[str],
    expires_at: datetime | None,
) -> KeyRow:
    """Keep a new key, and forget those that were revoked a quarter of a year ago."""
    await conn.execute("delete from api_keys where revoked_at < now() - interval '90 days'")
    row = await conn.fetchrow(
        """insert into api_keys (id, user_id, name, hint, key_hash, scopes, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)
           returning id, name, hint, scopes, created_at, expires_at, last_used_at""",
        id,
        user,
        name,
        hint,
        key_hash,
        list(scopes),
        expires_at,
    )
    assert row is not None, "an insert without a conflict clause answers its row"
    return KeyRow(**row)


async def count_keys(conn: Connection) -> int:
    """How many keys the user has that were not revoked."""
    return await conn.fetchval("select count(*) from api_keys where revoked_at is null")


async def list_keys(conn: Connection) -> Sequence[KeyRow]:
    """The user's keys that were not revoked, newest first."""
    rows = await conn.fetch(
        """select id, name, hint, scopes, created_at, expires_at, last_used_at from api_keys
           where revoked_at is null order by created_at desc, id desc"""
    )
    return [KeyRow(**row) for row in rows]


async def revoke_key(conn: Connection, key: UUID) -> bytes | None:
    """End a key of the user's, once; answers its hash, None when there is no such key."""
    return await conn.fetchval(
        "update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning key_hash", key
    )
