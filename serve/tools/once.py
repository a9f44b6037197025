"""Lets a request that is sent twice run once: its answer is kept under its Idempotency-Key, in Redis, for a day."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError

from cluster.errors import Conflict, Unavailable
from cluster.ids import UserId

if TYPE_CHECKING:
    from redis.asyncio import Redis

KEPT_SECONDS = 24 * 3600
DIGEST = 32
"""Bytes in front of what is kept, by which another request is known from the same one."""


class Once:
    """One request of one person, by its key."""

    def __init__(self, redis: "Redis", user: UserId, key: str, request: bytes) -> None:
        self._redis = redis
        self._key = f"once:{user}:{hashlib.sha256(key.encode()).hexdigest()}"
        self._digest = hashlib.sha256(request).digest()

    async def run(self, work: Callable[[], Awaitable[bytes]], *, seconds: float) -> bytes:
        """The kept answer, or that of the work, which may take so long.

        Raises Conflict when the key stands for another request or for one that still runs, Unavailable when Redis does
        not answer beforehand. Work that raises is forgotten, and may be sent again.
        """
        kept = await self._begin(seconds)
        if kept is not None:
            return self._same(kept)
        try:
            answer = await work()
        except BaseException:
            await self._redis.delete(self._key)
            raise
        await self._redis.set(self._key, self._digest + answer, ex=KEPT_SECONDS)
        return answer

    async def _begin(self, seconds: float) -> bytes | None:
        """Take the key, unless it is taken: then what is kept there."""
        try:
            taken = await self._redis.set(self._key, self._digest, nx=True, ex=int(seconds) + 60)
            return None if taken else cast("bytes | None", await self._redis.get(self._key)) or b""
        except (RedisError, OSError) as error:
            raise Unavailable("requests with an Idempotency-Key cannot be looked up at the moment") from error

    def _same(self, kept: bytes) -> bytes:
        if kept and kept[:DIGEST] != self._digest:
            raise Conflict("this Idempotency-Key was used for another request")
        if len(kept) <= DIGEST:
            raise Conflict("the request with this Idempotency-Key still runs")
        return kept[DIGEST:]
