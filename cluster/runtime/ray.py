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
from ray.exceptions import RayActorError, RayError, RayTaskError

from cluster.runtime import store
from cluster.runtime.actor import Actor, ActorId
from cluster.runtime.delivery import REMEMBERED, Delivery, Way
from cluster.runtime.envelope import decode_message, encode_reply
from cluster.runtime.errors import Lost, Unreached
from cluster.runtime.host import Host
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
"""Messages that a host handles at once, those included that wait for their turn."""
READY_SECONDS = 30.0
"""How long the host of one actor may take to start."""
SHARED = {"num_cpus": 0.1, "memory": 256 * 2**20}
"""What a host that many actors share asks of its node. Never the default of nothing: hosts must show as demand."""
ALONE = {"num_cpus": 0.01, "memory": 96 * 2**20}
"""What the host of one actor asks of its node."""
HOSTS = "hosts"
"""A custom resource that nodes can offer to say that they take hosts; asked for where any node offers it."""


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
            message = decode_message(data)
            return encode_reply(await (self._local.ask(message) if way == "ask" else self._local.tell(message)))
        handle = await self._handle(host.name)
        try:
            return cast("bytes", await getattr(handle, way).remote(data))
        except RayError as error:
            raise await self._verdict(host, error) from error

    async def flow(self, host: HostRow, data: bytes) -> AsyncGenerator[bytes]:
        """Give a host a message that has many replies, by a Ray streaming generator."""
        if self._local is not None and host.name == self._local.place.name:
            async for reply in self._local.stream(decode_message(data)):
                yield encode_reply(reply)
            return
        handle = await self._handle(host.name)
        replies = handle.stream.options(num_returns="streaming").remote(data)
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
        kinds = tuple(kind.actor for kind in self._kinds.values())
        cluster = Cluster(self._clients.settings, kinds, self._namespace)
        try:
            handle = await asyncio.to_thread(create_host, cluster, str(actor), capacity=1, only=actor)
            async with asyncio.timeout(READY_SECONDS):
                row = cast("HostRow", await handle.ready.remote())
        except (RayActorError, ValueError, TimeoutError) as error:
            raise Unreached(f"the host of {actor} is not up: {error}") from error
        except RayTaskError as error:
            raise error.as_instanceof_cause() from None
        self._keep(str(actor), handle)
        return row

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
        asks = {**asks, "resources": {HOSTS: 0.001}}
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
        scheduling_strategy=scheduling,
        **asks,
    ).remote(cluster.settings, cluster.kinds, (name, capacity, only), runtime)
