"""The warm hosts of a cluster: started ahead, so that waking an actor never waits for a process."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, cast

import ray
from ray.exceptions import RayActorError, RayTaskError
from ray.util import list_named_actors
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cluster.errors import Unavailable
from cluster.runtime.actor import Actor
from cluster.runtime.host import DRAIN_SECONDS
from cluster.runtime.ray import NAMESPACE, Cluster, create_host
from cluster.runtime.store import HostRow
from cluster.settings import Settings

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
START_SECONDS = 90.0
"""How long all hosts together may take to start."""


async def start_hosts(settings: Settings, kinds: Iterable[type[Actor]], *, namespace: str = NAMESPACE) -> list[HostRow]:
    """Start the warm hosts in the Ray cluster that this process is connected to; answers when all of them serve.

    Hosts that run already are kept as they are. With one actor in each host there is nobody to keep a host warm for:
    a single one then carries nobody and only sweeps. Raises Unavailable, or what kept a host from starting.
    """
    cluster = Cluster(settings, tuple(kinds), namespace)
    one_each = settings.actors_per_host == 1
    capacity = 0 if one_each else settings.actors_per_host
    names = await asyncio.to_thread(_names, 1 if one_each else settings.hosts)
    handles = await asyncio.gather(
        *(
            asyncio.to_thread(create_host, cluster, name, capacity=capacity, scheduling=_near(node))
            for name, node in names.items()
        )
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            return list(await asyncio.gather(*(_ready(handle) for handle in handles)))
    except TimeoutError as error:
        raise Unavailable(f"the hosts did not start in {START_SECONDS:.0f} s; Ray's logs tell why") from error


async def stop_hosts(*, namespace: str = NAMESPACE) -> None:
    """Stop all hosts of a namespace: each puts its actors away and leaves; one that does not is killed."""
    found = cast("list[dict[str, str]]", await asyncio.to_thread(list_named_actors, all_namespaces=True))
    await asyncio.gather(*(_stop(one["name"], namespace) for one in found if one["namespace"] == namespace))


async def look_at_hosts(*, namespace: str = NAMESPACE) -> list[Mapping[str, Any]]:
    """What each host is like now: its name, its process id, the actors in it."""
    found = cast("list[dict[str, str]]", await asyncio.to_thread(list_named_actors, all_namespaces=True))
    seen = await asyncio.gather(
        *(_look(one["name"], namespace) for one in found if one["namespace"] == namespace), return_exceptions=True
    )
    return [one for one in seen if not isinstance(one, BaseException)]


def _names(wanted: int) -> dict[str, str]:
    """Names for hosts, each with the node it belongs to: spread over the nodes, by default one for each processor."""
    nodes = [node for node in cast("list[dict[str, Any]]", RAY.nodes()) if node["Alive"]]
    slots = [(n, str(node["NodeID"])) for node in nodes for n in range(max(1, int(node["Resources"].get("CPU", 0))))]
    if wanted:
        width = -(-wanted // len(nodes))
        slots = sorted((n, str(node["NodeID"])) for node in nodes for n in range(width))[:wanted]
    return {f"host/{node[:12]}/{n}": node for n, node in slots}


def _near(node: str) -> NodeAffinitySchedulingStrategy:
    return NodeAffinitySchedulingStrategy(node, soft=True)


async def _ready(handle: Any) -> HostRow:
    try:
        return cast("HostRow", await handle.ready.remote())
    except RayTaskError as error:
        raise error.as_instanceof_cause() from None
    except RayActorError as error:
        raise Unavailable(f"a host died while it started: {error}") from error


async def _look(name: str, namespace: str) -> Mapping[str, Any]:
    handle = await asyncio.to_thread(RAY.get_actor, name, namespace)
    return cast("Mapping[str, Any]", await handle.look.remote())


async def _stop(name: str, namespace: str) -> None:
    try:
        handle = await asyncio.to_thread(RAY.get_actor, name, namespace)
    except ValueError:
        return
    try:
        async with asyncio.timeout(DRAIN_SECONDS + 10):
            await handle.stop.remote()
    except (RayActorError, RayTaskError, TimeoutError):
        await asyncio.to_thread(RAY.kill, handle, no_restart=True)
