"""Load comes and goes in a cluster of nodes that come and go, while somebody talks to actors all the time.

A program of its own, since a process speaks to one Ray cluster only. Settings come as JSON on its input; what happened
goes as JSON to its output.
"""

from tests.cluster.runtime import cloud  # isort: skip (it sets what Ray reads when it is imported)

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import ray

from cluster.embedded import family
from cluster.ids import UserId, new_id
from cluster.runtime.on_ray.fleet import start_hosts, stop_hosts
from cluster.services import open_clients
from cluster.settings import Settings
from tests.cluster.runtime.crew import CREW, Worker
from tests.cluster.runtime.stage import Stage, ray_stage

RAY: Any = ray
NAMESPACE = "growing"
HOLDING = [f"busy {number}" for number in range(7)]
VISITED = [f"visited {number}" for number in range(2)]
PAUSE = 0.05
PATIENCE = 90.0


class Visitor:
    """Asks the same actors again and again, and writes down what went wrong."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.asks = 0
        self.failures: list[str] = []
        self.longest = 0.0

    async def visit(self) -> None:
        """Ask until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            for name in VISITED:
                began = clock()
                try:
                    await self._stage.worker(name).ask(Worker.peek)
                except Exception as error:
                    self.failures.append(f"{type(error).__name__}: {error}")
                self.asks += 1
                self.longest = max(self.longest, clock() - began)
            await asyncio.sleep(PAUSE)


async def main(settings: Settings) -> dict[str, Any]:
    """What happened."""
    report: dict[str, Any] = {"began with": nodes()}
    async with open_clients(settings, pool_size=4) as clients:
        user = UserId(new_id())
        async with ray_stage(clients, user, NAMESPACE) as stage, visited(stage) as visitor:
            working = [asyncio.create_task(stage.worker(name).ask(Worker.hold, name)) for name in HOLDING]
            await seen("a host more", lambda: hosts_are(stage, 2))
            report["grew to"] = nodes()
            home = (await stage.hosts())[0].node
            names = [f"new {number}" for number in range(4)]
            for name in names:
                await stage.worker(name).ask(Worker.peek)
            report["landed elsewhere"] = sum([(await _node_of(stage, name)) != home for name in names])
            for name in HOLDING:
                await stage.open_gate(name)
            report["finished"] = len(await asyncio.gather(*working))
            await seen("a host less", lambda: hosts_are(stage, 1))
            await seen("a node less", _alone)
            report["shrank to"] = nodes()
        report |= {"asks": visitor.asks, "failures": visitor.failures, "longest ask": visitor.longest}
    return report


@asynccontextmanager
async def visited(stage: Stage) -> AsyncGenerator[Visitor]:
    """Somebody who visits for the length of the block."""
    visitor = Visitor(stage)
    visiting = asyncio.create_task(visitor.visit())
    try:
        yield visitor
    finally:
        visiting.cancel()
        await asyncio.gather(visiting, return_exceptions=True)


def nodes() -> int:
    """How many nodes there are."""
    return sum(node["Alive"] for node in RAY.nodes())


async def seen(what: str, condition: Any) -> None:
    """Wait until it holds; says what was waited for in vain."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        raise TimeoutError(f"waited for {what} in vain") from error


async def hosts_are(stage: Stage, count: int) -> bool:
    """Whether so many hosts serve."""
    return len(await stage.hosts()) == count


async def _alone() -> bool:
    return await asyncio.to_thread(nodes) == 1


async def _node_of(stage: Stage, name: str) -> str | None:
    host = await stage.host_of(stage.worker(name))
    return None if host is None else host.node


def run(settings: Settings) -> dict[str, Any]:
    """Start a cluster of one node, let it grow and shrink, and end it."""
    family.adopt_orphans()
    room = {"CPU": 1, "hosts": 1, "memory": 2**30}
    with tempfile.TemporaryDirectory(prefix="apex-", ignore_cleanup_errors=True) as folder:
        cluster = cloud.Cloud(Path(folder), head=room, node=room, most=2)
        try:
            cluster.start()
            RAY.init(address=cluster.address, log_to_driver=False, logging_level="error")
            asyncio.run(start_hosts(settings, CREW, namespace=NAMESPACE))
            report = asyncio.run(main(settings))
            asyncio.run(stop_hosts(namespace=NAMESPACE))
            return report
        finally:
            RAY.shutdown()
            cluster.shutdown()
            family.end_descendants()


if __name__ == "__main__":
    told = json.loads(sys.stdin.read())
    json.dump(run(Settings(**told)), sys.stdout)
