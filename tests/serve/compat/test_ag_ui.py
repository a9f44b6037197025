"""AG-UI: every event is one of the protocol's own package, and a run is a turn."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from ag_ui.core import RunAgentInput
from ag_ui.core.events import Event, EventType
from ag_ui.core.types import Message, ResumeEntry, UserMessage
from pydantic import TypeAdapter

from cluster.events.names import conversation_channel, stream_key
from tests.provider.server import Provider
from tests.serve.compat.clients import Caller
from tests.serve.visitors import assert_problem

EVENTS: TypeAdapter[Any] = TypeAdapter(Event)
TOOL = '[[say Let me see.]][[tool calculator {"expression": "6*7"}]][[then]][[say It is 42.]]'
CALCULATOR = "calculator"


def asking(text: str, *, thread: str = "t", run: str = "r", **fields: Any) -> dict[str, Any]:
    """What a client sends."""
    said: list[Message] = [UserMessage(id="m", content=text)]
    whole = RunAgentInput(
        thread_id=thread, run_id=run, messages=said, tools=[], context=[], state={}, forwarded_props={}, **fields
    )
    return whole.model_dump(by_alias=True)


async def raw(caller: Caller, body: dict[str, Any], *, path: str = "/v1/ag-ui") -> bytes:
    answer = await caller.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer.content


async def ran(caller: Caller, body: dict[str, Any], *, path: str = "/v1/ag-ui") -> list[Any]:
    """The events of a run, read by the protocol's own package; it knows each of their fields."""
    lines = [line[6:] for line in (await raw(caller, body, path=path)).splitlines() if line.startswith(b"data: ")]
    events = [EVENTS.validate_json(line) for line in lines]
    assert [event.model_extra for event in events if event.model_extra] == []
    return events


def text(events: Sequence[Any]) -> str:
    return "".join(event.delta for event in events if event.type == EventType.TEXT_MESSAGE_CONTENT)


async def test_a_run_tells_steps_tools_and_texts(ada: Caller):
    events = await ran(ada, asking(TOOL))
    kinds = [event.type for event in events]
    assert kinds[:2] == [EventType.RUN_STARTED, EventType.STATE_SNAPSHOT]
    assert [kind for kind in kinds[2:] if kind != EventType.TEXT_MESSAGE_CONTENT] == [
        EventType.STEP_STARTED,
        EventType.TEXT_MESSAGE_START,
        EventType.TEXT_MESSAGE_END,
        EventType.STEP_FINISHED,
        EventType.TOOL_CALL_START,
        EventType.TOOL_CALL_ARGS,
        EventType.TOOL_CALL_END,
        EventType.TOOL_CALL_RESULT,
        EventType.STEP_STARTED,
        EventType.TEXT_MESSAGE_START,
        EventType.TEXT_MESSAGE_END,
        EventType.STEP_FINISHED,
        EventType.RUN_FINISHED,
    ]
    assert text(events) == "Let me see.It is 42."
    call = next(event for event in events if event.type == EventType.TOOL_CALL_ARGS)
    assert orjson.loads(call.delta) == {"expression": "6*7"}
    assert "42" in next(event for event in events if event.type == EventType.TOOL_CALL_RESULT).content
    last = events[-1]
    assert (last.thread_id, last.run_id, last.outcome.type) == ("t", "r", "success")
    assert last.usage[0].output_tokens > 0


async def test_a_thread_is_a_conversation_and_a_run_is_a_turn(ada: Caller, provider: Provider):
    first = await raw(ada, asking("[[count 30]]", run="1"))
    again = await raw(ada, asking("[[count 30]]", run="1"))
    assert first == again
    events = await ran(ada, asking("Two.", run="2"))
    id = events[1].snapshot["apexaurum"]["conversation_id"]
    said = [m["content"] for m in (await ada.person.open(id))["messages"] if m["role"] == "user"]
    assert said == ["[[count 30]]", "Two."]
    await ran(ada, asking("Three.", thread=id, run="3"))
    assert len((await ada.person.open(id))["messages"]) == 6


async def test_the_client_says_which_agent_answers(ada: Caller, provider: Provider):
    await ran(ada, asking("hello"), path="/v1/ag-ui?agent=AZOTH")
    assert "You are Azoth" in str(provider.requests[0].body["system"])
    assert_problem(await ada.http.post("/v1/ag-ui?agent=NOBODY", json=asking("hello", run="x")), 422)


async def test_a_run_that_fails_says_so(ada: Caller):
    events = await ran(ada, asking("[[fault refused]]"))
    assert events[-1].type == EventType.RUN_ERROR
    assert events[-1].code == "refused"


async def test_a_tool_that_needs_the_person_interrupts_the_run_and_another_resumes_it(ada: Caller):
    await ada.http.put("/api/v1/user/preferences", json={"tool_rules": {CALCULATOR: "ask"}})
    events = await ran(ada, asking(TOOL, run="1"))
    outcome = events[-1].outcome
    assert outcome.type == "interrupt"
    [question] = outcome.interrupts
    assert question.metadata["tool"] == CALCULATOR
    assert EventType.TOOL_CALL_START not in [event.type for event in events]

    answer = ResumeEntry(interrupt_id=question.id, status="resolved", payload={"approved": True})
    body = asking(TOOL, run="2", resume=[answer])
    rest = await ran(ada, body)
    assert "42" in next(event for event in rest if event.type == EventType.TOOL_CALL_RESULT).content
    assert text(rest) == "It is 42."
    assert rest[-1].outcome.type == "success"
    assert await raw(ada, body) == await raw(ada, body)


async def test_what_the_person_refuses_is_not_run(ada: Caller):
    await ada.http.put("/api/v1/user/preferences", json={"tool_rules": {CALCULATOR: "ask"}})
    events = await ran(ada, asking(TOOL, run="1"))
    answer = ResumeEntry(interrupt_id=events[-1].outcome.interrupts[0].id, status="cancelled")
    rest = await ran(ada, asking(TOOL, run="2", resume=[answer]))
    assert '"result":42' not in str(rest)
    assert rest[-1].outcome.type == "success"


async def test_another_s_threads_and_questions_are_not_there(ada: Caller, bob: Caller):
    await ada.http.put("/api/v1/user/preferences", json={"tool_rules": {CALCULATOR: "ask"}})
    hers = await ran(ada, asking(TOOL, run="1"))
    id = hers[1].snapshot["apexaurum"]["conversation_id"]
    his = await ran(bob, asking("hello", thread=id, run="1"))
    assert his[1].snapshot["apexaurum"]["conversation_id"] != id
    answer = ResumeEntry(interrupt_id=hers[-1].outcome.interrupts[0].id, status="resolved")
    assert_problem(await bob.http.post("/v1/ag-ui", json=asking("x", thread=id, run="2", resume=[answer])), 404)
    waiting = (await ada.http.get("/api/v1/approvals")).json()["approvals"]
    assert [one["status"] for one in waiting] == ["pending"]


async def test_nonsense_is_a_problem(ada: Caller):
    for body in ({}, {"threadId": "t", "runId": "r"}, asking("x") | {"resume": [{"interruptId": "x"}]}):
        assert_problem(await ada.http.post("/v1/ag-ui", json=body), 422)


async def test_what_the_log_has_lost_comes_from_the_database(ada: Caller):
    first = await ran(ada, asking(TOOL))
    id = first[1].snapshot["apexaurum"]["conversation_id"]
    await ada.house.services.redis.delete(stream_key(conversation_channel(UUID(id))))
    again = await ran(ada, asking(TOOL))
    assert text(again) == text(first)
    assert again[-1] == first[-1]
