"""Answers that don't come to their own end: stopped by the person, or broken off by the provider."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from actors import toolset
from actors.session import tool_runs
from cluster.ids import UserId
from cluster.models.chat_model import (
    ModelBusy,
    ModelRefused,
    ModelUnreachable,
    StepDone,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
)
from cluster.services import Clients
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import USED, Person, PlayedModel, asks, playing, says, text_of

PARTIAL = Usage(input_tokens=50, output_tokens=2)


@pytest.fixture
async def gate() -> asyncio.Event:
    """Something that never opens unless a test opens it."""
    return asyncio.Event()


@pytest.fixture
def slow_tools(gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two tools beside the usual ones: `wait_long` waits at the gate, `quick` does not. Answers what was begun."""
    begun: list[str] = []

    @tool(category="test", facts=Facts(seconds=60))
    async def wait_long(context: ToolContext) -> str:
        """Wait."""
        begun.append("wait_long")
        await gate.wait()
        return "waited"

    @tool(category="test")
    async def quick(context: ToolContext) -> str:
        """Be quick."""
        begun.append("quick")
        return "done"

    tools = Toolset([*toolset.TRUSTED_TOOLS, wait_long, quick])
    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", tools)
    return begun


async def test_stop_in_the_middle_of_speaking_keeps_what_arrived(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([ThinkingDelta("Hm"), TextDelta("One, two"), gate, TextDelta(", three")], says("Next."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Count")
        await person.hear("token")

        assert await person.stop() == posted.turn_id

        events = await person.hear("turn_ended")
        assert [event["status"] for event in events if event["type"] == "turn_ended"] == ["stopped"]
        answer = (await person.branch())[-1]
        assert (answer.content, answer.status, answer.thinking) == ("One, two", "stopped", "Hm")
        assert text_of(events) == "One, two"
        assert model.closed == 1


async def test_after_a_stop_the_conversation_goes_on_with_a_valid_history(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([ThinkingDelta("Hm"), TextDelta("One, two"), gate], says("Next."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Count")
        await person.hear("token")
        await person.stop()
        await person.hear("turn_ended")

        await person.converse("Go on")

        said = [(m.role, [b["type"] for b in m.content]) for m in model.requests[-1].messages]
        assert said == [("user", ["text"]), ("assistant", ["text"]), ("user", ["text"])]


async def test_stop_before_the_model_speaks_leaves_no_answer(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate], says("Later"))) as troupe:
        person = Person(troupe, user)
        await person.say("Hello?")
        await person.hear("step_started")

        await person.stop()

        events = await person.hear("turn_ended")
        assert "step_finished" not in [event["type"] for event in events]
        assert [message.role for message in await person.branch()] == ["user"]


async def test_stop_while_tools_run_keeps_the_finished_ones(
    clients: Clients, user: UserId, gate: asyncio.Event, slow_tools: list[str]
) -> None:
    model = PlayedModel(asks(("wait_long", {}), ("quick", {})), says("Next."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Use both")
        await person.hear("tool_complete")

        await person.stop()

        events = await person.hear("turn_ended")
        assert [event["status"] for event in events if event["type"] == "turn_ended"] == ["stopped"]
        step = (await person.branch())[-1]
        results = {result["content"]: result["is_error"] for result in step.tool_results}
        assert results == {"done": False, tool_runs.STOPPED: True}
        await person.converse("And now?")
        said = model.requests[-1].messages
        assert [b["type"] for b in said[2].content] == ["tool_result", "tool_result", "text"]


async def test_stop_of_a_waiting_turn_keeps_the_person_s_message(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([TextDelta("A"), gate, *says("B")[1:]])) as troupe:
        person = Person(troupe, user)
        first = await person.say("first")
        await person.hear("token")
        second = await person.say("second")

        assert await person.stop(second.turn_id) == second.turn_id
        gate.set()

        await person.hear("turn_ended", turn=second.turn_id)
        assert (await person.turn(first.turn_id))["status"] == "completed"
        assert (await person.turn(second.turn_id))["status"] == "stopped"
        assert [message.content for message in await person.branch()][-1] == "second"


async def test_there_is_nothing_to_stop_when_nothing_runs(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        person = Person(troupe, user)
        await person.converse("Hi")

        assert await person.stop() is None


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (ModelBusy("overloaded", PARTIAL), "busy", True),
        (ModelUnreachable("cut", PARTIAL), "unreachable", True),
        (ModelRefused("bad request", PARTIAL), "refused", False),
        (ModelRefused("prompt is too long: 210000 tokens", PARTIAL), "too_long", True),
        (RuntimeError("a bug"), "internal", True),
    ],
)
async def test_a_failure_ends_the_turn_honestly_and_keeps_what_arrived(
    clients: Clients, user: UserId, error: Exception, code: str, retryable: bool
) -> None:
    async with playing(clients, PlayedModel([TextDelta("Half an ans"), error])) as troupe:
        person = Person(troupe, user)

        posted, events = await person.converse("Hi")

        assert events[-1]["status"] == "failed"
        assert (events[-1]["error"]["code"], events[-1]["error"]["retryable"]) == (code, retryable)
        answer = (await person.branch())[-1]
        assert (answer.content, answer.status) == ("Half an ans", "failed")
        assert (await person.turn(posted.turn_id))["error"]["code"] == code
        used = 0 if code == "internal" else PARTIAL.total
        assert await person.value("select coalesce(sum(tokens_input + tokens_output), 0) from usage_log") == used


async def test_a_failed_answer_can_be_had_again(clients: Clients, user: UserId) -> None:
    model = PlayedModel([TextDelta("Half"), ModelUnreachable("cut")], says("The whole."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted, _ = await person.converse("Hi")
        assert posted.message_id is not None

        again = await person.regenerate(posted.message_id)

        events = await person.hear("turn_ended", turn=again.turn_id)
        assert [event["status"] for event in events if event["type"] == "turn_ended"] == ["failed", "completed"]
        assert [message.content for message in await person.branch()] == ["Hi", "The whole."]
        assert len(model.requests[-1].messages) == 1


async def test_a_failure_between_tool_and_answer_leaves_a_valid_history(clients: Clients, user: UserId) -> None:
    model = PlayedModel(asks(("calculator", {"expression": "1"})), [ModelUnreachable("cut")], says("Fine."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("Hi")

        _, events = await person.converse("Again?")

        assert events[-1]["status"] == "completed"
        assert [b["type"] for b in model.requests[-1].messages[-1].content] == ["tool_result", "text"]


async def test_tool_calls_cut_off_by_the_limit_of_tokens_are_not_run(clients: Clients, user: UserId) -> None:
    call = ToolCall(id="c", name="memory_store", arguments={})
    cut = StepDone(
        blocks=[{"type": "text", "text": "So"}, {"type": "tool_use", "id": "c", "name": "memory_store", "input": {}}],
        stop_reason="max_tokens", usage=USED, model="played", tool_calls=[call],
    )  # fmt: skip
    async with playing(clients, PlayedModel([TextDelta("So"), cut])) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Go")

        assert events[-1]["status"] == "completed"
        assert (await person.branch())[-1].blocks == [{"type": "text", "text": "So"}]


class Endless:
    """A model that never stops by itself."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def stream(self, request: object) -> AsyncGenerator[Any]:
        """The same word for ever."""
        try:
            while True:
                yield TextDelta("again ")
                await asyncio.sleep(0)
        finally:
            self.closed.set()


async def test_stop_closes_the_call_of_a_model_that_would_never_end(clients: Clients, user: UserId) -> None:
    model = Endless()
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Go")
        await person.hear("token")

        await person.stop()

        async with asyncio.timeout(5):
            await model.closed.wait()
        await person.hear("turn_ended")
