"""A conversation that kills processes: found out on real ones, while its neighbours go on working."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from actors.session.commands import Post
from actors.session.session import Session
from cluster.errors import Unavailable
from cluster.events.log import BEGINNING, Gap
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, UserId, new_id
from cluster.runtime.on_ray.fleet import start_hosts, stop_hosts
from cluster.runtime.on_ray.runtime import RayRuntime
from cluster.services import Clients
from tests.cluster.runtime.mortal_session import DEADLY, MortalSession

PATIENCE = 120.0
NEIGHBOURS = 6


@asynccontextmanager
async def chatting(clients: Clients) -> AsyncGenerator[RayRuntime]:
    """Two hosts with mortal sessions."""
    namespace = f"test-{uuid4().hex}"
    settings = clients.settings.model_copy(update={"hosts": 2})
    await start_hosts(settings, [MortalSession], namespace=namespace)
    try:
        async with RayRuntime.open(
            replace(clients, settings=settings), [MortalSession], namespace=namespace
        ) as runtime:
            yield runtime
    finally:
        await stop_hosts(namespace=namespace)


async def say(runtime: RayRuntime, user: UserId, conversation: ConversationId, message: str) -> None:
    """Say something to the scripted model. Who is told that it may have been done or not says it again, as the page."""
    post = Post(idempotency_key=uuid4().hex, message=message, create=True, model="scripted")
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(Unavailable):
                await runtime.ref(Session, str(conversation)).ask(Session.post, user, post)
                return


async def ends(clients: Clients, conversation: ConversationId, count: int = 1) -> list[dict[str, Any]]:
    """Wait for so many ends of turns; answers all events."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await clients.log.read(conversation_channel(conversation), after=BEGINNING, limit=9000)
            assert not isinstance(found, Gap)
            events = [orjson.loads(entry.data) for entry in found]
            if sum(event["type"] == "turn_ended" for event in events) >= count:
                return events
            await asyncio.sleep(0.05)


async def test_a_conversation_that_kills_its_process_is_ended_and_its_neighbours_are_not(
    ray_cluster: None, clients: Clients, user: UserId
) -> None:
    async with chatting(clients) as runtime:
        culprit, *neighbours = [ConversationId(new_id()) for _ in range(NEIGHBOURS + 1)]
        for one in neighbours:
            await say(runtime, user, one, "count to 120 at 12 tokens per second")

        await say(runtime, user, culprit, DEADLY)

        events = await ends(clients, culprit)
        assert (events[-2]["type"], events[-2]["error"]["code"]) == ("turn_ended", "crashed")
        reasons = [event["reason"] for event in events if event["type"] == "turn_recovering"]
        assert reasons == ["crashed", "alone", "alone", "alone"]
        for one in neighbours:
            end = [event for event in await ends(clients, one) if event["type"] == "turn_ended"]
            assert [event["status"] for event in end] == ["completed"]
        await say(runtime, user, culprit, "And now?")
        again = [event["status"] for event in await ends(clients, culprit, 2) if event["type"] == "turn_ended"]
        assert again == ["failed", "completed"]
