"""A host is told to stop in the middle of an answer: another goes on at the next step, and nobody speaks of recovery.

Leases never run out here and nobody sweeps, so a session that wakes elsewhere was handed over.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from actors.session import tool_runs
from actors.stores import turns
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import TurnId, UserId
from cluster.models.chat_model import TextDelta, Usage, UsageCounted
from cluster.runtime.hosts import host as hosts
from cluster.runtime.hosts import sweep
from cluster.runtime.hosts.host import Host
from cluster.services import Clients
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import Json, Person, PlayedModel, Troupe, asks, done, playing, says, text_of, until

NEVER = 3600.0
HALF = Usage(input_tokens=50, output_tokens=2)


@pytest.fixture
def gate() -> asyncio.Event:
    """Where the model waits until a test lets it go on."""
    return asyncio.Event()


@asynccontextmanager
async def two_hosts(clients: Clients, user: UserId, model: PlayedModel) -> AsyncGenerator[tuple[Troupe, Person]]:
    """A person whose conversation is in one of two hosts. The first host alone is there when it begins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "PERIOD", NEVER)
        patient = clients.settings.model_copy(update={"lease_seconds": NEVER})
        async with playing(replace(clients, settings=patient), model) as troupe:
            yield troupe, Person(troupe, user)


async def tell_to_stop(troupe: Troupe) -> tuple[Host, "asyncio.Task[None]"]:
    """Start a second host, tell the first to stop, and wait until it takes nobody more."""
    await troupe.add_host()
    old = troupe.hosts.pop(0)
    row = old.row
    assert row is not None
    stopping = asyncio.create_task(old.stop())

    async def leaves() -> bool:
        async with troupe.clients.db.as_nobody() as conn:
            # One that has nothing to finish is gone before anybody looks.
            left = "select coalesce((select draining from hosts where id = $1), true)"
            return bool(await conn.fetchval(left, row.id))

    await until(leaves)
    return old, stopping


def turn_events(events: Sequence[Json]) -> list[str]:
    return [event["type"] for event in events if event["type"].startswith("turn_")]


async def test_a_turn_of_many_steps_moves_at_the_next_one(clients: Clients, user: UserId, gate: asyncio.Event) -> None:
    first = asks(("calculator", {"expression": "6*7"}))
    model = PlayedModel([first[0], gate, *first[1:]], says("It is 42."))
    async with two_hosts(clients, user, model) as (troupe, person):
        posted = await person.say("6*7?")
        await person.hear("token")
        old, stopping = await tell_to_stop(troupe)
        assert old.carries(person.session.id)

        gate.set()

        events = await person.hear("turn_ended")
        await stopping
        assert troupe.hosts[0].carries(person.session.id)
        assert turn_events(events) == ["turn_started", "turn_resumed", "turn_ended"]
        assert next(event["step"] for event in events if event["type"] == "turn_resumed") == 1
        assert text_of(events) == "Let me see.It is 42."
        assert [message.content for message in await person.branch()] == ["6*7?", "Let me see.", "It is 42."]
        turn = await person.turn(posted.turn_id)
        assert (turn["status"], turn["attempts"], turn["handed_over"]) == ("completed", 1, False)


