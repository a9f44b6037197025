"""What only processes can show of a host's leaving: SIGTERM, an upgrade in place, a node that Ray takes away."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
import ray
from ray._private import worker
from ray._private.node import Node
from ray._private.parameter import RayParams

from actors.kinds import KINDS
from actors.session.commands import Post
from actors.session.session import Session
from cluster.events.log import BEGINNING, Gap
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, UserId, new_id
from cluster.runtime.on_ray.fleet import look_at_hosts, replace_hosts, start_hosts, stop_hosts
from cluster.runtime.on_ray.runtime import RayRuntime
from cluster.runtime.store import HostRow
from cluster.services import Clients
from tests.cluster.runtime.crew import STEPS, Worker
from tests.cluster.runtime.stage import Flavour, OpenStage, Stage, until

RAY: Any = ray
BRIEF = 4.0
LONG = 600.0
"""A lease (seconds) that never runs out in a test: who moves was handed over."""
TOOL = 'use tool calculator with {"expression": "6*7"} at 4 tokens per second'


@pytest.fixture
def flavour(ray_cluster: None) -> Flavour:
    """Rules are shown in `test_drain.py`, on the event loop."""
    return "ray"


async def home_of(stage: Stage, name: str = "one") -> HostRow:
    """Where a worker is that is somewhere."""
    row = await stage.host_of(stage.worker(name))
    assert row is not None
    return row


async def test_sigterm_hands_over_and_ray_starts_the_host_again(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.begin_steps)
        await stage.noted("step 0")
        old = await home_of(stage)
        os.kill(old.pid, signal.SIGTERM)
        await until(lambda: _leaves(stage, old))

        for _ in range(STEPS):
            await stage.open_gate("step")
        await stage.noted("work done")

        assert [entry for entry in await stage.diary() if entry.startswith("step")] == [
            f"step {step}" for step in range(STEPS)
        ]
        assert (await home_of(stage)).name != old.name

        async def is_back() -> bool:
            return any(row.name == old.name and row.pid != old.pid for row in await stage.hosts())

        await until(is_back)
        assert len(await stage.everywhere()) == 2


async def _leaves(stage: Stage, row: HostRow) -> bool:
    async with stage.clients.db.as_nobody() as conn:
        return await conn.fetchval("select draining from hosts where id = $1", row.id) is not False


@asynccontextmanager
async def chatting(clients: Clients, hosts: int) -> AsyncGenerator[tuple[RayRuntime, str]]:
    """Ray hosts that carry sessions, and a runtime to reach them."""
    namespace = f"test-{uuid4().hex}"
    settings = clients.settings.model_copy(update={"hosts": hosts, "lease_seconds": LONG})
    await start_hosts(settings, KINDS, namespace=namespace)
    patient = replace(clients, settings=settings)
    try:
        async with RayRuntime.open(patient, KINDS, namespace=namespace) as runtime:
            yield runtime, namespace
    finally:
        await stop_hosts(namespace=namespace)


async def heard(clients: Clients, conversation: ConversationId, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait for events of a kind; answers all up to then, each with when it was published (ms)."""
    events: list[dict[str, Any]] = []

    async def enough() -> bool:
        found = await clients.log.read(conversation_channel(conversation), after=BEGINNING, limit=9000)
        assert not isinstance(found, Gap)
        events[:] = [{**orjson.loads(entry.data), "at": int(entry.seq.partition("-")[0])} for entry in found]
        return [event["type"] for event in events].count(kind) >= count

    await until(enough)
    return events


async def ask(runtime: RayRuntime, user: UserId) -> ConversationId:
    """Begin a chat whose answer has two steps of more than a second each."""
    conversation = ConversationId(new_id())
    post = Post(idempotency_key=uuid4().hex, message=TOOL, create=True, model="scripted")
    await runtime.ref(Session, str(conversation)).ask(Session.post, user, post)
    return conversation


