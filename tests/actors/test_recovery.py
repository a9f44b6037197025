"""A host dies in the middle of an answer: another goes on, and nothing is lost, doubled or done twice."""

import asyncio
from typing import Any

import pytest

from actors.session import tool_runs
from actors.session.tool_runs import INTERRUPTED
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.services import Clients
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import Json, Person, PlayedModel, asks, done, playing, says, until


@pytest.fixture
async def gate() -> asyncio.Event:
    """Where the first incarnation waits for ever."""
    return asyncio.Event()


@pytest.fixture
def counted(gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tools that note each run: `once` and `hang` may not be repeated, `safe` and `hang_safely` may."""
    runs: list[str] = []

    @tool(category="test", facts=Facts(side_effect=True))
    async def once(context: ToolContext) -> str:
        """Do it."""
        runs.append("once")
        return "did it"

    @tool(category="test", facts=Facts(side_effect=True, seconds=60))
    async def hang(context: ToolContext) -> str:
        """Never come back, the first time."""
        runs.append("hang")
        await gate.wait()
        return "came back"

    @tool(category="test", facts=Facts(idempotent=True, seconds=60))
    async def hang_safely(context: ToolContext) -> str:
        """Never come back, the first time."""
        runs.append("hang_safely")
        if runs.count("hang_safely") == 1:
            await gate.wait()
        return "safe"

    @tool(category="test", facts=Facts(idempotent=True))
    async def safe(context: ToolContext) -> str:
        """Do no harm."""
        runs.append("safe")
        return "harmless"

    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", Toolset([*TRUSTED_TOOLS, once, safe, hang, hang_safely]))
    return runs


def drawn(events: list[Json]) -> dict[str, str]:
    """The answer's text by message, as a client draws it: what a resumed turn declares void is dropped."""
    texts: dict[str, str] = {}
    steps: dict[str, int] = {}
    for event in events:
        match event["type"]:
            case "step_started":
                steps[event["message_id"]] = event["step"]
                texts[event["message_id"]] = ""
            case "token":
                texts[event["message_id"]] += event["content"]
            case "turn_resumed":
                texts = {id: text for id, text in texts.items() if steps[id] < event["step"]}
            case _:
                pass
    return texts


async def test_a_step_that_was_only_streaming_is_made_again(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([TextDelta("Half an ans"), gate], says("The whole answer."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Hi")
        await person.hear("token")

        await troupe.crash()

        events = await person.hear("turn_ended")
        assert [e["type"] for e in events].count("turn_started") == 1
        assert [e["type"] for e in events if e["type"].startswith("turn_")] == [
            "turn_started", "turn_recovering", "turn_resumed", "turn_ended",
        ]  # fmt: skip
        assert list(drawn(events).values()) == ["The whole answer."]
        assert [message.content for message in await person.branch()] == ["Hi", "The whole answer."]
        assert (await person.turn(posted.turn_id))["attempts"] == 2


async def test_finished_tools_are_not_run_again(
    clients: Clients, user: UserId, gate: asyncio.Event, counted: list[str]
) -> None:
    model = PlayedModel(asks(("once", {}), ("safe", {}), ("hang", {}), ("hang_safely", {})), says("All done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Use the tools")
        await person.hear("tool_complete", count=2)

        await troupe.crash()

        events = await person.hear("turn_ended")
        assert sorted(counted) == ["hang", "hang_safely", "hang_safely", "once", "safe"]
        step = (await person.branch())[1]
        by_name = {call["id"]: call["name"] for call in step.tool_calls}
        results = {by_name[result["id"]]: result["content"] for result in step.tool_results}
        assert results == {"once": "did it", "safe": "harmless", "hang": INTERRUPTED, "hang_safely": "safe"}
        assert len(step.tool_results) == 4
        assert list(drawn(events).values()) == ["Let me see.", "All done."]
        assert [b["type"] for b in model.requests[-1].messages[-1].content] == ["tool_result"] * 4


async def test_a_death_between_two_steps_loses_nothing(clients: Clients, user: UserId, gate: asyncio.Event) -> None:
    model = PlayedModel(asks(("calculator", {"expression": "6*7"})), [gate], says("It is 42."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("6*7?")
        await person.hear("step_started", count=2)

        await troupe.crash()

        events = await person.hear("turn_ended")
        assert [message.content for message in await person.branch()] == ["6*7?", "Let me see.", "It is 42."]
        resumed = next(event for event in events if event["type"] == "turn_resumed")
        assert resumed["step"] == 1
        ended = next(event for event in events if event["type"] == "turn_ended")
        assert ended["tokens_used"] == 260


async def test_waiting_turns_are_run_by_the_next_incarnation(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([gate], says("A"), says("B"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("one")
        await person.hear("step_started")
        await person.say("two")

        await troupe.crash()

        await person.hear("turn_ended", count=2)
        assert [message.content for message in await person.branch()] == ["one", "A", "two", "B"]


async def test_a_turn_that_waits_does_not_overtake_the_running_one_when_the_clock_was_set_back(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([gate], says("A"), says("B"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("one")
        await person.hear("step_started")
        async with clients.db.as_user(user) as conn:
            await conn.execute("update turns set created_at = now() + interval '1 minute'")
        await person.say("two")

        await troupe.crash()

        await person.hear("turn_ended", count=2)
        assert [message.content for message in await person.branch()] == ["one", "A", "two", "B"]


async def test_the_end_of_each_turn_is_heard_though_others_waited_when_the_host_died(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([gate], says("A"), [gate], says("B"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        first = await person.say("one")
        await person.hear("step_started")
        await person.say("two")
        async with clients.db.as_user(user) as conn:  # as if its host had ended it, and died before publishing that
            await conn.execute("update turns set status = 'completed', ended_at = now() where id = $1", first.turn_id)

        await troupe.crash()

        events = await person.hear("turn_ended", count=2)
        assert next(e["turn_id"] for e in events if e["type"] == "turn_ended") == str(first.turn_id)


async def test_a_stop_survives_the_death_of_its_host(clients: Clients, user: UserId, gate: asyncio.Event) -> None:
    model = PlayedModel([TextDelta("A"), gate], says("B"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("one")
        await person.hear("token")
        async with clients.db.as_user(user) as conn:
            await conn.execute("update turns set stop_requested_at = now() where id = $1", posted.turn_id)

        await troupe.crash()

        await person.hear("turn_ended")
        assert (await person.turn(posted.turn_id))["status"] == "stopped"
        assert len(model.requests) == 1


async def test_a_turn_that_keeps_killing_its_host_ends_honestly(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate])) as troupe:
        person = Person(troupe, user)
        posted = await person.say("one")
        await person.hear("step_started")
        async with clients.db.as_user(user) as conn:
            await conn.execute("update turns set attempts = 5 where id = $1", posted.turn_id)

        await troupe.crash()

        await person.hear("turn_ended")
        assert (await person.turn(posted.turn_id))["error"]["code"] == "recovery_exhausted"


async def test_an_end_that_was_not_published_is_published_by_the_next_incarnation(
    clients: Clients, user: UserId
) -> None:
    async with playing(clients, PlayedModel(says("A"))) as troupe:
        person = Person(troupe, user)
        posted, _ = await person.converse("one")
        await _as_if_it_died_before_publishing(clients, person, posted.seq)

        await troupe.crash()

        events = await person.hear("turn_ended", turn=posted.turn_id)
        assert [e["type"] for e in events].count("turn_ended") == 1


async def test_a_conversation_that_was_removed_is_not_woken_for_ever(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate])) as troupe:
        person = Person(troupe, user)
        await person.say("one")
        await person.hear("step_started")
        async with clients.db.as_user(user) as conn:
            await conn.execute("delete from conversations where id = $1", person.conversation)

        await troupe.crash()

        await until(person.rests)


async def test_an_incarnation_that_was_overtaken_writes_and_says_nothing_more(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([TextDelta("A"), gate, done("A from the old one")], says("B"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("one")
        await person.hear("token")
        async with clients.db.as_nobody() as conn:
            await conn.execute("update placements set epoch = epoch + 1, pending = false")

        gate.set()

        host = troupe.hosts[0]

        async def dropped() -> bool:
            return not host.carries(person.session.id)

        await until(dropped)
        assert [message.content for message in await person.branch()] == ["one"]
        assert "step_finished" not in [event["type"] for event in await person.events()]


async def _as_if_it_died_before_publishing(clients: Clients, person: Person, seq: str) -> None:
    """Put the conversation where a crash between commit and publishing leaves it."""
    await until(person.rests)
    stream = f"events:conversation:{person.conversation}"
    entries: Any = await clients.redis.xrange(stream)
    async with clients.redis.pipeline(transaction=True) as at_once:  # nobody appends in between
        at_once.delete(stream)
        for entry, fields in entries:
            if b'"turn_ended"' not in fields.get(b"e", b""):
                at_once.xadd(stream, fields, id=entry)
        await at_once.execute()
    async with clients.db.as_nobody() as conn:
        await conn.execute("update placements set pending = true")
