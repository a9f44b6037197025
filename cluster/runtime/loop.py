"""The runtime of one process: hosts on the event loop. Bytes travel as on Ray, so the difference cannot hide."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from cluster.runtime.actor import Actor, ActorId
from cluster.runtime.delivery.delivery import Delivery, Way
from cluster.runtime.delivery.reception import receive, receive_stream
from cluster.runtime.errors import Lost, Unreached
from cluster.runtime.hosts.host import Host, Place
from cluster.runtime.hosts.scaling import EXTRA
from cluster.runtime.kinds import Kinds, kinds_of
from cluster.runtime.store import HostRow
from cluster.services import Clients, Services

if TYPE_CHECKING:
    from cluster.models.catalogue import Models


class LoopRuntime(Delivery):
    """Hosts in this process. `hosts` are those that are up, by name."""

    def __init__(self, clients: Clients, kinds: Kinds) -> None:
        super().__init__(clients, kinds, self)
        self.hosts: dict[str, Host] = {}
        self._opened: list[Services] = []
        self._clients = clients
        self._node = f"loop-{uuid4().hex[:8]}"

    @classmethod
    @asynccontextmanager
    async def open(cls, clients: Clients, kinds: Iterable[type[Actor]], *, hosts: int = 1) -> AsyncGenerator[Self]:
        """A runtime with so many hosts that carry actors of these classes."""
        runtime = cls(clients, kinds_of(kinds))
        try:
            for number in range(hosts):
                await runtime.add_host(f"host/{runtime._node}/{number}")
            yield runtime
        finally:
            for host in list(runtime.hosts.values()):
                await host.stop(hand_over=False)
            for services in runtime._opened:
                await services.models.close()

    async def add_host(self, name: str, *, only: ActorId | None = None) -> Host:
        """Start another host, answering when it serves."""
        settings = self._clients.settings
        capacity = 1 if only else 0 if settings.actors_per_host == 1 else settings.actors_per_host
        place = Place(name=name, node=self._node, capacity=capacity, only=only)
        services = Services(**vars(self._clients), runtime=self, models=self.models())
        self._opened.append(services)
        host = Host(place, self._kinds, services, fleet=self)
        self.hosts[name] = host
        await host.start()
        return host

    def models(self) -> "Models":
        """The models within reach of another host."""
        from cluster.models.catalogue import Models

        return Models(self._clients.settings, self)

    def here(self, actor: ActorId) -> HostRow | None:
        """Every host is here, and none is nearer than another."""
        return None

    async def send(self, host: HostRow, way: Way, data: bytes) -> bytes:
        """Give a message to a host."""
        up = self._up(host)
        reply = await receive(up, way, data)
        if up.failure is not None:
            raise Lost(f"{host.name} failed")
        return reply

    async def flow(self, host: HostRow, data: bytes) -> AsyncGenerator[bytes]:
        """Give a host a message that has many replies."""
        async with aclosing(receive_stream(self._up(host), data)) as replies:
            async for reply in replies:
                yield reply

    async def open_host(self, actor: ActorId) -> HostRow:
        """Make, or find, the host that is this actor's own."""
        known = self.hosts.get(str(actor))
        row = None if known is None else known.row
        if known is not None and row is None and not known.ended.is_set():
            raise Unreached(f"{actor} is about to leave its host, or to get it")
        if row is None:
            row = (await self.add_host(str(actor), only=actor)).row
        if row is None:
            raise Unreached(f"the host of {actor} is not up")
        return row

    async def added(self) -> list[str]:
        """The names of hosts that were added as the load grew."""
        return [name for name, host in self.hosts.items() if name.startswith(EXTRA) and not host.ended.is_set()]

    async def add(self, name: str) -> None:
        """One more host."""
        await self.add_host(name)

    async def dismiss(self, name: str) -> None:
        """Let a host hand over and leave."""
        await self.hosts[name].stop()

    async def call_off(self, name: str) -> None:
        """A host of this process is up as soon as it is asked for: let it leave."""
        await self.dismiss(name)

    def _up(self, host: HostRow) -> Host:
        up = self.hosts.get(host.name)
        if up is None or up.ended.is_set():
            raise Unreached(f"{host.name} is gone")
        return up
