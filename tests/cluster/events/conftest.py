"""An event log over a real Valkey, and one whose server the test may kill."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from cluster.events.log import EventLog
from tests.mortal import MortalServer


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
    yield client
    await client.aclose()


@pytest.fixture
def log(redis: Redis) -> EventLog:
    return EventLog(redis)


@pytest.fixture
def mortal() -> Iterator[MortalServer]:
    with TemporaryDirectory(prefix="apex-mortal-") as folder:
        server = MortalServer(Path(folder))
        yield server
        server.server.stop()


@pytest.fixture
async def mortal_redis(mortal: MortalServer) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(mortal.server.url())  # pyright: ignore[reportUnknownMemberType]
    yield client
    await client.aclose()
