"""The warm hosts of a cluster: started ahead, so that waking an actor never waits for a process.

New code comes in beside the old: `replace_hosts` starts new hosts, and then lets the old ones hand over to them.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any, cast

import ray
from ray.exceptions import RayActorError, RayTaskError
from ray.util import list_named_actors
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cluster.errors import Unavailable
from cluster.runtime.actor import Actor
from cluster.runtime.hosts.host import CUT_SECONDS, DRAIN_SECONDS
from cluster.runtime.on_ray.runtime import HOSTS, NAMESPACE, Cluster, create_host
from cluster.runtime.store import HostRow
from cluster.settings import Settings

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
SHARED_HOST = "host/"
"""What the names of hosts begin with that many actors share."""
START_SECONDS = 90.0
"""How long all hosts together may take to start."""


async def start_hosts(settings: Settings, kinds: Iterable[type[Actor]], *, namespace: str = NAMESPACE) -> list[HostRow]:
    """Start the warm hosts in the Ray cluster that this process is connected to; answers when all of them serve.

    Hosts that run already are kept as they are. With one actor in each host there is nobody to keep a host warm for:
    a single one then carries nobody and only sweeps. Raises Unavailable, or what kept a host from starting.
    """
    here = {name for name in await _hosts_of(namespace) if name.startswith(SHARED_HOST)}
    nodes = await asyncio.to_thread(_nodes, 1 if settings.actors_per_host == 1 else settings.hosts)
    names = dict[str, str]()
    for node, wanted in Counter(nodes).items():
        kept = sorted(name for name in here if name.startswith(_on(node)))[:wanted]
        names |= dict.fromkeys(kept, node) | _new_names([node] * (wanted - len(kept)), here)
    return await _start(Cluster(settings, tuple(kinds), namespace), names)


async def replace_hosts(
    settings: Settings, kinds: Iterable[type[Actor]], *, namespace: str = NAMESPACE
) -> list[HostRow]:
    """Upgrade in place: start hosts with this code and these settings, then stop those of before, one after another.

    Each hands its actors over, turns at their next step; nobody is interrupted. Raises as `start_hosts` does; the old
    ones then stay.
    """
    before = await _hosts_of(namespace)
    nodes = await asyncio.to_thread(_nodes, 1 if settings.actors_per_host == 1 else settings.hosts)
    started = await _start(Cluster(settings, tuple(kinds), namespace), _new_names(nodes, before))
    for name in sorted(name for name in before if name.startswith(SHARED_HOST)):
        await _stop(name, namespace, hand_over=True)
    await asyncio.gather(
        *(_stop(name, namespace, hand_over=True) for name in before if not name.startswith(SHARED_HOST))
    )
    return started


async def any_hosts(*, namespace: str = NAMESPACE) -> bool:
    """Whether hosts run in the cluster already."""
    return any(name.startswith(SHARED_HOST) for name in await _hosts_of(namespace))


async def stop_hosts(*, namespace: str = NAMESPACE) -> None:
    """Stop all hosts of a namespace: each puts its actors away and leaves; one that does not is killed."""
    names = await _hosts_of(namespace)
    await asyncio.gather(*(_stop(name, namespace, hand_over=False) for name in names))


async def look_at_hosts(*, namespace: str = NAMESPACE) -> list[Mapping[str, Any]]:
    """What each host is like now: its name, its process id, the actors in it."""
    names = await _hosts_of(namespace)
    seen = await asyncio.gather(*(_look(name, namespace) for name in names), return_exceptions=True)
    return [one for one in seen if not isinstance(one, BaseException)]


async def _hosts_of(namespace: str) -> list[str]:
    """The names of all hosts."""
    found = cast("list[dict[str, str]]", await asyncio.to_thread(list_named_actors, all_namespaces=True))
    return [one["name"] for one in found if one["namespace"] == namespace]


async def _start(cluster: Cluster, names: Mapping[str, str]) -> list[HostRow]:
    capacity = 0 if cluster.settings.actors_per_host == 1 else cluster.settings.actors_per_host
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


def _nodes(wanted: int) -> list[str]:
    """A node for each host: spread over the nodes that take hosts, by default one host for each processor."""
    alive = [node for node in cast("list[dict[str, Any]]", RAY.nodes()) if node["Alive"]]
    nodes = [node for node in alive if HOSTS in node["Resources"]] or alive
    slots = [(n, str(node["NodeID"])) for node in nodes for n in range(_width(node["Resources"]))]
    if wanted:
        width = -(-wanted // len(nodes))
        slots = sorted((n, str(node["NodeID"])) for node in nodes for n in range(width))[:wanted]
    return [node for _, node in slots]


def _width(resources: Mapping[str, float]) -> int:
    processors = resources.get("CPU", 0.0)
    return max(1, int(min(processors, resources.get(HOSTS, processors))))


def _new_names(nodes: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """A name for each new host, with its node. Names of hosts that leave are still theirs, so the numbers go on."""
    names = dict[str, str]()
    for node in nodes:
        free = (f"{_on(node)}{number}" for number in count())
        names[next(name for name in free if name not in taken and name not in names)] = node
    return names


def _on(node: str) -> str:
    return f"{SHARED_HOST}{node[:12]}/"


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


async def _stop(name: str, namespace: str, *, hand_over: bool) -> None:
    try:
        handle = await asyncio.to_thread(RAY.get_actor, name, namespace)
    except ValueError:
        return
    try:
        async with asyncio.timeout(DRAIN_SECONDS + CUT_SECONDS + 10):
            await handle.stop.remote(hand_over=hand_over)
    except (RayActorError, RayTaskError, TimeoutError):
        await asyncio.to_thread(RAY.kill, handle, no_restart=True)
