"""The JSON shapes of the runtime: what administrators see of it, and the timeline of one turn.

None of them holds anything that anybody said: ids, times, counts.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from serve.wire import Answer


class RuntimeHost(Answer):
    """A process that carries actors."""

    id: UUID
    name: str
    node: str
    pid: int
    cpu: float
    """Processor time used, as a share of one core."""
    lag: float
    """How late its event loop runs (seconds)."""
    actors: int
    """As it last said."""
    capacity: int
    lease_seconds: float
    """How long its lease still holds; negative when it ran out."""
    draining: bool
    version: int
    """Protocol of the code that runs in it."""
    alive: bool
    started_at: datetime


class RuntimeNode(Answer):
    """A machine, as far as hosts run on it."""

    node: str
    hosts: int
    """Those that are alive."""
    actors: int
    capacity: int
    cpu: float
    """Of all its hosts together, in cores."""
    lag: float
    """The worst of its hosts (seconds)."""


class RuntimeKind(Answer):
    """The actors of one kind."""

    kind: str
    awake: int
    pending: int
    """Those with unfinished work, awake or not."""
    orphaned: int
    """Those with unfinished work that no live host has: they are woken within seconds."""


class RuntimeTurn(Answer):
    """A turn that has not ended, or that was recovered."""

    id: UUID
    conversation_id: UUID
    status: Literal["queued", "running", "completed", "stopped", "failed"]
    attempts: int
    """How often it was begun; above one it was taken up after its host was lost."""
    age_seconds: float
    """Since it was accepted."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class RuntimeState(Answer):
    """The runtime at one moment."""

    at: datetime
    nodes: list[RuntimeNode]
    hosts: list[RuntimeHost]
    kinds: list[RuntimeKind]
    turns: list[RuntimeTurn]
    """In flight, the oldest first; at most 100 of them."""
    turns_in_flight: int
    recoveries: list[RuntimeTurn]
    """Of the last hour, the newest first; at most 50 of them."""
    dashboard_url: str | None
    """Ray's own page."""


class TimelineSpan(Answer):
    """Something that took a while. Times are seconds after the turn was accepted."""

    kind: Literal["queue", "prepare", "model", "tool", "recovery"]
    name: str
    """The model or the tool; else what it is."""
    step: int | None = None
    begin: float
    end: float | None
    """None while it goes on, and when nobody saw its end."""
    first_token: float | None = None
    """When the model said its first word."""
    failed: bool = False


class TimelineMark(Answer):
    """Something that happened at one moment (seconds after the turn was accepted)."""

    kind: Literal["accepted", "started", "first_token", "committed", "recovering", "resumed", "ended"]
    at: float
    step: int | None = None


class Timeline(Answer):
    """What a turn did when."""

    turn_id: UUID
    conversation_id: UUID
    status: Literal["queued", "running", "completed", "stopped", "failed"]
    attempts: int
    accepted_at: datetime
    seconds: float
    """From acceptance to the end, or to now."""
    spans: list[TimelineSpan]
    marks: list[TimelineMark]
    whole: bool
    """Whether the events were still there; else this is only what the database kept."""
