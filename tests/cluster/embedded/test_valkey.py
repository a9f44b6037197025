"""The embedded Valkey: asks for its password, keeps what it was given, ends what a killed run left."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from redis import AuthenticationError
from redis.asyncio import Redis

from cluster.embedded.valkey import ValkeyServer

PASSWORD = "a-password-for-tests"


@pytest.fixture
def server(parts_folder: Path) -> Iterator[ValkeyServer]:
    """A server that was started for one test."""
    server = ValkeyServer(parts_folder / uuid4().hex, password=PASSWORD)
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Redis]:
    """A client for a moment."""
    client: Redis = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    try:
        yield client
    finally:
        await client.aclose()


async def test_what_was_written_outlives_a_restart(server: ValkeyServer) -> None:
    async with opened(server.url()) as client:
        await client.set("kept", "yes")
    server.stop()
    server.start()

    async with opened(server.url()) as client:
        assert await client.get("kept") == b"yes"


async def test_it_asks_for_the_password(server: ValkeyServer) -> None:
    async with opened(server.url().replace(PASSWORD, "wrong")) as client:
        with pytest.raises(AuthenticationError):
            await client.get("anything")


async def test_the_password_is_on_no_command_line(server: ValkeyServer) -> None:
    assert server.pid is not None

    assert PASSWORD not in " ".join(psutil.Process(server.pid).cmdline())
    assert oct((server.folder / "valkey.conf").stat().st_mode & 0o777) == "0o600"


async def test_one_that_a_killed_run_left_behind_is_ended(server: ValkeyServer) -> None:
    heir = ValkeyServer(server.folder, password=PASSWORD)
    heir.start()

    assert not server.alive()
    heir.stop()
