"""Real parts for every test: one PostgreSQL and one Valkey for the run, a database and a key space for each test."""

import importlib
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage, rmtree
from typing import Any
from uuid import uuid4

import asyncpg
import psutil
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from cluster.embedded.postgres import PostgresServer
from cluster.embedded.valkey import ValkeyServer
from cluster.ids import UserId
from cluster.migrations.apply import migrate
from cluster.migrations.roles import Login
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests import s3_server
from tests.provider import fixtures

HERE = Path(__file__).parent
ALONE = (
    *("chaos", "e2e", "cluster/runtime", "sandbox/pool", "sandbox/notebook/test_on_ray.py"),
    *("actors/test_quarantine.py", "actors/test_sweep_of_sessions.py", "actors/test_hand_over.py"),
)
"""Tests that fill the machine, or hold something to its time: nothing runs beside them."""
PREFIX = "apex-test-"
listening_provider, provider = fixtures.listening_provider, fixtures.provider
s3, objects = s3_server.s3, s3_server.objects
TEMPLATE = "template_apex"
LOGIN = Login.derive(TEMPLATE, "a secret for tests")
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
"""What a database that nobody will miss can leave out."""
MEMORY, ROOM = Path("/dev/shm"), 3 * 2**30
"""A folder that is on no disk, and how many bytes have to be free in it to be used."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell `make test` which tests have to run alone."""
    for item in items:
        if any(item.path.is_relative_to(HERE / place) for place in ALONE):
            item.add_marker(pytest.mark.alone)


@dataclass
class Namespaces:
    """Which of Valkey's numbered databases are free for the next test."""

    free: list[int] = field(default_factory=lambda: list(range(1, 16)))


@pytest.fixture(scope="session")
def parts_folder() -> Iterator[Path]:
    """A folder for the servers' data, gone afterwards. Its path is short: sockets have short names."""
    with _folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL with pgvector, for the whole run, in memory: thousands of databases come and go on it."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > ROOM
    with _folder(MEMORY if roomy else None) as folder:
        server = PostgresServer(folder / "postgres", password="a password for tests", options=QUICK)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def valkey(parts_folder: Path) -> Iterator[ValkeyServer]:
    """A real Valkey, for the whole run."""
    server = ValkeyServer(parts_folder / "valkey", password="a-password-for-tests")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """A local Ray cluster, as small as it can be; imported only where a test wants it."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("RAY_AUTH_MODE", "disabled")
        warnings.simplefilter("ignore")
        untyped: Any = importlib.import_module("ray")
        untyped.init(
            address="local",
            num_cpus=4,
            resources={"sandbox": 2},
            include_dashboard=False,
            object_store_memory=80 * 2**20,
            log_to_driver=False,
            logging_level="error",
        )
        yield
        untyped.shutdown()


@pytest.fixture(scope="session")
def namespaces() -> Namespaces:
    """The numbered Valkey databases that no test uses now."""
    return Namespaces()


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[str]:
    """The owner's URL of a fresh, migrated database: a copy of one that was migrated once."""
    name = f"test_{uuid4().hex}"
    await _make_template(postgres)
    admin = await asyncpg.connect(postgres.url("postgres"))
    try:
        await admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
        yield postgres.url(name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest.fixture
async def redis_url(valkey: ValkeyServer, namespaces: Namespaces) -> AsyncIterator[str]:
    """The URL of an empty Valkey database."""
    number = namespaces.free.pop()
    url = valkey.url(number)
    yield url
    client: Redis = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    await client.flushdb()  # pyright: ignore[reportUnknownMemberType]
    await client.aclose()
    namespaces.free.append(number)


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of an instance of its own: the application's role, an empty event log, objects in a folder."""
    return Settings(
        home=tmp_path / "home",
        database_url=SecretStr(LOGIN.url(database)),
        redis_url=SecretStr(redis_url),
        objects_url=(tmp_path / "objects").as_uri(),
        ray_address=None,
        anthropic_api_key=None,
        anthropic_base_url=None,
        jwt_secret=SecretStr("a secret that signs nothing outside of the tests"),
        local_model="off",
        scripted_model=True,
    )


@pytest.fixture
async def clients(settings: Settings) -> AsyncIterator[Clients]:
    """Open clients of that instance."""
    async with open_clients(settings, pool_size=5) as opened:
        yield opened


@pytest.fixture
async def user(clients: Clients) -> UserId:
    """A person with an account."""
    return await make_user(clients)


@pytest.fixture
async def stranger(clients: Clients) -> UserId:
    """Somebody else with an account."""
    return await make_user(clients)


async def make_user(clients: Clients) -> UserId:
    """Add an account that cannot log in."""
    user = UserId(uuid4())
    async with clients.db.as_user(user) as conn:
        await conn.execute(
            "insert into users (id, email, password_hash) values ($1, $2, 'no password')", user, f"{user}@example.com"
        )
    return user


async def _make_template(postgres: PostgresServer) -> None:
    """Migrate the database that the others are copies of, at the first call."""
    url = postgres.url(TEMPLATE)
    admin = await asyncpg.connect(postgres.url("postgres"))
    try:
        if not await admin.fetchval("select datistemplate from pg_database where datname = $1", TEMPLATE):
            await migrate(url, login=LOGIN, create_database=True)
            await admin.execute(f"alter database {TEMPLATE} is_template true")
    finally:
        await admin.close()


@contextmanager
def _folder(place: Path | None = None) -> Generator[Path]:
    """A folder of this run, in the usual place or in that one. What killed runs left there is removed before."""
    _end_leftovers(place or Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    (folder / "owner").write_text(f"{os.getpid()} {psutil.Process().create_time()}")
    yield folder
    rmtree(folder, ignore_errors=True)


def _end_leftovers(place: Path) -> None:
    """End the servers of runs that were killed, and remove their data."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError, ValueError, psutil.Error):
            pid, _, started = (folder / "owner").read_text().partition(" ")
            if psutil.pid_exists(int(pid)) and psutil.Process(int(pid)).create_time() == float(started):
                continue
            left = [each for each in psutil.process_iter() if _works_in(each, folder)]
            for process in left:
                process.kill()
            psutil.wait_procs(left, timeout=10)
            rmtree(folder, ignore_errors=True)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(folder)
    except (psutil.Error, OSError):
        return False


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Settings of the developer's shell do not reach the tests."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("APEX_", "ANTHROPIC_", "RAY_"))}
    yield
    os.environ.update(kept)
