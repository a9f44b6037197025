"""Two Ray nodes on one machine with a real database and event log, and no door: for what the runtime itself costs."""

import asyncio
import os
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
import psutil
import ray
from pydantic import SecretStr
from ray.cluster_utils import Cluster

from actors.agents.agent import Agent
from actors.session.session import Session
from cluster.embedded.postgres import PostgresServer
from cluster.embedded.valkey import ValkeyServer
from cluster.ids import UserId, new_id
from cluster.migrations.apply import migrate
from cluster.migrations.roles import Login
from cluster.runtime.on_ray.fleet import look_at_hosts, start_hosts, stop_hosts
from cluster.runtime.on_ray.runtime import RayRuntime
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests.bench.echo import Echo

RAY: Any = ray
KINDS = (Echo, Session, Agent)
NAMESPACE = "bench"
DATABASE = "bench"
NODE = {"num_cpus": 2, "object_store_memory": 80 * 2**20}
ENVIRONMENT = {"RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@dataclass(frozen=True)
class Nodes:
    """The cluster, and this process as a caller in its first node."""

    cluster: Any
    settings: Settings
    clients: Clients
    runtime: RayRuntime
    user: UserId
    owner_url: str

    async def analyze(self) -> None:
        """Have the database look at its tables, as it does by itself within a minute."""
        owner = await asyncpg.connect(self.owner_url)
        try:
            await owner.execute("vacuum analyze")
        finally:
            await owner.close()

    @property
    def here(self) -> str:
        """The node of this process."""
        return str(RAY.get_runtime_context().get_node_id())

    async def hosts(self) -> list[psutil.Process]:
        """The processes of the hosts."""
        return [psutil.Process(host["pid"]) for host in await look_at_hosts(namespace=NAMESPACE)]

    async def add_node(self) -> str:
        """One more node with a host of its own, and its id. It is there when this answers; its host serves."""
        before = {str(node["NodeID"]) for node in RAY.nodes()}
        self.cluster.add_node(**NODE)
        settings = self.settings.model_copy(update={"hosts": len(before) + 1})
        await start_hosts(settings, KINDS, namespace=NAMESPACE)
        return next(str(node["NodeID"]) for node in RAY.nodes() if str(node["NodeID"]) not in before)


@asynccontextmanager
async def one_node(folder: Path, **changed: Any) -> AsyncGenerator[Nodes]:
    """One node with one host; `changed` are settings."""
    postgres, valkey = PostgresServer(folder / "pg", password="bench"), ValkeyServer(folder / "vk", password="bench")
    os.environ.update(ENVIRONMENT)
    cluster: Any = None
    try:
        await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(valkey.start))
        settings = await _settings(folder, postgres, valkey, **changed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cluster = cast("Any", Cluster)(initialize_head=True, head_node_args=NODE)
            RAY.init(address=cluster.address, log_to_driver=False, logging_level="error")
        await start_hosts(settings, KINDS, namespace=NAMESPACE)
        async with (
            open_clients(settings, pool_size=8) as clients,
            RayRuntime.open(clients, KINDS, namespace=NAMESPACE) as runtime,
        ):
            yield Nodes(cluster, settings, clients, runtime, await _user(clients), postgres.url(DATABASE))
        await stop_hosts(namespace=NAMESPACE)
    finally:
        if cluster is not None:
            RAY.shutdown()
            cluster.shutdown()
        valkey.stop()
        postgres.stop()


async def _settings(folder: Path, postgres: PostgresServer, valkey: ValkeyServer, **changed: Any) -> Settings:
    login = Login.derive("bench", "a secret of the bench")
    url = postgres.url(DATABASE)
    await migrate(url, login=login, create_database=True)
    several: dict[str, Any] = {"hosts": 1, "actors_per_host": 20_000, "idle_seconds": 3600.0, **changed}
    return Settings(
        home=folder,
        database_url=SecretStr(login.url(url)),
        redis_url=SecretStr(valkey.url(0)),
        objects_url=f"file://{folder}/objects",
        local_model="off",
        scripted_model=True,
        **several,
    )


async def _user(clients: Clients) -> UserId:
    user = UserId(new_id())
    async with clients.db.as_user(user) as conn:
        await conn.execute(
            "insert into users (id, email, password_hash) values ($1, $2, 'no password')", user, f"{user}@example.org"
        )
    return user
