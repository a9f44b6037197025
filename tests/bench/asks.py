"""What a question to an actor costs, beside a bare call of a Ray actor: within a node, between nodes, among many."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cluster.runtime import store
from cluster.runtime.ref import Ref
from tests.bench.cluster import Nodes
from tests.bench.echo import BareEcho, Echo
from tests.bench.figures import median, row, say, spread
from tests.bench.memory import cpu_seconds

RAY: Any = ray
ASKS = 600
FLOOD = 4000
AT_ONCE = 64
DATA = b"x" * 100
CROWDS = (10, 100, 1_000, 10_000)
Ask = Callable[[], Awaitable[object]]


async def measure(nodes: Nodes) -> None:
    """Print all of it. Leaves 10,000 awake echoes."""
    say("Questions to actors")
    there = await nodes.add_node()
    for where, node in (("within a node", nodes.here), ("between nodes", there)):
        await _compare(nodes, where, node)
    await _growth(nodes)
    say()


async def _compare(nodes: Nodes, where: str, node: str) -> None:
    strategy = NodeAffinitySchedulingStrategy(node, soft=False)
    bare = RAY.remote(BareEcho).options(num_cpus=0, max_concurrency=1000, scheduling_strategy=strategy).remote()
    bare_pid = await bare.__ray_call__.remote(_pid)
    ref, host = await _echo_on(nodes, node)

    async def call() -> object:
        return await bare.echo.remote(DATA)

    async def ask() -> object:
        return await ref.ask(Echo.echo, DATA)

    theirs, ours = await in_turns(call, ask)
    row(f"a bare Ray call, {where}", spread(theirs))
    row(f"an ask, {where}", f"{spread(ours)}   {median(ours) / median(theirs):5.2f} x")
    me = psutil.Process()
    bare_rate = await rate(call, [me, psutil.Process(bare_pid)])
    ask_rate = await rate(ask, [me, psutil.Process(host)])
    row(f"bare calls {where}, {AT_ONCE} at once", f"{bare_rate:9.0f} per CPU second")
    row(f"asks {where}, {AT_ONCE} at once", f"{ask_rate:9.0f} per CPU second   {ask_rate / bare_rate:5.2f} x")
    RAY.kill(bare)


async def _growth(nodes: Nodes) -> None:
    awake = 0
    for crowd in CROWDS:
        refs = [nodes.runtime.ref(Echo, f"crowd {n}") for n in range(crowd)]
        await in_crowd([lambda ref=ref: ref.ask(Echo.echo, DATA) for ref in refs[awake:]])
        awake = crowd
        taken = [await timed(lambda ref=ref: ref.ask(Echo.echo, DATA)) for ref in refs[:: max(1, crowd // ASKS)]]
        row(f"an ask among {crowd:,} awake actors", spread(taken))


async def _echo_on(nodes: Nodes, node: str) -> tuple[Ref[Echo], int]:
    """An echo on that node, and the process id of its host."""
    for number in range(100):
        ref = nodes.runtime.ref(Echo, f"{node} {number}")
        await ref.ask(Echo.echo, DATA)
        async with nodes.clients.db.as_nobody() as conn:
            host = await store.holder(conn, ref.id)
        if host is not None and host.node == node:
            return ref, host.pid
    raise RuntimeError(f"no actor was put on the node {node}")


async def in_turns(one: Ask, other: Ask) -> tuple[list[float], list[float]]:
    """Seconds of each, measured in turns, so that both meet the same machine."""
    pairs = [(await timed(one), await timed(other)) for _ in range(ASKS)]
    kept = pairs[ASKS // 10 :]
    return [a for a, _ in kept], [b for _, b in kept]


async def rate(ask: Ask, processes: list[psutil.Process]) -> float:
    """How many, some at once, for each second of processor time of these processes."""
    before = cpu_seconds(processes)
    await in_crowd([ask] * FLOOD)
    return FLOOD / (cpu_seconds(processes) - before)


async def in_crowd(asks: list[Ask]) -> list[float]:
    """Seconds of each, so many at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(ask: Ask) -> float:
        async with gate:
            return await timed(ask)

    return await asyncio.gather(*(one(ask) for ask in asks))


async def timed(ask: Ask) -> float:
    """Seconds."""
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began


def _pid(_: object) -> int:
    return os.getpid()
