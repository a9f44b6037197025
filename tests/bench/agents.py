"""What agents cost by the thousand, and what a step of one costs beside a bare loop over the same model."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import psutil

from actors.agents import spawning
from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent
from cluster.ids import new_id
from cluster.models.catalogue import Models
from cluster.models.chat_model import Block, ModelMessage, ModelRequest, StepDone
from cluster.services import Services
from tests.bench.cluster import Nodes
from tests.bench.figures import row, say
from tests.bench.memory import total_pss

AGENTS = 1_000
AT_ONCE = 200
TASK = "count to 40 at 2 tokens per second"
STEPPERS = 100
STEPS = 2
STEPS_TASK = 'use tool calculator with {"expression": "6 * 7"} and take your time: at 2 tokens per second'


async def measure(nodes: Nodes) -> None:
    """Print it all."""
    say("Agents by the thousand")
    models = Models(nodes.settings, nodes.runtime)
    services = Services(**vars(nodes.clients), runtime=nodes.runtime, models=models)
    await _thousand(nodes, services)
    await _beside_a_loop(nodes, services)
    say()


async def _thousand(nodes: Nodes, services: Services) -> None:
    """All are asked for at once and work; nobody waits for another."""
    hosts = await nodes.hosts()
    before, began = total_pss(hosts), time.perf_counter()
    ids = await _spawn(nodes, services, TASK, AGENTS)
    row(f"{AGENTS:,} agents made, durable and woken", f"{time.perf_counter() - began:7.2f} s")
    await _until(nodes, ids, "status <> 'pending'")
    row(f"{AGENTS:,} agents at work", f"{time.perf_counter() - began:7.2f} s")
    row("  memory of each", f"{(total_pss(hosts) - before) / AGENTS / 1024:7.1f} KiB")
    await _until(nodes, ids, "status = 'completed'")
    row(f"{AGENTS:,} agents ended ({TASK!r})", f"{time.perf_counter() - began:7.2f} s")


async def _beside_a_loop(nodes: Nodes, services: Services) -> None:
    """The same steps with the same model, as agents and as coroutines that keep nothing."""
    began = time.perf_counter()
    await asyncio.gather(*(_bare(services) for _ in range(STEPPERS)))
    bare = time.perf_counter() - began
    hosts = await nodes.hosts()
    used, began = _processor_seconds(hosts), time.perf_counter()
    ids = await _spawn(nodes, services, STEPS_TASK, STEPPERS)
    await _until(nodes, ids, "status = 'completed'")
    taken = time.perf_counter() - began
    steps = STEPPERS * STEPS
    row(f"{STEPPERS} loops of {STEPS} steps, bare asyncio", f"{bare:7.2f} s")
    row(f"{STEPPERS} agents of {STEPS} steps, durable", f"{taken:7.2f} s {taken / bare:7.2f} x")
    cpu = (_processor_seconds(hosts) - used) / steps * 1000
    row("  processor time of the hosts for a step", f"{cpu:7.1f} ms")


async def _spawn(nodes: Nodes, services: Services, task: str, count: int) -> list[UUID]:
    allowance = Allowance.of(nodes.settings, {})
    wanted = [
        NewAgent(id=new_id(), key=str(new_id()), task=task, model="scripted", tools=None, allowance=allowance)
        for _ in range(count)
    ]
    made: list[UUID] = []
    waking: list[asyncio.Task[None]] = []
    for first in range(0, count, AT_ONCE):
        async with nodes.clients.db.as_user(nodes.user) as conn:
            ids = await spawning.spawn(conn, wanted[first : first + AT_ONCE])
        waking.append(asyncio.create_task(spawning.wake(services, ids)))
        made.extend(ids)
    await asyncio.gather(*waking)
    return made


async def _until(nodes: Nodes, ids: Sequence[UUID], condition: str) -> None:
    sql = f"select count(*) from agents where id = any($1) and not ({condition})"
    while True:
        async with nodes.clients.db.as_user(nodes.user) as conn:
            left = await conn.fetchval(sql, ids)  # pyright: ignore[reportArgumentType]
        if not left:
            return
        await asyncio.sleep(0.05)


async def _bare(services: Services) -> None:
    """What an agent does, without an agent."""
    model = services.models.chat_model("scripted")
    said: list[ModelMessage] = [ModelMessage(role="user", content=[{"type": "text", "text": STEPS_TASK}])]
    for _ in range(STEPS):
        done: StepDone | None = None
        async for event in model.stream(ModelRequest(model="scripted", system="", messages=said)):
            done = event if isinstance(event, StepDone) else done
        assert done is not None
        results: list[Block] = [
            {"type": "tool_result", "tool_use_id": call.id, "content": "42"} for call in done.tool_calls
        ]
        said += [ModelMessage(role="assistant", content=done.blocks), ModelMessage(role="user", content=results)]


def _processor_seconds(hosts: Sequence[psutil.Process]) -> float:
    times = [host.cpu_times() for host in hosts]
    return sum(one.user + one.system for one in times)
