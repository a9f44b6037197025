"""The embedded PostgreSQL: started from nothing, taken over, restarted, and never half made."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest

from cluster.embedded.postgres import PostgresServer

PASSWORD = "a-password-for-tests"


@pytest.fixture
def folder(parts_folder: Path) -> Path:
    """A data folder for one test, where its server is found again if the run is killed."""
    return parts_folder / uuid4().hex


@pytest.fixture
def server(folder: Path) -> Iterator[PostgresServer]:
    """A server that was started for one test."""
    server = PostgresServer(folder, password=PASSWORD)
    server.start()
    yield server
    server.stop()


async def write(server: PostgresServer) -> int:
    """Write a row; answers how many there are now."""
    conn = await asyncpg.connect(server.url("postgres"))
    try:
        await conn.execute("create table if not exists kept (n int)")
        await conn.execute("insert into kept values (1)")
        return await conn.fetchval("select count(*) from kept")
    finally:
        await conn.close()


async def test_data_outlive_a_restart(server: PostgresServer) -> None:
    await write(server)
    server.stop()
    server.start()

    assert await write(server) == 2


async def test_what_was_committed_outlives_a_kill(server: PostgresServer) -> None:
    await write(server)
    assert server.pid is not None
    postmaster = psutil.Process(server.pid)
    postmaster.kill()
    postmaster.wait(10)

    server.start()

    assert await write(server) == 2


async def test_it_restarts_on_the_port_that_it_had(server: PostgresServer) -> None:
    port = server.port
    server.stop()
    server.start()

    assert server.port == port


async def test_a_server_that_outlived_its_supervisor_is_taken_over(server: PostgresServer, folder: Path) -> None:
    heir = PostgresServer(folder, password=PASSWORD)
    heir.start()

    assert (heir.pid, heir.port) == (server.pid, server.port)


async def test_two_starters_make_one_server(folder: Path) -> None:
    servers = [PostgresServer(folder, password=PASSWORD) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(PostgresServer.start, servers))

    pids = {each.pid for each in servers}
    for each in servers:
        each.stop()

    assert len(pids) == 1


async def test_a_pid_file_that_names_a_stranger_is_not_believed(server: PostgresServer) -> None:
    server.stop()
    (server.cluster / "postmaster.pid").write_text(f"1\n{server.cluster}\n0\n5432\n\n127.0.0.1\n\nready\n")

    server.start()

    assert await write(server) == 1


async def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    (folder / "cluster.new").mkdir(parents=True)
    (folder / "cluster.new" / "rubbish").write_text("")
    server = PostgresServer(folder, password=PASSWORD)

    server.start()

    assert await write(server) == 1
    server.stop()


async def test_a_wrong_password_is_refused(server: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url("postgres").replace(PASSWORD, "wrong"))
