"""What a turn did when: read from its row, its steps, and the numbers of its events, which are times (milliseconds).

The event log has everything, for as long as it keeps it; the database alone still knows when the turn was accepted,
begun, and ended, and when each step was committed. Times of both are put on one scale, whose zero is the acceptance.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from actors.stores.turn_times import StepTimes, TurnTimes
from cluster.events.log import Entry, order
from serve.runtime_wire import Timeline, TimelineMark, TimelineSpan

LONG = frozenset({"token", "thinking"})
"""Events of which there are very many: only the first of each step counts."""


@dataclass
class Reader:
    """Makes spans and marks of a turn's events, in their order."""

    accepted: float
    spans: list[TimelineSpan] = field(default_factory=list[TimelineSpan])
    marks: list[TimelineMark] = field(default_factory=list[TimelineMark])
    _steps: dict[str, TimelineSpan] = field(default_factory=dict[str, TimelineSpan])
    _tools: dict[str, TimelineSpan] = field(default_factory=dict[str, TimelineSpan])
    _preparing: TimelineSpan | None = None
    _recovering: TimelineSpan | None = None
    opened: bool = False
    ended: bool = False

    def take(self, kind: str, at: float, event: dict[str, Any]) -> None:
        """Take the next event."""
        match kind:
            case "turn_started":
                self._begin(at)
            case "step_started":
                self._step(at, event)
            case "token" | "thinking":
                self._speak(at, event)
            case "step_finished":
                self._commit(at, event)
            case "tool_start":
                span = TimelineSpan(kind="tool", name=event["tool"], step=self._number(event), begin=at, end=None)
                self.spans.append(span)
                self._tools[event["id"]] = span
            case "tool_complete":
                self._tool_done(at, event)
            case "turn_recovering":
                self._lose(at)
            case "turn_resumed":
                self._resume(at)
            case "turn_ended":
                self.ended = True
                self._close_all(at)
                self.marks.append(TimelineMark(kind="ended", at=at))
            case _:
                pass

    def _begin(self, at: float) -> None:
        if not self.opened:
            self.opened = True
            self.spans.append(TimelineSpan(kind="queue", name="Waiting", begin=0.0, end=at))
            self.marks.append(TimelineMark(kind="started", at=at))
            self._preparing = self._open("prepare", "Preparing", at)

    def _step(self, at: float, event: dict[str, Any]) -> None:
        self._close(self._preparing, at)
        self._preparing = None
        span = TimelineSpan(kind="model", name=event["model"], step=event["step"], begin=at, end=None)
        self.spans.append(span)
        self._steps[event["message_id"]] = span

    def _speak(self, at: float, event: dict[str, Any]) -> None:
        span = self._steps.get(event["message_id"])
        if span is not None and span.first_token is None:
            span.first_token = at
            self.marks.append(TimelineMark(kind="first_token", at=at, step=span.step))

    def _commit(self, at: float, event: dict[str, Any]) -> None:
        span = self._steps.get(event["message_id"])
        if span is not None and span.end is None:
            span.end = at
            span.failed = event["status"] != "complete"
            self.marks.append(TimelineMark(kind="committed", at=at, step=span.step))

    def _tool_done(self, at: float, event: dict[str, Any]) -> None:
        span = self._tools.get(event["id"])
        if span is not None and span.end is None:
            span.end = at
            span.failed = bool(event["result"].get("is_error"))

    def _lose(self, at: float) -> None:
        """Whatever was going on was lost when its host was: the last that is known of it is before this."""
        self._close_all(at)
        self._preparing = None
        self.marks.append(TimelineMark(kind="recovering", at=at))
        self._recovering = self._open("recovery", "Taking up again", at)

    def _resume(self, at: float) -> None:
        self._close(self._recovering, at)
        self._recovering = None
        self.marks.append(TimelineMark(kind="resumed", at=at))
        self._preparing = self._open("prepare", "Preparing", at)

    def _open(self, kind: Literal["prepare", "recovery"], name: str, at: float) -> TimelineSpan:
        span = TimelineSpan(kind=kind, name=name, begin=at, end=None)
        self.spans.append(span)
        return span

    def _close_all(self, at: float) -> None:
        for span in self.spans:
            if span.end is None:
                span.failed = span.kind in ("model", "tool")
                span.end = at

    def _close(self, span: TimelineSpan | None, at: float) -> None:
        if span is not None and span.end is None:
            span.end = at

    def _number(self, event: dict[str, Any]) -> int | None:
        span = self._steps.get(event["message_id"])
        return None if span is None else span.step


async def timeline(turn: TurnTimes, steps: Sequence[StepTimes], events: AsyncIterator[Entry]) -> Timeline:
    """The timeline of a turn. `events` are those of its conversation, in order; others' are passed over."""
    reader = Reader(accepted=turn.created_at.timestamp())
    needle = b'"turn_id":"%b"' % str(turn.id).encode()
    spoken: set[bytes] = set()
    async for entry in events:
        kind = entry.type
        if needle not in entry.data or (kind in LONG and not _first(entry, spoken)):
            continue
        at = max(0.0, order(entry.seq)[0] / 1000 - reader.accepted)
        reader.take(kind, round(at, 3), orjson.loads(entry.data))
    over = turn.status not in ("queued", "running")
    whole = (reader.opened or turn.started_at is None) and reader.ended == over
    if not whole:
        reader = _from_rows(turn, steps)
    end = turn.ended_at or datetime.now(UTC)
    if turn.started_at is None and not over:
        reader.spans.append(TimelineSpan(kind="queue", name="Waiting", begin=0.0, end=None))
    last = max((span.end or span.begin for span in reader.spans), default=0.0)
    return Timeline(
        turn_id=turn.id,
        conversation_id=turn.conversation_id,
        status=turn.status,
        attempts=turn.attempts,
        accepted_at=turn.created_at,
        seconds=max(round(end.timestamp() - reader.accepted, 3), last),
        spans=sorted(reader.spans, key=lambda span: span.begin),
        marks=sorted([TimelineMark(kind="accepted", at=0.0), *reader.marks], key=lambda mark: mark.at),
        whole=whole,
    )


def _first(entry: Entry, spoken: set[bytes]) -> bool:
    """Whether this is the first that its step said; told without reading JSON, for there can be ten thousand."""
    begin = entry.data.find(b'"message_id":"')
    message = entry.data[begin : begin + 51]
    if message in spoken:
        return False
    spoken.add(message)
    return True


def _from_rows(turn: TurnTimes, steps: Sequence[StepTimes]) -> Reader:
    """What the database alone knows: a step is what lies between two commits, its tools in it."""
    reader = Reader(accepted=turn.created_at.timestamp())

    def at(moment: datetime) -> float:
        return max(0.0, round(moment.timestamp() - reader.accepted, 3))

    if turn.started_at is None:
        return reader
    begin = at(turn.started_at)
    reader.spans.append(TimelineSpan(kind="queue", name="Waiting", begin=0.0, end=begin))
    reader.marks.append(TimelineMark(kind="started", at=begin))
    for step in steps:
        end = at(step.created_at)
        name = step.model or "Answer"
        reader.spans.append(TimelineSpan(kind="model", name=name, step=step.step, begin=begin, end=end))
        reader.marks.append(TimelineMark(kind="committed", at=end, step=step.step))
        begin = end
    if turn.ended_at is not None:
        reader.marks.append(TimelineMark(kind="ended", at=at(turn.ended_at)))
    return reader
