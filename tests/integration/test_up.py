"""`apex up`, as an operator meets it: one command, its messages, its end, and what is left behind."""

import asyncio
import itertools
import json
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cluster.embedded.door import is_ready
from tests.instance import Instance, NotStarted

ANNOUNCED = "ApexAurum is ready"
QUIET = {"APEX_SCRIPTED_MODEL": "1", "APEX_LOCAL_MODEL": "off", "APEX_HOSTS": "1"}
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance that runs, on a data folder of its own."""
    async with Instance(tmp_path / "home", settings=QUIET) as started:
        await eventually(lambda: ANNOUNCED in started.printed())
        yield started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance for the tests that let it live."""
    shared = Instance(tmp_path_factory.mktemp("shared") / "home", settings=QUIET)
    asyncio.run(shared.start())
    asyncio.run(eventually(lambda: ANNOUNCED in shared.printed()))
    yield shared
    asyncio.run(shared.stop())


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(60):
        for _ in itertools.count():
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.1)


async def refusal(home: Path, **settings: str) -> str:
    """What `apex up` says when it refuses to start."""
    with pytest.raises(NotStarted) as refused:
        await Instance(home, settings={**QUIET, **settings}).start()
    return str(refused.value)


def listeners(instance: Instance) -> set[str]:
    """Names of the processes that listen on other addresses than loopback."""
    found: set[str] = set()
    for process in instance.family():
        with suppress(psutil.NoSuchProcess):
            for connection in process.net_connections("tcp"):
                address: Any = connection.laddr
                if connection.status == psutil.CONN_LISTEN and address.ip.removeprefix("::ffff:") != "127.0.0.1":
                    found.add(process.name())
    return found


async def test_it_starts_from_nothing_and_stops_without_a_trace(instance: Instance) -> None:
    async with httpx.AsyncClient(base_url=instance.url) as client:
        answers = [(await client.get(path)).status_code for path in ("/healthz", "/readyz", "/openapi.json", "/docs")]

    status = await instance.stop(signal.SIGTERM)

    assert answers == [200] * 4
    assert status == 0, instance.printed()
    assert instance.left_behind == []
    assert f"{instance.url}/docs" in instance.printed()


async def test_secrets_are_the_owners_alone(running: Instance) -> None:
    files = list((running.home / "secrets").iterdir())

    assert {file.name for file in files} >= {"jwt", "postgres", "valkey", "ray"}
    assert {oct(file.stat().st_mode & 0o777) for file in [*files]} == {"0o600"}
    assert oct((running.home / "secrets").stat().st_mode & 0o777) == "0o700"


async def test_nothing_without_a_token_listens_beyond_loopback(running: Instance) -> None:
    # The door's replica has a port for calls between deployments, which asks for the token.
    assert {name[:15] for name in listeners(running)} <= {"ray::ServeRepli"}


async def test_what_dies_is_started_again(running: Instance) -> None:
    for word in ("valkey-server", "bin/postgres -D"):
        running.named(word)[0].kill()

    await eventually(lambda: all(f"{name} died" in running.printed() for name in ("PostgreSQL", "Valkey")))
    await eventually(lambda: is_ready(running.url))

    assert running.process.poll() is None


async def test_a_signal_to_all_its_processes_at_once_stops_it_too(instance: Instance) -> None:
    await instance.stop(signal.SIGTERM, group=True)
    assert instance.left_behind == []


async def test_without_ray_it_stops_and_says_why(instance: Instance) -> None:
    before = instance.family()
    instance.named("raylet/raylet")[0].kill()

    await eventually(lambda: instance.process.poll() is not None)

    assert instance.process.poll() == 1
    assert "raylet died" in instance.printed()
    assert [process for process in before if process.is_running()] == []


async def test_a_second_one_on_the_same_folder_is_refused_and_a_killed_one_is_cleaned_up(instance: Instance) -> None:
    assert "another `apex up` is running" in await refusal(instance.home)

    family = instance.family()
    instance.process.kill()
    instance.process.wait()
    async with Instance(instance.home, settings=QUIET) as again:
        left = [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]

        assert left == []
        assert await again.stop() == 0


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await refusal(tmp_path / "home", APEX_PORT=str(port))

    assert f"port {port} on 127.0.0.1 is taken by " in said
    assert "APEX_PORT=" in said


async def test_a_newer_data_folder_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "layout").write_text("99")

    assert "made by a newer ApexAurum" in await refusal(home)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("APEX_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "check APEX_DATABASE_URL"),
        ("APEX_DATABASE_URL", "mysql://127.0.0.1/none", "is not a PostgreSQL URL"),
        ("APEX_REDIS_URL", "redis://127.0.0.1:1", "check APEX_REDIS_URL"),
        ("APEX_OBJECTS_URL", "nothing://bucket", "check APEX_OBJECTS_URL"),
        ("RAY_ADDRESS", "192.0.2.1:6379", "set APEX_DATABASE_URL, APEX_REDIS_URL, APEX_OBJECTS_URL"),
        ("APEX_PROT", "8001", "did you mean APEX_PORT?"),
    ],
)
async def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str, said: str) -> None:
    message = await refusal(tmp_path / "home", **{variable: value})

    assert said in message
    assert "Traceback" not in message


async def test_processes_are_recorded_for_the_next_start(running: Instance) -> None:
    file = running.home / "processes.json"
    raylet = running.named("raylet/raylet")[0].pid

    await eventually(lambda: raylet in {pid for pid, _ in json.loads(file.read_text())})
