"""Redis or Valkey: the event log, presence, limits and tickets."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis

from cluster.errors import SettingsError
from cluster.settings import Settings

MOST_CONNECTIONS = 64
WAIT_SECONDS = 10.0
"""How long a command waits for a connection when all are in use."""


@asynccontextmanager
async def open_redis(settings: Settings) -> AsyncGenerator[Redis]:
    """A client with a pool of its own; bytes in, bytes out. Raises SettingsError when no URL is set."""
    if settings.redis_url is None:
        raise SettingsError("APEX_REDIS_URL is not set; `apex up` sets it to the embedded Valkey")
    # It waits for a free connection: a thousand sockets that come back at once are slow for a moment, not refused.
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=5,
        health_check_interval=15,
        max_connections=MOST_CONNECTIONS,
        timeout=WAIT_SECONDS,
    )
    client: Redis = Redis.from_pool(pool)
    try:
        yield client
    finally:
        await client.aclose()
