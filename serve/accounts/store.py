"""The SQL of accounts: people, what they prefer, and the refresh tokens of their sign-ins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId


@dataclass(frozen=True, slots=True)
class Login:
    """What checking a password needs."""

    id: UserId
    email: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: UserId
    email: str
    display_name: str | None
    created_at: datetime
    admin: bool


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A refresh token as it is kept."""

    family_id: UUID
    token_hash: bytes
    used_ago: timedelta | None
    revoked: bool


async def find_login(conn: Connection, email: str) -> Login | None:
    """Whose email this is, in whatever case it is written. Needs `db.as_system()`."""
    row = await conn.fetchrow("select id, email, password_hash from users where lower(email) = lower($1)", email)
    return Login(**row) if row else None


async def add_person(
    conn: Connection, user: UserId, *, email: str, password_hash: str, display_name: str | None
) -> Person | None:
    """Add the user of this transaction; None when the email is taken."""
    row = await conn.fetchrow(
        """insert into users (id, email, password_hash, display_name) values ($1, $2, $3, $4)
           on conflict do nothing returning id, email, display_name, created_at, admin""",
        user,
        email,
        password_hash,
        display_name,
    )
    return Person(**row) if row else None


async def person(conn: Connection) -> Person | None:
    """The user of this transaction; None when the account is gone."""
    row = await conn.fetchrow("select id, email, display_name, created_at, admin from users")
    return Person(**row) if row else None


async def rename(conn: Connection, display_name: str | None) -> Person | None:
    """Give the user of this transaction another name."""
    row = await conn.fetchrow(
        """update users set display_name = $1, updated_at = now()
           returning id, email, display_name, created_at, admin""",
        display_name,
    )
    return Person(**row) if row else None


async def set_password_hash(conn: Connection, password_hash: str) -> None:
    """Keep another hash of the user's password."""
    await conn.execute("update users set password_hash = $1, updated_at = now()", password_hash)


async def settings(conn: Connection) -> Mapping[str, Any] | None:
    """What the user prefers; None when the account is gone."""
    return await conn.fetchval("select settings from users")


async def change_settings(conn: Connection, changes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Change some of what the user prefers, and answer all of it."""
    return await conn.fetchval(
        "update users set settings = settings || $1::jsonb, updated_at = now() returning settings", dict(changes)
    )


async def lock_person(conn: Connection, user: UserId) -> bool:
    """Let one change of this user's sign-ins happen at a time; False when the account is gone."""
    return await conn.fetchval("select true from users where id = $1 for no key update", user) is True


async def add_token(
    conn: Connection, *, token: UUID, user: UserId, family: UUID, token_hash: bytes, expires_at: int
) -> None:
    """Keep a refresh token, and forget the user's expired ones."""
    await conn.execute("delete from refresh_tokens where expires_at < now()")
    await conn.execute(
        """insert into refresh_tokens (id, user_id, family_id, token_hash, expires_at)
           values ($1, $2, $3, $4, to_timestamp($5))""",
        token,
        user,
        family,
        token_hash,
        expires_at,
    )


async def kept_token(conn: Connection, token: UUID) -> KeptToken | None:
    """A refresh token of the user's."""
    row = await conn.fetchrow(
        """select family_id, token_hash, now() - used_at as used_ago, revoked_at is not null as revoked
           from refresh_tokens where id = $1 and expires_at > now()""",
        token,
    )
    return KeptToken(**row) if row else None


async def mark_used(conn: Connection, token: UUID) -> None:
    """This token was exchanged; the first time counts."""
    await conn.execute("update refresh_tokens set used_at = coalesce(used_at, now()) where id = $1", token)


async def revoke_family(conn: Connection, family: UUID) -> None:
    """End a sign-in: none of its tokens works any more."""
    await conn.execute(
        "update refresh_tokens set revoked_at = now() where family_id = $1 and revoked_at is null", family
    )
