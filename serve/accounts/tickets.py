"""One-time tickets that open a socket: a URL is logged by every proxy, so it never holds a token."""

import secrets
from typing import TYPE_CHECKING, cast
from uuid import UUID

from cluster.ids import UserId
from serve.accounts.tokens import digest

if TYPE_CHECKING:
    from redis.asyncio import Redis

TICKET_SECONDS = 30


async def issue(redis: "Redis", user: UserId) -> str:
    """A ticket for one connection, good for half a minute."""
    ticket = secrets.token_urlsafe(32)
    await redis.set(_key(ticket), user.bytes, ex=TICKET_SECONDS)
    return ticket


async def redeem(redis: "Redis", ticket: str) -> UserId | None:
    """Whose ticket this was; None when it is unknown, expired or used. A ticket is gone once it was asked about."""
    found = cast("bytes | None", await redis.getdel(_key(ticket)))
    return UserId(UUID(bytes=found)) if found else None


def _key(ticket: str) -> str:
    return f"ticket:{digest(ticket).hex()}"
