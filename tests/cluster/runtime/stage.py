"""A runtime with hosts, on the event loop or on Ray, and the means to look into it and to break it."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast
from uuid import uuid4

from cluster.ids import UserId
from cluster.runtime import store
from cluster.runtime.delivery.delivery import Carrier, Delivery
from cluster.runtime.envelope import Message, Reply, decode_reply, encode_message
from cluster.runtime.kinds import kinds_of
from cluster.runtime.loop import LoopRuntime
from cluster.runtime.on_ray.fleet import start_hosts, stop_hosts
from cluster.runtime.on_ray.runtime import RayRuntime
from cluster.runtime.ref import Ref, Runtime
from cluster.runtime.store import HostRow
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests.cluster.runtime.crew import CREW, Loner, Worker, diary_of, gate_of

Flavour = Literal["loop", "ray"]
PATIENCE = 30.0


@dataclass
class Stage:
    """One runtime under test."""

    flavour: Flavour
    runtime: Runtime
    clients: Clients
    user: UserId
    kill: Callable[[HostRow], Awaitable[None]]
    add_host: Callable[[], Awaitable[None]]
    """Does what the platform does after a host was killed: Ray starts it again by itself."""
    newcomer: Runtime
    """A caller who has not seen any actor yet."""

    def worker(self, name: str = "one") -> Ref[Worker]:
        """A worker of that name."""
        return self.runtime.ref(Worker, f"{self.user}:{name}")

    def loner(self, name: str = "one") -> Ref[Loner]:
        """A worker that has a host of its own."""
        return self.runtime.ref(Loner, f"{self.user}:{name}")

    async def give(self, host: HostRow, message: Message) -> Reply:
        """Give a message to one certain host."""
        carrier = cast("Carrier", self.runtime)
        return decode_reply(await carrier.send(host, "ask", encode_message(message)))

    async def diary(self) -> list[str]:
        """What the actors have noted."""
        return [entry.decode() for entry in await cast("Any", self.clients.redis).lrange(diary_of(self.user), 0, -1)]

    async def noted(self, *entries: str) -> None:
        """Wait until all of these have been noted."""

        async def all_there() -> bool:
            return set(entries) <= set(await self.diary())

        await until(all_there)

    async def open_gate(self, name: str) -> None:
        """Let one who waits there go on."""
        await cast("Any", self.clients.redis).rpush(gate_of(self.user, name), "1")

    async def committed(self) -> list[str]:
        """The durable steps, in order."""
        async with self.clients.db.as_user(self.user) as conn:
            return [row["key"] for row in await conn.fetch("select key from memory order by id")]

    async def host_of(self, ref: Ref[Any]) -> HostRow | None:
        """Where the placement says that an actor is."""
        async with self.clients.db.as_nobody() as conn:
            return await store.holder(conn, ref.id)

    async def hosts(self) -> list[HostRow]:
        """The live hosts that share."""
        async with self.clients.db.as_nobody() as conn:
            return await store.live_hosts(conn)

    async def everywhere(self) -> list[HostRow]:
        """All live hosts, also those of one actor."""
        async with self.clients.db.as_nobody() as conn:
            rows = await conn.fetch(
                "select id, name, node, pid, kinds, capacity, actors from hosts where lease_until > now()"
            )
        return [HostRow(**dict(row)) for row in rows]

    async def expire(self, host: HostRow) -> None:
        """Let a host's lease run out, without telling the host."""
        async with self.clients.db.as_nobody() as conn:
            await conn.execute("update hosts set lease_until = now() - interval '1 second' where id = $1", host.id)


class OpenStage(Protocol):
    """Opens a runtime with the hosts and settings that a test wants."""

    def __call__(self, *, hosts: int = 1, **changed: Any) -> AbstractAsyncContextManager[Stage]: ...


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def open_stage(flavour: Flavour, settings: Settings, user: UserId, hosts: int) -> AsyncGenerator[Stage]:
    """Open a runtime of that flavour with so many hosts, and stop them at the end."""
    opener = loop_stage if flavour == "loop" else _ray
    async with open_clients(settings, pool_size=5) as clients, opener(clients, user, hosts) as stage:
        yield stage


@asynccontextmanager
async def loop_stage(clients: Clients, user: UserId, hosts: int) -> AsyncGenerator[Stage]:
    async with LoopRuntime.open(clients, CREW, hosts=hosts) as runtime:

        async def kill(host: HostRow) -> None:
            await runtime.hosts[host.name].abandon()

        async def add_host() -> None:
            await runtime.add_host("host/another")

        yield Stage("loop", runtime, clients, user, kill, add_host, Delivery(clients, kinds_of(CREW), runtime))


@asynccontextmanager
async def _ray(clients: Clients, user: UserId, hosts: int) -> AsyncGenerator[Stage]:
    namespace = f"test-{uuid4().hex}"
    await start_hosts(clients.settings.model_copy(update={"hosts": hosts}), CREW, namespace=namespace)

    try:
        async with ray_stage(clients, user, namespace) as stage:
            yield stage
    finally:
        await stop_hosts(namespace=namespace)


@asynccontextmanager
async def ray_stage(clients: Clients, user: UserId, namespace: str) -> AsyncGenerator[Stage]:
    """A runtime over hosts that are up."""

    async def kill(host: HostRow) -> None:
        os.kill(host.pid, signal.SIGKILL)

    async def add_host() -> None:
        return

    async with RayRuntime.open(clients, CREW, namespace=namespace) as runtime:
        yield Stage("ray", runtime, clients, user, kill, add_host, Delivery(clients, kinds_of(CREW), runtime))
