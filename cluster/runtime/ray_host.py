"""The Ray actor around a host. Ray restarts it under the same name when it dies; it then serves as a new host.

A process that gets SIGTERM, and one whose row says that it is to leave, hands its actors over to other hosts and ends
in good order; Ray starts it again, on another node when its own goes away. Only `stop` ends it for good.

Callers find this class by the name of its module and call methods with the parameters that they know, also callers that
run older code: neither changes while instances are upgraded in place, and what Ray tells them of the class names no
other module of ours.
"""

from __future__ import annotations  # or Ray writes the modules of all annotations into what it shows to callers

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from types import FrameType
from typing import Any, Protocol, Self

import ray

from cluster.errors import Unavailable
from cluster.heap import keep_what_started
from cluster.runtime.actor import Actor, ActorId
from cluster.runtime.delivery.reception import receive, receive_stream
from cluster.runtime.hosts.host import Host, Place
from cluster.runtime.hosts.keeper import Hosts
from cluster.runtime.kinds import kinds_of
from cluster.runtime.on_ray.metrics import exported_metrics
from cluster.runtime.on_ray.nodes import watch_nodes
from cluster.runtime.ref import Runtime
from cluster.runtime.store import HostRow
from cluster.services import Clients, open_services
from cluster.settings import Settings
from cluster.telemetry import traces
from cluster.telemetry.process import start_telemetry

log = logging.getLogger(__name__)
RAY: Any = ray
"""Ray, whose own types are partly unknown."""
POOL_SIZE = 4
"""Database connections of a host, beside the one for its lease."""
RETRY_SECONDS = 1.0
FLUSH_SECONDS = 0.2
"""What the last replies get to leave the process before it ends."""


class Attachable(Runtime, Hosts, Protocol):
    """A runtime that can be told which host this process is, and that can add others."""

    def attach(self, host: Host) -> None: ...


OpenRuntime = Callable[[Clients], AbstractAsyncContextManager[Attachable]]


class RayHost:
    """Carries actors in a process of its own."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Take SIGTERM over from Ray, which would end the process at once.

        Ray calls this in the main thread, the only one that may do so, and everything else in the event loop's.
        """
        host = super().__new__(cls)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, host._terminate)
        return host

    def __init__(
        self,
        settings: Settings,
        kinds: tuple[type[Actor], ...],
        place: tuple[str, int, ActorId | None],
        runtime: OpenRuntime,
    ) -> None:
        name, capacity, only = place
        start_telemetry(settings, name)
        node = str(RAY.get_runtime_context().get_node_id())
        loop = self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._kinds = kinds
        self._place = Place(name=name, node=node, capacity=capacity, only=only)
        self._runtime = runtime
        self._host: asyncio.Future[Host] = loop.create_future()
        self._calls = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._left = asyncio.Event()
        self._told_to_leave = False
        self._for_good = only is not None
        self._main = loop.create_task(self._live())

    async def ready(self) -> HostRow:
        """Who this host is, once it serves. Raises what kept it from starting."""
        host = await asyncio.shield(self._host)
        if host.row is None:
            raise Unavailable(f"{self._place.name} does not serve")
        return host.row

    async def ask(self, data: bytes) -> bytes:
        """Give an actor a message; answers the reply at the end of its turn."""
        async with self._call() as host:
            return await receive(host, "ask", data)

    async def tell(self, data: bytes) -> bytes:
        """Give an actor a message; answers when its mailbox has it."""
        async with self._call() as host:
            return await receive(host, "tell", data)

    async def stream(self, data: bytes) -> AsyncGenerator[bytes]:
        """Give an actor a message that has many replies."""
        async with self._call() as host:
            async with aclosing(receive_stream(host, data)) as replies:
                async for reply in replies:
                    yield reply

    async def look(self) -> dict[str, Any]:
        """What this host is like now: its name, its process, who is in it."""
        host = await asyncio.shield(self._host)
        return {"name": self._place.name, "pid": os.getpid(), "actors": [str(actor) for actor in host.actors()]}

    async def stop(self, *, hand_over: bool = True) -> None:
        """Put all actors away and leave for good; answers when that is done. The process then ends by itself."""
        self._for_good = True
        await (await asyncio.shield(self._host)).stop(hand_over=hand_over)
        await self._left.wait()

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        if not hasattr(self, "_loop"):
            sys.exit(1)
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._told_to_leave = True
        if self._host.done() and not self._host.exception():
            self._host.result().leave()

    @asynccontextmanager
    async def _call(self) -> AsyncGenerator[Host]:
        self._calls += 1
        try:
            self._quiet.clear()
            yield await asyncio.shield(self._host)
        finally:
            self._calls -= 1
            if not self._calls:
                self._quiet.set()

    async def _live(self) -> None:
        while True:
            try:
                await self._serve()
            except Unavailable as error:
                log.warning("%s waits: %s", self._place.name, error)
                if self._told_to_leave:
                    break
                await asyncio.sleep(RETRY_SECONDS)
            except Exception as error:
                log.exception("%s failed", self._place.name)
                if self._host.done():
                    os._exit(1)
                self._host.set_exception(error)
                return
            else:
                break
        await self._quiet.wait()
        self._left.set()
        await asyncio.to_thread(traces.turn_off)
        await asyncio.sleep(FLUSH_SECONDS)
        RAY.kill(RAY.get_runtime_context().current_actor, no_restart=self._for_good)

    async def _serve(self) -> None:
        opened: list[Attachable] = []

        @asynccontextmanager
        async def runtime(clients: Clients) -> AsyncGenerator[Runtime]:
            async with self._runtime(clients) as attachable:
                opened.append(attachable)
                yield attachable

        async with (
            exported_metrics(),
            open_services(self._settings, pool_size=POOL_SIZE, runtime=runtime) as services,
        ):
            host = Host(self._place, kinds_of(self._kinds), services, fleet=opened[0])
            opened[0].attach(host)
            if self._place.only is None:
                await services.models.warm()
            await host.start()
            keep_what_started()
            if not self._host.done():
                self._host.set_result(host)
            if self._told_to_leave:
                host.leave()
            watch = self._loop.create_task(watch_nodes(host, services.db))
            await host.ended.wait()
            watch.cancel()
            await asyncio.wait({watch})
            if host.failure is not None:
                raise host.failure