def unbroken(events: list[dict[str, Any]]) -> None:
    """Nobody lost anything: no recovery, each step once, and all of the text."""
    kinds = [event["type"] for event in events]
    assert "turn_recovering" not in kinds
    assert [event["step"] for event in events if event["type"] == "step_started"] == [0, 1]
    assert next(event["status"] for event in events if event["type"] == "turn_ended") == "completed"


async def test_a_chat_goes_on_when_its_host_gets_sigterm(ray_cluster: None, clients: Clients, user: UserId):
    async with chatting(clients, hosts=2) as (runtime, _):
        conversation = await ask(runtime, user)
        await heard(clients, conversation, "token")
        os.kill(await _process_of(clients, conversation), signal.SIGTERM)
        unbroken(await heard(clients, conversation, "turn_ended"))


async def test_hosts_are_replaced_one_by_one_while_people_chat(ray_cluster: None, clients: Clients, user: UserId):
    async with chatting(clients, hosts=2) as (runtime, namespace):
        before = {look["name"] for look in await look_at_hosts(namespace=namespace)}
        conversations = [await ask(runtime, user) for _ in range(4)]
        for conversation in conversations:
            await heard(clients, conversation, "token")

        settings = clients.settings.model_copy(update={"hosts": 2, "lease_seconds": LONG})
        new = await replace_hosts(settings, KINDS, namespace=namespace)

        for conversation in conversations:
            unbroken(await heard(clients, conversation, "turn_ended"))
        async with clients.db.as_nobody() as conn:
            now = {row["name"] for row in await conn.fetch("select name from hosts where lease_until > now()")}
        assert now == {row.name for row in new}
        assert not now & before


@pytest.fixture
async def second_node(ray_cluster: None) -> AsyncIterator[str]:
    """The id of another node that has joined the cluster."""
    head: Any = vars(worker)["_global_node"]
    params = RayParams(
        gcs_address=head.gcs_address,
        node_ip_address=head.node_ip_address,
        num_cpus=2,
        num_gpus=0,
        object_store_memory=80 * 2**20,
        min_worker_port=0,
        max_worker_port=0,
    )
    node: Any = Node(params, head=False, shutdown_at_exit=False, spawn_reaper=False)

    async def has_joined() -> bool:
        return any(each["NodeID"] == node.node_id and each["Alive"] for each in RAY.nodes())

    try:
        await until(has_joined)
        yield node.node_id
    finally:
        node.kill_all_processes(check_alive=False, allow_graceful=True)


async def test_hosts_of_a_node_that_goes_away_hand_over_and_start_again_elsewhere(second_node: str, stages: OpenStage):
    async with stages(hosts=2, lease_seconds=BRIEF) as stage:
        assert {row.node for row in await stage.hosts()} >= {second_node}
        name = await _somebody_on(stage, second_node)
        old = await home_of(stage, name)
        await stage.worker(name).ask(Worker.begin_steps)
        await stage.noted("step 0")

        await drain(second_node)
        await until(lambda: _leaves(stage, old))
        for _ in range(STEPS):
            await stage.open_gate("step")

        await stage.noted("work done")

        async def is_back() -> bool:
            return any(row.name == old.name and row.node != second_node for row in await stage.hosts())

        await until(is_back)
        assert (await stage.diary()).count("step 0") == 1


async def _somebody_on(stage: Stage, node: str) -> str:
    for name in map(str, range(100)):
        await stage.worker(name).ask(Worker.peek)
        if (await home_of(stage, name)).node == node:
            return name
    raise AssertionError("everybody is elsewhere")


async def drain(node: str) -> None:
    """Do what a cloud does that takes a node back in a minute."""
    head: Any = vars(worker)["_global_node"]
    arguments = ["--node-id", node, "--reason", "DRAIN_NODE_REASON_PREEMPTION", "--reason-message", "taken back"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ray.scripts.scripts", "drain-node", "--address", head.gcs_address, *arguments,
        "--deadline-remaining-seconds", "60", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def _process_of(clients: Clients, conversation: ConversationId) -> int:
    async with clients.db.as_nobody() as conn:
        return await conn.fetchval(
            "select h.pid from placements p join hosts h on h.id = p.host where p.key = $1", str(conversation)
        )
