"""Who is in a realm now: kept in Redis for a while, and never in the database. Without Redis nobody is seen."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from redis.exceptions import RedisError

from cluster.ids import UserId
from village.zones import SQUARE

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)
STAYS_SECONDS = 90
"""How long somebody is taken to be there after their last sign of life."""
LOST = (RedisError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is there. `agent` None: the person."""

    user_id: UserId
    agent: str | None
    zone: str = SQUARE
    tool: str | None = None


async def enter(redis: "Redis", realm: UUID, user: UserId, visit: UUID) -> None:
    """A person is there, by one of maybe several screens; repeated as a sign of life."""
    try:
        pipe: Any = redis.pipeline(transaction=False)
        pipe.zadd(_key(realm), {f"{user} {visit}": time.time() + STAYS_SECONDS})
        pipe.zremrangebyscore(_key(realm), "-inf", time.time())
        pipe.expire(_key(realm), STAYS_SECONDS)
        await pipe.execute()
    except LOST as error:
        log.warning("presence is not kept: %s: %s", type(error).__name__, error)


async def leave(redis: "Redis", realm: UUID, user: UserId, visit: UUID) -> None:
    """One of a person's screens is closed."""
    try:
        await redis.zrem(_key(realm), f"{user} {visit}")
    except LOST as error:
        log.warning("presence is not kept: %s: %s", type(error).__name__, error)


async def here(redis: "Redis", realm: UUID) -> Sequence[Present]:
    """Who is there, each once."""
    try:
        asked: Any = redis
        entries = cast("list[bytes]", await asked.zrangebyscore(_key(realm), time.time(), "+inf"))
    except LOST as error:
        log.warning("presence is not known: %s: %s", type(error).__name__, error)
        return []
    people = dict.fromkeys(entry.decode().partition(" ")[0] for entry in entries)
    return [Present(UserId(UUID(user)), None) for user in people]


def _key(realm: UUID) -> str:
    return f"presence:{realm}"
