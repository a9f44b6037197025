"""Spans find their parents across contexts and messages; switched off they are nobody's."""

import contextvars
from collections.abc import Iterator

import pytest

from cluster.runtime.actor import ActorId
from cluster.runtime.envelope import Message, decode_message, encode_message
from cluster.settings import Settings
from cluster.telemetry import traces
from cluster.telemetry.process import start_telemetry
from tests.cluster.telemetry.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened
        traces.turn_off()


def turn_on(receiver: Receiver) -> None:
    start_telemetry(Settings(otlp_endpoint=receiver.url), "test")


def test_nothing_is_recorded_unless_it_is_turned_on(receiver: Receiver):
    with traces.span("a") as span:
        span.note({"b": 1})
        assert span is traces.OFF
        assert traces.place() is None
    traces.turn_off()
    assert receiver.spans == []


def test_a_span_goes_to_the_receiver_with_its_parent(receiver: Receiver):
    turn_on(receiver)
    with traces.span("outer"), traces.span("inner", attributes={"n": 1}) as span:
        span.note({"later": ["x"]})
    traces.turn_off()
    inner, outer = receiver.named("inner"), receiver.named("outer")
    assert inner.parent == outer.id
    assert inner.trace == outer.trace
    assert outer.parent is None
    assert inner.attributes == {"n": 1, "later": ["x"]}


def test_a_message_carries_its_place_to_another_process(receiver: Receiver):
    turn_on(receiver)
    with traces.span("sender"):
        data = encode_message(Message(ActorId("a", "b"), "m", (), {}, traces.place()))
    contextvars.Context().run(_receive, data)
    traces.turn_off()
    assert receiver.parent_of(receiver.named("receiver")) == "sender"


def test_an_empty_context_can_be_given_the_current_span(receiver: Receiver):
    turn_on(receiver)
    context = contextvars.Context()
    with traces.span("outer"):
        traces.carry(context)
        context.run(_work)
    traces.turn_off()
    assert receiver.parent_of(receiver.named("work")) == "outer"


def test_an_error_is_noted_by_its_type_alone(receiver: Receiver):
    turn_on(receiver)
    with pytest.raises(ValueError, match="a secret"), traces.span("failing"):
        raise ValueError("a secret")
    traces.turn_off()
    failing = receiver.named("failing")
    assert failing.attributes == {"error.type": "ValueError"}
    assert "secret" not in failing.more


def test_a_message_of_older_code_has_no_place():
    message = Message.__new__(Message)
    message.__setstate__([ActorId("a", "b"), "m", (1,), {}])
    assert message == Message(ActorId("a", "b"), "m", (1,), {}, None)


def _receive(data: bytes) -> None:
    with traces.span("receiver", parent=decode_message(data).trace):
        pass


def _work() -> None:
    with traces.span("work"):
        pass
