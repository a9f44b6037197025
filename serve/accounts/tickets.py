"""One-time tickets that open a socket: a URL is logged by every proxy, so it never holds a token."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import UUID

from cluster.ids import UserId
from serve.accounts.tokens import digest

if TYPE_CHECKING:
    from redis.asyncio import Redis

TICKET_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Holder:
    """Who got a ticket; and for which key, if by one."""

    user: UserId
    key_hash: bytes | None = None


async def issue(redis: "Redis", holder: Holder) -> str:
    """A ticket for one connection, good for half a minute."""
    ticket = secrets.token_urlsafe(32)
    await redis.set(_key(ticket), holder.user.bytes + (holder.key_hash or b""), ex=TICKET_SECONDS)
    return ticket


async def redeem(redis: "Redis", ticket: str) -> Holder | None:
    """Whose ticket this was; None when it is unknown, expired or used. A ticket is gone once it was asked about."""
    found = cast("bytes | None", await redis.getdel(_key(ticket)))
    return Holder(UserId(UUID(bytes=found[:16])), found[16:] or None) if found else None


def _key(ticket: str) -> str:
    return f"ticket:{digest(ticket).hex()}"
