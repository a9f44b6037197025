"""Both runtimes for every behaviour; one small Ray cluster for the run."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from cluster.embedded.postgres import PostgresServer
from cluster.embedded.valkey import ValkeyServer
from cluster.ids import UserId
from cluster.migrations.apply import migrate
from cluster.migrations.roles import Login
from cluster.runtime.on_ray.fleet import start_hosts, stop_hosts
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests.cluster.runtime.crew import CREW
from tests.cluster.runtime.stage import Flavour, OpenStage, Stage, loop_stage, open_stage, ray_stage

DROWSY = 1.0


@pytest.fixture(params=["loop", "ray"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Which runtime."""
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
    return request.param


@pytest.fixture
def stages(flavour: Flavour, settings: Settings, user: UserId) -> OpenStage:
    """Opens a runtime with the hosts and settings that a test wants."""

    def opener(*, hosts: int = 1, **changed: Any) -> AbstractAsyncContextManager[Stage]:
        return open_stage(flavour, settings.model_copy(update=changed), user, hosts)

    return opener


@dataclass(frozen=True)
class Fleet:
    """Ray hosts for the whole run: one takes seconds to start, and most tests do not mind a used one."""

    settings: Settings
    namespace: str


@pytest.fixture(scope="session")
def steady_hosts(ray_cluster: None, postgres: PostgresServer, valkey: ValkeyServer) -> Iterator[Fleet]:
    """One host."""
    with running(make_settings(postgres, valkey, "steady", hosts=1)) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def drowsy_hosts(ray_cluster: None, postgres: PostgresServer, valkey: ValkeyServer) -> Iterator[Fleet]:
    """Two hosts whose actors soon fall asleep."""
    with running(make_settings(postgres, valkey, "drowsy", hosts=2, idle_seconds=DROWSY)) as fleet:
        yield fleet


@pytest.fixture
def steady_fleet(flavour: Flavour, settings: Settings, request: pytest.FixtureRequest) -> Fleet:
    """What `stage` stands on. On the event loop a host costs nothing, so each test has its own."""
    return request.getfixturevalue("steady_hosts") if flavour == "ray" else Fleet(with_hosts(settings, 1), "")


@pytest.fixture
def drowsy_fleet(flavour: Flavour, settings: Settings, request: pytest.FixtureRequest) -> Fleet:
    """What `drowsy` stands on."""
    own = Fleet(with_hosts(settings, 2, idle_seconds=DROWSY), "")
    return request.getfixturevalue("drowsy_hosts") if flavour == "ray" else own


@pytest.fixture
async def stage(steady_fleet: Fleet) -> AsyncIterator[Stage]:
    """A runtime with one host. On Ray it is shared between tests."""
    async with on_stage(steady_fleet) as stage:
        yield stage


@pytest.fixture
async def drowsy(drowsy_fleet: Fleet) -> AsyncIterator[Stage]:
    """A runtime with two hosts whose actors soon fall asleep. On Ray they are shared between tests."""
    async with on_stage(drowsy_fleet) as stage:
        yield stage


@asynccontextmanager
async def on_stage(fleet: Fleet) -> AsyncGenerator[Stage]:
    """A runtime over a fleet, and a user of its own."""
    async with open_clients(fleet.settings, pool_size=5) as clients:
        user = await make_user(clients)
        ray_or_loop = (
            ray_stage(clients, user, fleet.namespace)
            if fleet.namespace
            else loop_stage(clients, user, fleet.settings.hosts)
        )
        async with ray_or_loop as stage:
            yield stage


@contextmanager
def running(settings: Settings) -> Generator[Fleet]:
    """Start Ray hosts and stop them again."""
    namespace = f"test-{settings.home.name}"
    asyncio.run(start_hosts(settings, CREW, namespace=namespace))
    yield Fleet(settings, namespace)
    asyncio.run(stop_hosts(namespace=namespace))


def make_settings(postgres: PostgresServer, valkey: ValkeyServer, name: str, **more: Any) -> Settings:
    """Settings of an instance with a database that lives as long as the run."""
    login = Login.derive(name, "a secret for tests")
    url = postgres.url(f"runtime_{name}")
    asyncio.run(migrate(url, login=login, create_database=True))
    return Settings(
        home=Path(name),
        database_url=SecretStr(login.url(url)),
        redis_url=SecretStr(valkey.url(0)),
        objects_url=f"file:///nowhere/{name}",
        local_model="off",
        **more,
    )


def with_hosts(settings: Settings, hosts: int, **changed: Any) -> Settings:
    """The settings with so many hosts."""
    return settings.model_copy(update={"hosts": hosts, **changed})


async def make_user(clients: Clients) -> UserId:
    """An account that cannot log in."""
    user = UserId(uuid4())
    async with clients.db.as_user(user) as conn:
        await conn.execute(
            "insert into users (id, email, password_hash) values ($1, $2, 'no password')", user, f"{user}@example.com"
        )
    return user
