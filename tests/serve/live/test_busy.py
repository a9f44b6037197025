"""A host that has more to do than it can: both doors say so, and when to come again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from cluster.runtime.hosts import host as hosts
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients
from tests.serve.live.house import House, Person, house_over
from tests.serve.visitors import assert_problem

LONG = "count to 5000 at 50 tokens per second"


@pytest.fixture
async def small_house(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """One place for turns, and one to wait for it. The house does not wait for long answers when it closes."""
    monkeypatch.setattr(hosts, "DRAIN_SECONDS", 0.2)
    few = {"turns_per_host": 1, "turns_waiting": 1, "scripted_model": True}
    async with house_over(replace(clients, settings=clients.settings.model_copy(update=few))) as house:
        yield house


@pytest.fixture
async def person(small_house: House) -> AsyncIterator[Person]:
    async with small_house.person() as person:
        yield person


async def full(house: House) -> None:
    """Wait until one turn runs and another stands in line: who was accepted comes to both a moment later."""
    assert isinstance(house.services.runtime, LoopRuntime)
    (host,) = house.services.runtime.hosts.values()
    async with asyncio.timeout(20):
        while host._load().waiting < 1:  # noqa: ASYNC110 (no event for it)  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.01)


async def test_a_message_to_a_full_host_is_answered_by_503_and_when_to_try_again(small_house: House, person: Person):
    async with person.phone() as phone:
        for name in ("runs", "waits"):
            await phone.send(type="chat", id=name, message=LONG, model="scripted", conversation_id=None)
            await phone.until(lambda event, name=name: event["type"] == "accepted" and event["id"] == name)
        await full(small_house)

        answer = await person.http.post("/api/v1/chat/message", json={"message": "hi", "model": "scripted"})

    assert_problem(answer, 503, "busy")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_socket_is_told_that_the_host_is_busy_and_the_same_command_is_taken_later(
    small_house: House, person: Person
):
    async with person.phone() as phone:
        for name in ("runs", "waits"):
            await phone.send(type="chat", id=name, message=LONG, model="scripted", conversation_id=None)
        waits = await phone.until(lambda event: event["type"] == "accepted" and event["id"] == "waits")
        await full(small_house)
        command = {"type": "chat", "id": "late", "message": "hi", "model": "scripted", "conversation_id": None}

        await phone.send(**command)

        told = await phone.next("error")
        assert (told["code"], told["id"]) == ("busy", "late")
        assert told["retry_after"] >= 1
        await phone.send(type="stop", conversation_id=waits["conversation_id"])
        await phone.until(lambda event: event["type"] == "turn_ended")
        await phone.send(**command)
        await phone.until(lambda event: event["type"] == "accepted" and event["id"] == "late")
