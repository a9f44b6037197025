"""A running tail over a real log that answers when it likes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from cluster.events.follow import Follower
from cluster.events.log import EventLog
from cluster.services import Clients
from serve.live.tail import Tail
from tests.mortal import MortalServer
from tests.serve.live.house import House, Person, house_over
from tests.serve.live.listening import MoodyLog


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
    yield client
    await client.aclose()


@pytest.fixture
def log(redis: Redis) -> EventLog:
    return EventLog(redis)


@pytest.fixture
def moody(redis: Redis, request: pytest.FixtureRequest) -> MoodyLog:
    seed: int = getattr(request, "param", 0)
    return MoodyLog(redis, Random(seed))


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


@pytest.fixture
async def tail(moody: MoodyLog, redis: Redis) -> AsyncIterator[Tail]:
    tail = Tail(moody, Follower(redis))
    async with running(tail):
        yield tail


@pytest.fixture
async def house(clients: Clients) -> AsyncIterator[House]:
    async with house_over(clients) as house:
        yield house


@pytest.fixture
async def ada(house: House) -> AsyncIterator[Person]:
    async with house.person() as person:
        yield person


@pytest.fixture
async def bob(house: House) -> AsyncIterator[Person]:
    async with house.person() as person:
        yield person


class running:
    """A tail's task, for the length of a block."""

    def __init__(self, tail: Tail) -> None:
        self._task = asyncio.create_task(tail.run())

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
