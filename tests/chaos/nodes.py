"""A Ray cluster of several nodes that lose their raylets, while Ray itself loses and delays calls between workers.

Ray reads its own fault injection from the environment when it is loaded, so this is a process of its own:
`python -m tests.chaos.nodes`.
"""

import argparse
import asyncio
import importlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, cast

import asyncpg
import psutil
import ray
from pydantic import SecretStr
from ray.cluster_utils import Cluster

from actors.kinds import KINDS
from cluster.embedded.postgres import PostgresServer
from cluster.embedded.valkey import ValkeyServer
from cluster.ids import UserId, new_id
from cluster.migrations.apply import migrate
from cluster.migrations.roles import Login
from cluster.runtime.on_ray.fleet import start_hosts
from cluster.runtime.on_ray.runtime import RayRuntime
from cluster.services import Services, open_services
from cluster.settings import Settings
from tests.bench.figures import say
from tests.chaos import report
from tests.chaos.books import WATCH, read_books, spoken
from tests.chaos.direct_client import DirectClient
from tests.chaos.faults import Injected, chosen, kill
from tests.chaos.history import History
from tests.chaos.script import Script
from tests.chaos.storm import Storm, judged, talk_through
from tests.provider.server import Provider, running_provider

UNTYPED: Any = ray
NAMESPACE = "chaos"
CALLS = {"num_failures": -1, "req_failure_prob": 2, "resp_failure_prob": 2, "in_flight_failure_prob": 1}
"""Percent of the calls from this process to hosts that Ray loses: on the way there, on the way back, in between."""
INJECTED = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_testing_rpc_failure": json.dumps({"CoreWorkerService.grpc_client.PushTask": CALLS}),
    "RAY_testing_rpc_failure_avoid_intra_node_failures": "0",
    "RAY_testing_asio_delay_us": "CoreWorkerService.grpc_server.PushTask=0:20000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "4",
}
LEASE_SECONDS = 3.0
CLIENTS = 8
NODE: dict[str, Any] = {"num_cpus": 2, "resources": {"hosts": 4.0}, "object_store_memory": 80 * 2**20}
PAUSE_SECONDS = 2.0
"""Between faults."""
RAYLET_EVERY = 5
"""One fault in so many is the death of a raylet with all that runs on its node."""


class NodeSaboteur:
    """Kills raylets of nodes that carry no driver, brings new nodes, and kills hosts wherever they are."""

    def __init__(self, nodes: Cluster, url: str, random: Random) -> None:
        self.done: list[Injected] = []
        self._nodes: Any = nodes
        self._url = url
        self._random = random
        self._second: Any = self._nodes.add_node(**NODE)

    async def follow(self, seconds: float) -> None:
        """Break something every few seconds."""
        deadline = time.monotonic() + seconds
        count = 0
        while time.monotonic() < deadline:
            await asyncio.sleep(PAUSE_SECONDS * self._random.uniform(0.5, 1.5))
            count += 1
            if count % RAYLET_EVERY == 1:
                await self._lose_node()
            else:
                await self._lose_host()

    async def _lose_node(self) -> None:
        at = time.monotonic()
        raylet = self._second.all_processes["raylet"][0].process
        raylet.kill()
        self.done.append(Injected("raylet_killed", at, time.monotonic(), str(raylet.pid)))
        await asyncio.to_thread(self._nodes.remove_node, self._second, allow_graceful=False)
        # Ray sets signal handlers as it does this, so it must happen here; clients stand still for that second.
        self._second = self._nodes.add_node(**NODE)

    async def _lose_host(self) -> None:
        at = time.monotonic()
        conn = await asyncpg.connect(self._url)
        rows = await conn.fetch("select pid from hosts where lease_until > now() order by pid")
        await conn.close()
        alive = [psutil.Process(row["pid"]) for row in rows if psutil.pid_exists(row["pid"])]
        victim = chosen(alive, self._random.random())
        if victim is not None:
            self.done.append(Injected("host_killed", at, time.monotonic(), kill(victim)))


