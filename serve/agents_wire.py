"""The JSON shapes of agents, their kinds and budgets, schedules and webhooks; `swarms_wire.py` and `councils_wire.py`
have the rest.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from serve.wire import Answer, Command, TurnError, Usd

AgentStatus = Literal["pending", "running", "waiting", "completed", "failed", "cancelled"]
TypeName = Annotated[str, Field(min_length=1, max_length=50)]
Task = Annotated[str, Field(min_length=1, max_length=200_000)]
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
ModelId = Annotated[str, Field(max_length=100)]


class Allowance(Command):
    """What may be used up, by the one that gets it and all that it makes. Left out: the default of this instance."""

    usd: Annotated[float, Field(gt=0, le=100_000)] | None = None
    tokens: Annotated[int, Field(ge=1, le=100_000_000_000)] | None = None
    seconds: Annotated[float, Field(ge=1, le=30 * 86_400)] | None = None
    """Of wall time, from the moment it is made."""
    agents: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """Agents that may be made below, in all."""
    depth: Annotated[int, Field(ge=0, le=8)] | None = None
    """Levels of agents below."""
    fan_out: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Agents of its own that may be at work at once."""


class Budget(Answer):
    """What may be used up, and what was. spent + held + asked + doubted is never more than the limit."""

    usd: Usd
    usd_spent: Usd
    """By its own calls, and by agents below that have ended."""
    usd_held: Usd
    """For agents below that are at work."""
    usd_asked: Usd
    """The worst case of the call of a model that is being made."""
    usd_doubted: Usd
    """The worst case of calls whose end nobody heard, because a process died."""
    tokens: int
    tokens_spent: int
    tokens_held: int
    tokens_asked: int
    tokens_doubted: int
    calls_doubted: int
    agents: int
    agents_made: int
    depth: int
    fan_out: int
    children: int
    deadline: datetime


class Webhook(Command):
    """Is told, signed, when the work is over: POST of {type, id, status, result, error, cost_usd}."""

    url: Annotated[str, Field(min_length=8, max_length=2000)]
    secret: Annotated[str, Field(min_length=16, max_length=200)] | None = None
    """Signs `webhook-id.webhook-timestamp.body` with HMAC-SHA256 (Standard Webhooks)."""


class SpawnAgent(Command):
    """An agent that works on one task to its end."""

    task: Task
    agent_type: TypeName = "general"
    """general, researcher, coder, analyst, writer, or one that you defined."""
    model: ModelId | None = None
    tools: Annotated[str, Field(max_length=50)] | None = None
    """A tool preset; `none` for no tools."""
    agent: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    """As which agent of your village it speaks and remembers."""
    persona: Annotated[str, Field(max_length=20_000)] | None = None
    answer_schema: dict[str, Any] | None = None
    """A JSON Schema of an object: the result is JSON that keeps to it."""
    budget: Allowance = Allowance()
    webhook: Webhook | None = None


class Agent(Answer):
    id: UUID
    conversation_id: UUID
    """Its steps, as messages: GET /conversations/{id}."""
    parent_id: UUID | None
    root_id: UUID
    """The agent, swarm or council at the top."""
    swarm_id: UUID | None
    council_id: UUID | None
    place: int | None
    """The swarm's item, or the council's member."""
    level: int
    agent_type: str
    task: str
    model: str | None
    status: AgentStatus
    waits_for: Literal["person", "child", "pause"] | None
    paused: bool
    retries: UUID | None
    """The agent that this one does again."""
    attempt: int
    result: str | None
    error: TurnError | None
    steps: int
    tokens: int
    cost_usd: Usd
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class AgentView(Answer):
    """An agent, with what it may spend and whom it made."""

    agent: Agent
    budget: Budget
    below: list[Agent]
    """All agents below it, oldest first, 1,000 at most."""


class AgentResult(Answer):
    """Once it has ended: `result` when completed, else `error`."""

    id: UUID
    status: AgentStatus
    result: str | None
    output: Any | None
    """The result as JSON, when an `answer_schema` was asked for."""
    error: TurnError | None
    cost_usd: Usd
    tokens: int


class Agents(Answer):
    agents: list[Agent]
    next_cursor: str | None


class AgentTypeFacts(Command):
    """A kind of agent."""

    description: Annotated[str, Field(max_length=500)] = ""
    persona: Annotated[str, Field(max_length=20_000)] = ""
    model: ModelId | None = None
    tools: Annotated[str, Field(max_length=50)] | None = None
    agent: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    """Whose memories in the village it reads and writes."""
    budget: Allowance = Allowance()


class AgentType(Answer):
    name: str
    built_in: bool
    description: str
    persona: str
    model: str | None
    tools: str | None
    agent: str | None
    budget: dict[str, float]


class AgentTypes(Answer):
    types: list[AgentType]
    usual: dict[str, float]
    """What an agent may use up here, unless it or its type says otherwise."""
    usual_of_many: dict[str, float]
    """The same of a swarm or a council."""


class CreateSchedule(Command):
    """Work that is begun again and again, by a rule of RFC 5545: FREQ=DAILY;BYHOUR=7"""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    rule: Annotated[str, Field(min_length=1, max_length=500)]
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    starts_at: Annotated[AwareDatetime, Field(gt=EARLIEST, lt=LATEST)] | None = None
    """What the rule counts from. Left out: now, at the full minute, or at the full hour if the rule names hours."""
    spawn: SpawnAgent
    enabled: bool = True


class ScheduleChange(Command):
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    rule: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    enabled: bool | None = None


class Schedule(Answer):
    id: UUID
    name: str
    rule: str
    time_zone: str
    starts_at: datetime
    enabled: bool
    work: dict[str, Any]
    next_at: datetime | None
    last_at: datetime | None
    last_id: UUID | None
    """The agent that it began last."""
    last_error: str | None


class Schedules(Answer):
    schedules: list[Schedule]
