"""The JSON shapes of swarms: one task over many inputs."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from serve.agents_wire import Allowance, Budget, ModelId, Task, TypeName, Webhook
from serve.wire import Answer, Command, TurnError, Usd

SwarmStatus = Literal["pending", "running", "paused", "reducing", "completed", "failed", "cancelled"]
ItemStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
Inputs = Annotated[list[Any], Field(max_length=10_000)]


class CreateSwarm(Command):
    """An agent for each input, then, if asked for, one that makes one answer of theirs."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    task: Task
    """What each agent does. `{input}` stands for its input; without it the input is added at the end."""
    inputs: Inputs
    closed: bool = True
    """False: more inputs will be added (POST /swarms/{id}/items), until it is closed."""
    agent_type: TypeName = "general"
    model: ModelId | None = None
    tools: Annotated[str, Field(max_length=50)] | None = None
    answer_schema: dict[str, Any] | None = None
    parallelism: Annotated[int, Field(ge=1, le=1000)] = 20
    retries: Annotated[int, Field(ge=0, le=5)] = 1
    """How often an item that fails is tried again."""
    reduce: Task | None = None
    """What one more agent makes of all results. `{results}` stands for them; without it they are added at the end."""
    budget: Allowance = Allowance()
    """Of the whole swarm."""
    each: Allowance = Allowance()
    """Of one agent."""
    webhook: Webhook | None = None


class AddItems(Command):
    inputs: Inputs
    closed: bool = False
    """No more will come."""


class Swarm(Answer):
    id: UUID
    name: str
    task: str
    agent_type: str
    model: str | None
    parallelism: int
    status: SwarmStatus
    paused: bool
    closed: bool
    total: int
    completed: int
    failed: int
    reduce: str | None
    reduce_agent_id: UUID | None
    result: str | None
    error: TurnError | None
    cost_usd: Usd
    budget: Budget
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class SwarmItem(Answer):
    n: int
    input: Any
    status: ItemStatus
    attempts: int
    agent_id: UUID | None
    result: str | None
    error: TurnError | None
    cost_usd: Usd
    completed_at: datetime | None


class Swarms(Answer):
    swarms: list[Swarm]
    next_cursor: str | None


class SwarmItems(Answer):
    """Items in order; those of `after` and later."""

    items: list[SwarmItem]
    next_after: int | None


class RetryItems(Command):
    """Items that failed or were cancelled are tried again: all of them, or these."""

    items: Annotated[list[int], Field(max_length=10_000)] | None = None
