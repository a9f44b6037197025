"""One message can be followed from the socket to the model and the tools as one trace; it is counted on its way."""

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import pytest

from cluster.settings import Settings
from cluster.telemetry import traces
from cluster.telemetry.catalogue import COST_USD, MESSAGES, SOCKETS_OPEN, TOKENS, TURN_PHASE_SECONDS, TURNS, WAKES
from cluster.telemetry.otlp import OtlpTracing, export_to
from tests.cluster.telemetry.receiver import Receiver, receiving
from tests.serve.live.house import Person, eventually

ASKED = 'a secret, then use tool calculator with {"expression": "6*7"}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened
        traces.turn_off()


def record(receiver: Receiver, *, content: bool = False) -> OtlpTracing:
    tracing = export_to(receiver.url, process="test", content=content)
    traces.turn_on(tracing)
    return tracing


async def chat(ada: Person, receiver: Receiver, tracing: OtlpTracing) -> str:
    """Have a message answered, and all its spans sent; answers the turn."""
    async with ada.phone() as phone:
        await phone.send(type="chat", id="one", message=ASKED)
        ended = await phone.next("turn_ended")
        assert ended["status"] == "completed"

    def arrived() -> bool:
        tracing.flush()
        return {"turn", "session.advance"} <= set(receiver.names())

    await eventually(arrived)
    return cast("str", ended["turn_id"])


async def test_a_message_is_one_trace_from_the_socket_to_the_tools(ada: Person, receiver: Receiver):
    turn = await chat(ada, receiver, record(receiver))
    chain = ["execute_tool calculator", "turn", "session.post", "ask session.post", "command", "message"]
    for child, parent in pairwise(chain):
        assert receiver.parent_of(receiver.named(child)) == parent
    assert receiver.named("message").parent is None
    assert receiver.named("turn").attributes["apex.turn.id"] == turn
    steps = [span for span in receiver.spans if span.name == "chat scripted" and receiver.parent_of(span) == "turn"]
    commits = [span for span in receiver.spans if span.name == "commit"]
    assert (len(steps), len(commits)) == (2, 2)
    assert {span.trace for span in receiver.spans} == {receiver.named("message").trace}


async def test_a_model_step_follows_the_conventions_and_holds_nothing_that_was_said(ada: Person, receiver: Receiver):
    await chat(ada, receiver, record(receiver))
    step = next(span for span in receiver.spans if span.name == "chat scripted")
    assert step.attributes["gen_ai.operation.name"] == "chat"
    assert step.attributes["gen_ai.request.model"] == "scripted"
    assert step.attributes["gen_ai.response.finish_reasons"] == ["tool_use"]
    assert step.attributes["gen_ai.usage.input_tokens"] > 0
    assert step.attributes["gen_ai.usage.output_tokens"] > 0
    assert "secret" not in str(receiver.spans)
    assert "6*7" not in str(receiver.spans)


async def test_content_is_captured_when_it_is_asked_for(ada: Person, receiver: Receiver):
    await chat(ada, receiver, record(receiver, content=True))
    step = next(span for span in receiver.spans if span.name == "chat scripted")
    assert "a secret" in step.attributes["gen_ai.input.messages"]
    assert "6*7" in receiver.named("execute_tool calculator").attributes["gen_ai.tool.call.arguments"]


async def test_an_answer_is_counted(ada: Person):
    before = counts()
    async with ada.phone() as phone:
        await phone.send(type="chat", id="one", message=ASKED)
        await phone.next("turn_ended")
        assert SOCKETS_OPEN.values[()] == 1
    after = counts()
    assert {name: after[name] - before[name] for name in ("turns", "wakes", "model", "tools", "queue")} == {
        "turns": 1,
        "wakes": 1,
        "model": 2,
        "tools": 1,
        "queue": 1,
    }
    for name in ("messages", "input", "commit", "first_token"):
        assert after[name] > before[name], name
    await eventually(lambda: SOCKETS_OPEN.values[()] == 0)
    assert ("scripted",) in COST_USD.values


def counts() -> dict[str, float]:
    phases = {labels[0]: float(spread.count) for labels, spread in TURN_PHASE_SECONDS.values.items()}
    names = ("queue", "prepare", "first_token", "model", "tools", "commit")
    return {
        **{name: phases.get(name, 0.0) for name in names},
        "turns": TURNS.values.get(("completed",), 0.0),
        "wakes": WAKES.values.get(("session",), 0.0),
        "messages": MESSAGES.values.get(("ask", "session"), 0.0),
        "input": TOKENS.values.get(("input", "scripted"), 0.0),
    }


def test_tracing_is_off_by_default():
    assert Settings().otlp_endpoint is None