async def test_a_step_that_ends_in_time_ends_the_answer_where_it_began(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([TextDelta("A"), gate, done("A")])
    async with two_hosts(clients, user, model) as (troupe, person):
        await person.say("one")
        await person.hear("token")
        _, stopping = await tell_to_stop(troupe)

        gate.set()

        events = await person.hear("turn_ended")
        await stopping
        assert turn_events(events) == ["turn_started", "turn_ended"]
        assert len(model.requests) == 1


async def test_a_step_that_takes_too_long_is_made_again_elsewhere(
    clients: Clients, user: UserId, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "DRAIN_SECONDS", 0.2)
    model = PlayedModel([UsageCounted(HALF), TextDelta("Half"), gate], says("The whole answer."))
    async with two_hosts(clients, user, model) as (troupe, person):
        posted = await person.say("one")
        await person.hear("token")
        _, stopping = await tell_to_stop(troupe)

        events = await person.hear("turn_ended")
        await stopping

        assert turn_events(events) == ["turn_started", "turn_resumed", "turn_ended"]
        assert [message.content for message in await person.branch()] == ["one", "The whole answer."]
        assert model.closed == 2
        assert (await person.turn(posted.turn_id))["attempts"] == 1
        spent = await person.value("select sum(tokens_output) from usage_log where endpoint = 'chat'")
        assert spent == HALF.output_tokens + 20


async def test_a_tool_that_runs_ends_before_its_turn_moves(
    clients: Clients, user: UserId, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    @tool(category="test", facts=Facts(side_effect=True, seconds=60))
    async def once(context: ToolContext) -> str:
        """Do it, once."""
        runs.append("once")
        await gate.wait()
        return "did it"

    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", Toolset([*TRUSTED_TOOLS, once]))
    model = PlayedModel(asks(("once", {})), says("Done."))
    async with two_hosts(clients, user, model) as (troupe, person):
        await person.say("Do it")
        await person.hear("tool_start")
        _, stopping = await tell_to_stop(troupe)

        gate.set()

        await person.hear("turn_ended")
        await stopping
        assert runs == ["once"]
        assert [result["content"] for result in (await person.branch())[1].tool_results] == ["did it"]


async def test_waiting_turns_are_begun_elsewhere(clients: Clients, user: UserId, gate: asyncio.Event) -> None:
    model = PlayedModel([gate, done("A")], says("B"), says("C"))
    async with two_hosts(clients, user, model) as (troupe, person):
        await person.say("one")
        await person.hear("step_started")
        second = await person.say("two")
        _, stopping = await tell_to_stop(troupe)
        third = await person.say("three")

        gate.set()

        events = await person.hear("turn_ended", count=3)
        await stopping
        assert "turn_recovering" not in turn_events(events)
        assert [message.content for message in await person.branch()] == ["one", "A", "two", "B", "three", "C"]
        assert [(await person.turn(t))["attempts"] for t in (second.turn_id, third.turn_id)] == [1, 1]


async def test_a_wish_to_stop_is_heard_while_the_host_leaves(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([TextDelta("A"), gate])
    async with two_hosts(clients, user, model) as (troupe, person):
        posted = await person.say("one")
        await person.hear("token")
        _, stopping = await tell_to_stop(troupe)

        await person.stop(posted.turn_id)

        events = await person.hear("turn_ended")
        await stopping
        assert next(event["status"] for event in events if event["type"] == "turn_ended") == "stopped"
        assert turn_events(events) == ["turn_started", "turn_ended"]


async def test_handing_over_any_number_of_times_uses_up_no_attempt(clients: Clients, user: UserId) -> None:
    gates = [asyncio.Event() for _ in range(8)]
    scenes: list[Any] = []
    for each in gates:
        first = asks(("calculator", {"expression": "1+1"}), text="Hm.")
        scenes.append([first[0], each, *first[1:]])
    async with two_hosts(clients, user, PlayedModel(*scenes, says("Two."))) as (troupe, person):
        posted = await person.say("1+1?")
        for number, each in enumerate(gates, start=1):
            await person.hear("token", count=number)
            _, stopping = await tell_to_stop(troupe)
            each.set()
            await stopping
        events = await person.hear("turn_ended")
        assert turn_events(events).count("turn_resumed") == len(gates)
        assert (await person.turn(posted.turn_id))["attempts"] == 1
        assert text_of(events) == "Hm." * len(gates) + "Two."


async def test_a_title_that_is_being_thought_of_is_thought_of_elsewhere(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    class Slow(PlayedModel):
        async def stream(self, request: Any) -> AsyncGenerator[Any]:
            if "title" in request.system:
                titled.append(1)
                if len(titled) == 1:
                    await gate.wait()
            async for event in super().stream(request):
                yield event

    titled: list[int] = []
    async with two_hosts(clients, user, Slow(says("A"))) as (troupe, person):
        await person.say("one")
        await until(lambda: _reached(titled))
        _, stopping = await tell_to_stop(troupe)
        await stopping
        await until(lambda: person.value("select title is not null from conversations"))
        assert await person.value("select title from conversations") == "A fine title"
        assert len(titled) == 2


async def _reached(titled: list[int]) -> bool:
    return bool(titled)


async def test_a_turn_that_newer_code_accepted_waits_for_newer_code(
    clients: Clients, user: UserId, gate: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    async def has_tried() -> bool:
        return "newer code has to run it" in caplog.text

    async with two_hosts(clients, user, PlayedModel([gate, done("A")], says("B"))) as (_, person):
        await person.say("one")
        second = await person.say("two")
        await _set_version(person, second.turn_id, turns.FORMAT + 1)
        gate.set()
        await person.hear("turn_ended")
        await until(has_tried)
        assert (await person.turn(second.turn_id))["status"] == "queued"

        await _set_version(person, second.turn_id, turns.FORMAT)

        await person.hear("turn_ended", turn=second.turn_id)


async def _set_version(person: Person, turn: TurnId, version: int) -> None:
    async with person.troupe.clients.db.as_user(person.user) as conn:
        await conn.execute("update turns set version = $2 where id = $1", turn, version)