async def run(seed: int, seconds: float) -> bool:
    """One run; prints its report, and answers whether no rule was broken."""
    say(f"seed {seed} (python -m tests.chaos.nodes --seed {seed}); Ray loses {CALLS} % of the calls to hosts")
    async with AsyncExitStack() as stack:
        provider = stack.enter_context(running_provider())
        settings, url = await stack.enter_async_context(servers(provider))
        saboteur = NodeSaboteur(stack.enter_context(cluster()), url, Random(seed))
        await start_hosts(settings, KINDS, namespace=NAMESPACE)
        services = await stack.enter_async_context(connected(settings))
        talkers = [DirectClient(services, await person(services, n), Script(seed, f"n{n}")) for n in range(CLIENTS)]
        await talk_through(talkers, saboteur.follow(seconds))
        found = await _judged(url, provider, [talker.history for talker in talkers], saboteur)
    for line in report.lines(found):
        say(line)
    return report.sound(found)


async def _judged(url: str, provider: Provider, histories: Sequence[History], saboteur: NodeSaboteur) -> Storm:
    conn = await asyncpg.connect(url)
    try:
        books = await read_books(conn)
    finally:
        await conn.close()
    return judged(histories, books, spoken(provider.requests), injected=saboteur.done)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[Services]:
    """The services of a caller that carries no actor itself."""
    runtime = partial(RayRuntime.open, kinds=KINDS, namespace=NAMESPACE)
    async with open_services(settings, pool_size=8, runtime=runtime) as services:
        yield services


async def person(services: Services, number: int) -> History:
    """Somebody with an account."""
    user = UserId(new_id())
    async with services.db.as_user(user) as conn:
        await conn.execute(
            "insert into users (id, email, password_hash) values ($1, $2, 'no password')", user, f"{user}@example.com"
        )
    return History(name=f"n{number}", user=str(user))


@asynccontextmanager
async def servers(provider: Provider) -> AsyncGenerator[tuple[Settings, str]]:
    """PostgreSQL and Valkey; answers the settings of an instance on them, and the owner's URL."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    postgres = PostgresServer(folder / "postgres", password="a password for chaos")
    valkey = ValkeyServer(folder / "valkey", password="a-password-for-chaos")
    try:
        postgres.start()
        valkey.start()
        url, login = postgres.url("chaos"), Login.derive("chaos", "a secret for chaos")
        await _prepare(url, login)
        yield settings_of(folder, login.url(url), valkey.url(), provider), url
    finally:
        postgres.stop()
        valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)


def settings_of(folder: Path, database: str, redis: str, provider: Provider) -> Settings:
    """An instance on these servers, with two hosts on each node."""
    return Settings(
        home=folder / "home",
        database_url=SecretStr(database),
        redis_url=SecretStr(redis),
        objects_url=(folder / "objects").as_uri(),
        ray_address=None,
        anthropic_api_key=SecretStr("chaos"),
        anthropic_base_url=provider.url,
        local_model="off",
        lease_seconds=LEASE_SECONDS,
        hosts=4,
    )


@contextmanager
def cluster() -> Generator[Cluster]:
    """A head that this process is a driver of; further nodes come and go."""
    nodes: Any = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    try:
        UNTYPED.init(address=nodes.address, namespace=NAMESPACE, log_to_driver=False, logging_level="error")
        yield cast("Cluster", nodes)
    finally:
        UNTYPED.shutdown()
        nodes.shutdown()


async def _prepare(url: str, login: Login) -> None:
    await migrate(url, login=login, create_database=True)
    conn = await asyncpg.connect(url)
    await conn.execute(WATCH)
    await conn.close()


def _keep_to_this_process(name: str) -> None:
    """Let Ray read a setting here, and hide it from the processes that are started: their own start must succeed."""
    config: Any = importlib.import_module("ray._raylet").Config
    config.health_check_period_ms()
    del os.environ[name]


def main() -> None:
    """Read the options, run under Ray's fault injection, and end with 1 when a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.nodes", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--seconds", type=float, default=45.0, help="how long faults happen")
    options = parser.parse_args()
    if not INJECTED.items() <= os.environ.items():
        words = ["-m", "tests.chaos.nodes", "--seed", str(options.seed), "--seconds", str(options.seconds)]
        os.execve(sys.executable, [sys.executable, *words], {**os.environ, **INJECTED})
    _keep_to_this_process("RAY_testing_rpc_failure")
    sys.exit(0 if asyncio.run(run(options.seed, options.seconds)) else 1)


if __name__ == "__main__":
    main()
