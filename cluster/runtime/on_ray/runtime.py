"""The runtime on a Ray cluster: each host is an async Ray actor, and a message is one call of it.

Delivered at most once: a call that failed is made again only when the host provably never took the message. The proof
is the host's row: it is deleted only by a host that has stopped cleanly, having answered everything that it took.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, cast

import ray
from ray.exceptions import PendingCallsLimitExceeded, RayActorError, RayError, RayTaskError
from ray.util import list_named_actors

from cluster.errors import Busy
from cluster.runtime import store
from cluster.runtime.actor import Actor, ActorId
from cluster.runtime.delivery.delivery import REMEMBERED, Delivery, Way
from cluster.runtime.delivery.reception import receive, receive_stream
from cluster.runtime.errors import Lost, Unreached
from cluster.runtime.hosts.host import CUT_SECONDS, DRAIN_SECONDS, Host
from cluster.runtime.hosts.scaling import EXTRA
from cluster.runtime.kinds import Kinds, kinds_of
from cluster.runtime.ray_host import RayHost
from cluster.runtime.store import HostRow
from cluster.services import Clients
from cluster.settings import Settings

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
NAMESPACE = "apex"
"""The Ray namespace that holds hosts and nothing else."""
CONCURRENCY = 10_000
"""Messages that a host handles at once, those included that wait for their turn; and that one caller may have there."""
READY_SECONDS = 30.0
"""How long the host of one actor may take to start."""
SHARED = {"num_cpus": 0.1, "memory": 256 * 2**20}
"""What a host that many actors share asks of its node. Never the default of nothing: hosts must show as demand."""
ALONE = {"num_cpus": 0.01, "memory": 96 * 2**20}
"""What the host of one actor asks of its node."""
HOSTS = "hosts"
"""A custom resource: how many hosts a node takes. Asked for where any node offers it."""
LITTLE = 0.001
"""What the host of one actor takes of that."""
LEAVE_SECONDS = DRAIN_SECONDS + CUT_SECONDS + 10.0
"""How long a host that was told to leave may take."""


class RayRuntime(Delivery):
    """Reaches hosts in a Ray cluster that this process is already connected to."""

    def __init__(self, clients: Clients, kinds: Kinds, namespace: str) -> None:
        super().__init__(clients, kinds, self)
        self._namespace = namespace
        self._clients = clients
        self._handles: dict[str, Any] = {}
        self._local: Host | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, clients: Clients, kinds: Iterable[type[Actor]], *, namespace: str = NAMESPACE
    ) -> AsyncGenerator[Self]:
        """A runtime that knows actors of these classes. It owns nothing in the cluster: hosts outlive it."""
        yield cls(clients, kinds_of(kinds), namespace)

    def attach(self, host: Host) -> None:
        """Say which host this process is: its actors are then reached without Ray."""
        self._local = host

    def here(self, actor: ActorId) -> HostRow | None:
        """The host in this process, when it has the actor."""
        return self._local.row if self._local is not None and self._local.carries(actor) else None

    async def send(self, host: HostRow, way: Way, data: bytes) -> bytes:
        """Give a message to a host: one Ray call, or none when the host is this process."""
        if self._local is not None and host.name == self._local.place.name:
            return await receive(self._local, way, data)
        handle = await self._handle(host.name)
        try:
            return cast("bytes", await getattr(handle, way).remote(data))
        except RayError as error:
            raise await self._verdict(host, error) from error

    async def flow(self, host: HostRow, data: bytes) -> AsyncGenerator[bytes]:
        """Give a host a message that has many replies, by a Ray streaming generator."""
        if self._local is not None and host.name == self._local.place.name:
            async for reply in receive_stream(self._local, data):
                yield reply
            return
        handle = await self._handle(host.name)
        try:
            replies = handle.stream.options(num_returns="streaming").remote(data)
        except RayError as error:
            raise await self._verdict(host, error) from error
        ended = False
        try:
            async for reply in replies:
                yield cast("bytes", await reply)
            ended = True
        except RayError as error:
            ended = True
            raise await self._verdict(host, error) from error
        finally:
            if not ended:
                RAY.cancel(replies, recursive=False)

    async def open_host(self, actor: ActorId) -> HostRow:
        """Make, or find, the Ray actor that is named after this actor and carries it alone."""
        try:
            handle = await asyncio.to_thread(create_host, self._cluster(), str(actor), capacity=1, only=actor)
            async with asyncio.timeout(READY_SECONDS):
                row = cast("HostRow", await handle.ready.remote())
        except (RayActorError, ValueError, TimeoutError) as error:
            raise Unreached(f"the host of {actor} is not up: {error}") from error
        except RayTaskError as error:
            raise error.as_instanceof_cause() from None
        self._keep(str(actor), handle)
        return row

    async def added(self) -> list[str]:
        """The names of hosts that were added as the load grew, also of those that wait for a node."""
        found = cast("list[dict[str, str]]", await asyncio.to_thread(list_named_actors, all_namespaces=True))
        return [o["name"] for o in found if o["namespace"] == self._namespace and o["name"].startswith(EXTRA)]

    async def add(self, name: str) -> None:
        """Ask for one more host. While no node has room for it, it is a demand that Ray's autoscaler sees."""
        capacity = self._clients.settings.actors_per_host
        await asyncio.to_thread(create_host, self._cluster(), name, capacity=capacity)

    async def dismiss(self, name: str) -> None:
        """Let a host hand over and leave. One that does not is killed."""
        handle = await self._handle(name)
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await handle.stop.remote()
        except (RayActorError, RayTaskError, TimeoutError):
            await asyncio.to_thread(RAY.kill, handle, no_restart=True)
        finally:
            self._handles.pop(name, None)

    async def call_off(self, name: str) -> None:
        """Ask no more for a host that has not come."""
        handle = await self._handle(name)
        self._handles.pop(name, None)
        await asyncio.to_thread(RAY.kill, handle, no_restart=True)

    def _cluster(self) -> "Cluster":
        return Cluster(self._clients.settings, tuple(kind.actor for kind in self._kinds.values()), self._namespace)

    async def _handle(self, name: str) -> Any:
        handle = self._handles.get(name)
        if handle is None:
            try:
                handle = await asyncio.to_thread(RAY.get_actor, name, self._namespace)
            except ValueError as error:
                raise Unreached(f"there is no Ray actor {name}") from error
            self._keep(name, handle)
        return handle

    def _keep(self, name: str, handle: Any) -> None:
        if len(self._handles) >= REMEMBERED:
            self._handles.pop(next(iter(self._handles)))
        self._handles[name] = handle

    async def _verdict(self, host: HostRow, error: RayError) -> Exception:
        """What a failed call means: whether the host may have done what it was asked for."""
        if isinstance(error, RayTaskError):
            return error
        if isinstance(error, PendingCallsLimitExceeded):
            return Busy(f"too many messages to {host.name} are under way")
        self._handles.pop(host.name, None)
        why = f"{host.name} died" if isinstance(error, RayActorError) else f"{host.name}: {type(error).__name__}"
        try:
            async with self._clients.db.as_nobody() as conn:
                left_cleanly = not await store.is_registered(conn, host.id)
        except store.TROUBLE:
            left_cleanly = False
        return Unreached(why) if left_cleanly else Lost(why)


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a host is made with, wherever it is made."""

    settings: Settings
    kinds: tuple[type[Actor], ...]
    namespace: str


def create_host(
    cluster: Cluster, name: str, *, capacity: int, only: ActorId | None = None, scheduling: Any = None
) -> Any:
    """Make, or find, the Ray actor of a host; answers its handle, which may still be starting. Blocks."""
    asks: dict[str, Any] = SHARED if only is None else ALONE
    if HOSTS in RAY.cluster_resources():
        asks = {**asks, "resources": {HOSTS: 1.0 if only is None else LITTLE}}
    ray_class = RAY.remote(RayHost)
    runtime = partial(RayRuntime.open, kinds=cluster.kinds, namespace=cluster.namespace)
    return ray_class.options(
        name=name,
        namespace=cluster.namespace,
        lifetime="detached",
        get_if_exists=True,
        max_restarts=-1,
        max_task_retries=0,
        max_concurrency=CONCURRENCY,
        max_pending_calls=CONCURRENCY,
        scheduling_strategy=scheduling,
        **asks,
    ).remote(cluster.settings, cluster.kinds, (name, capacity, only), runtime)
