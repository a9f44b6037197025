"""A turn's events become spans and marks: steps, tools, a lost host, what was said twice."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from actors.stores.turn_times import TurnTimes
from cluster.events.log import Entry
from cluster.ids import ConversationId, TurnId, new_id
from serve.conversations.timeline import timeline
from serve.runtime_wire import Timeline

ACCEPTED = datetime(2026, 11, 23, 9, tzinfo=UTC)
TURN, CONVERSATION = TurnId(new_id()), ConversationId(new_id())
STEP, NEXT = str(new_id()), str(new_id())


def event(seconds: float, kind: str, turn: TurnId = TURN, **fields: Any) -> Entry:
    millis = int((ACCEPTED + timedelta(seconds=seconds)).timestamp() * 1000)
    body = {"type": kind, "conversation_id": str(CONVERSATION), "turn_id": str(turn), **fields}
    return Entry(f"{millis}-0", orjson.dumps(body))


def step(seconds: float, message: str, number: int) -> Entry:
    return event(seconds, "step_started", message_id=message, parent_id=None, step=number, model="m")


def finished(seconds: float, message: str, status: str = "complete") -> Entry:
    return event(seconds, "step_finished", message_id=message, status=status)


async def read(events: Sequence[Entry], *, status: Any = "completed", attempts: int = 1) -> Timeline:
    turn = TurnTimes(
        id=TURN,
        conversation_id=CONVERSATION,
        status=status,
        attempts=attempts,
        created_at=ACCEPTED,
        started_at=ACCEPTED,
        ended_at=ACCEPTED + timedelta(seconds=9),
    )

    async def found() -> AsyncIterator[Entry]:
        for entry in events:
            yield entry

    return await timeline(turn, [], found())


def spans(found: Timeline) -> list[tuple[str, float, float | None]]:
    return [(span.kind, span.begin, span.end) for span in found.spans]


async def test_steps_and_their_tools_stand_where_they_were():
    found = await read(
        [
            event(0.5, "turn_started"),
            step(1, STEP, 0),
            event(1.5, "token", message_id=STEP, content="Let me"),
            event(1.6, "token", message_id=STEP, content=" see."),
            finished(2, STEP),
            event(2, "tool_start", message_id=STEP, id="a", tool="calculator"),
            event(2, "tool_start", message_id=STEP, id="b", tool="clock"),
            event(2.5, "tool_complete", message_id=STEP, id="b", result={"is_error": True}),
            event(3, "tool_complete", message_id=STEP, id="a", result={"is_error": False}),
            step(3, NEXT, 1),
            finished(4, NEXT),
            event(4, "turn_ended"),
        ]
    )
    assert spans(found) == [
        ("queue", 0.0, 0.5),
        ("prepare", 0.5, 1.0),
        ("model", 1.0, 2.0),
        ("tool", 2.0, 3.0),
        ("tool", 2.0, 2.5),
        ("model", 3.0, 4.0),
    ]
    assert [span.first_token for span in found.spans if span.kind == "model"] == [1.5, None]
    assert [span.failed for span in found.spans if span.kind == "tool"] == [False, True]
    assert [span.step for span in found.spans if span.kind == "tool"] == [0, 0]


async def test_what_a_lost_host_was_doing_ends_where_the_next_one_takes_over():
    found = await read(
        [
            event(0, "turn_started"),
            step(1, STEP, 0),
            event(5, "turn_recovering"),
            event(5.5, "turn_resumed", step=0),
            step(6, NEXT, 0),
            finished(7, NEXT),
            event(7, "turn_ended"),
        ],
        attempts=2,
    )
    assert spans(found)[2:5] == [("model", 1.0, 5.0), ("recovery", 5.0, 5.5), ("prepare", 5.5, 6.0)]
    assert [span.failed for span in found.spans if span.kind == "model"] == [True, False]
    assert [mark.kind for mark in found.marks] == ["accepted", "started", "recovering", "resumed", "committed", "ended"]


async def test_a_step_that_is_told_again_after_a_recovery_is_one_step():
    events = [event(0, "turn_started"), step(1, STEP, 0), finished(2, STEP), event(5, "turn_recovering")]
    events += [finished(5, STEP), event(5, "turn_resumed", step=1), event(6, "turn_ended")]
    found = await read(events)
    assert [span for span in spans(found) if span[0] == "model"] == [("model", 1.0, 2.0)]
    assert [mark.kind for mark in found.marks].count("committed") == 1


async def test_other_turns_of_the_conversation_leave_no_trace():
    other = TurnId(new_id())
    events = [event(0, "turn_started", other), event(1, "turn_started"), event(2, "turn_ended", other)]
    found = await read([*events, event(3, "turn_ended")])
    assert spans(found) == [("queue", 0.0, 1.0), ("prepare", 1.0, 3.0)]


async def test_events_that_are_gone_are_not_made_up():
    found = await read([step(1, STEP, 0), finished(2, STEP), event(3, "turn_ended")])
    assert found.whole is False
