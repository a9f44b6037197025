"""Events are what the wire says, and publishing them never holds a turn up."""

from dataclasses import fields
from typing import Any, cast

import pytest

from actors import events
from actors.events import MessageFacts, TokenAdded, TurnError, utf16_length
from actors.session.outbox import Outbox
from actors.stores.approvals import Approval
from actors.swarms.events import ItemFacts, SwarmUpdated
from cluster.errors import Unavailable
from cluster.events.log import EventLog
from cluster.ids import new_id
from serve import socket_wire, swarms_wire, wire

PAIRS = [
    (events.MessageAdded, socket_wire.MessageAdded),
    (events.TurnStarted, socket_wire.TurnStarted),
    (events.StepStarted, socket_wire.StepStarted),
    (events.TokenAdded, socket_wire.Token),
    (events.ThinkingAdded, socket_wire.Thinking),
    (events.ToolStarted, socket_wire.ToolStart),
    (events.ToolFinished, socket_wire.ToolComplete),
    (events.ApprovalRequested, socket_wire.ApprovalRequested),
    (events.ApprovalAnswered, socket_wire.ApprovalAnswered),
    (events.StepFinished, socket_wire.StepFinished),
    (events.TurnRecovering, socket_wire.TurnRecovering),
    (events.TurnResumed, socket_wire.TurnResumed),
    (events.TurnEnded, socket_wire.TurnEnded),
    (events.ConversationUpdated, socket_wire.ConversationUpdated),
    (events.ConversationDeleted, socket_wire.ConversationDeleted),
    (SwarmUpdated, socket_wire.SwarmUpdate),
]


@pytest.mark.parametrize(("event", "shape"), PAIRS, ids=[shape.__name__ for _, shape in PAIRS])
def test_an_event_has_the_fields_of_its_wire_shape(event: Any, shape: Any) -> None:
    assert {field.name for field in fields(event)} | {"seq"} == set(shape.model_fields)
    assert event.type == shape.model_fields["type"].default


def test_what_events_hold_has_the_fields_of_its_wire_shape() -> None:
    assert {field.name for field in fields(MessageFacts)} == set(wire.Message.model_fields)
    assert {field.name for field in fields(Approval)} == set(wire.Approval.model_fields)
    assert {field.name for field in fields(TurnError)} == set(wire.TurnError.model_fields)
    assert {field.name for field in fields(ItemFacts)} == set(swarms_wire.SwarmItem.model_fields)


def test_length_is_counted_as_javascript_does() -> None:
    assert [utf16_length(text) for text in ("abc", "äöü", "🎈", "a🎈b")] == [3, 3, 2, 4]


class LogThatIsAway:
    """An event log that cannot be reached until it is back."""

    def __init__(self) -> None:
        self.back = False
        self.published: list[str] = []

    async def publish(self, channel: str, *events: TokenAdded) -> str:
        """Take events, or not."""
        if not self.back:
            raise Unavailable("the event log does not answer")
        self.published.extend(event.content for event in events)
        return "7-0"


def token(content: str) -> TokenAdded:
    """A token's event."""
    return TokenAdded(conversation_id=new_id(), turn_id=new_id(), message_id=new_id(), content=content)


async def test_events_that_the_log_cannot_take_are_dropped_and_later_ones_go_out() -> None:
    log = LogThatIsAway()
    outbox = Outbox(cast("EventLog", log), "conversation:1", "user:1", seq="0-0")
    outbox.add(token("lost"))
    await outbox.flush()
    log.back = True

    outbox.add(token("a"), token("b"))
    outbox.add(token("c"))
    await outbox.flush()

    assert log.published == ["a", "b", "c"]
    assert outbox.seq == "7-0"
