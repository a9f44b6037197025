"""Read-only links to a council: a random token, of which only the hash is kept."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a token leads."""

    user: UserId
    council: UUID


def new_token() -> str:
    """A token that nobody guesses."""
    return token_urlsafe(32)


async def share(conn: Connection, user: UserId, council: UUID, token: str, *, days: int) -> datetime:
    """Let whoever has the token read a council; answers until when."""
    return await conn.fetchval(
        """insert into council_shares (token_hash, user_id, council_id, expires_at)
           values ($1, $2, $3, now() + make_interval(days => $4)) returning expires_at""",
        _hash(token), user, council, days,
    )  # fmt: skip


async def unshare(conn: Connection, council: UUID) -> int:
    """End all links to a council; answers how many there were."""
    return await conn.execute("delete from council_shares where council_id = $1", council)


async def followed(conn: Connection, token: str) -> Link | None:
    """Where a link leads, as long as it holds. Asked as the system: nobody has said yet whose it is."""
    row = await conn.fetchrow(
        "select user_id, council_id from council_shares where token_hash = $1 and expires_at > now()", _hash(token)
    )
    return Link(user=UserId(row["user_id"]), council=row["council_id"]) if row else None


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
