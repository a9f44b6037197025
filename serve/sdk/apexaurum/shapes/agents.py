"""Agents, and what they may use up."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from apexaurum.display import Table
from apexaurum.shapes.chat import TurnError

AgentStatus = Literal["pending", "running", "waiting", "completed", "failed", "cancelled"]
ENDED = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What may be used up, by the one that gets it and all that it makes. None: the server's default."""

    usd: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    agents: int | None = None
    depth: int | None = None
    fan_out: int | None = None

    def told(self) -> dict[str, Any]:
        """What is sent of it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Budget(Table):
    """What may be used up, and what was."""

    usd: float
    usd_spent: float
    usd_held: float
    usd_asked: float
    usd_doubted: float
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


@dataclass(frozen=True, kw_only=True)
class AgentState(Table):
    """An agent as it stands."""

    id: str
    conversation_id: str
    parent_id: str | None
    root_id: str
    swarm_id: str | None
    council_id: str | None
    place: int | None
    level: int
    agent_type: str
    task: str
    model: str | None
    status: AgentStatus
    waits_for: Literal["person", "child", "pause"] | None
    paused: bool
    retries: str | None
    attempt: int
    result: str | None
    error: TurnError | None
    steps: int
    tokens: int
    cost_usd: float
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def ended(self) -> bool:
        """Nothing more will come of it."""
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class AgentView:
    """An agent, what it may spend, and whom it made."""

    agent: AgentState
    budget: Budget
    below: list[AgentState]


@dataclass(frozen=True, kw_only=True)
class AgentResult(Table):
    """What came of an agent: a result when it completed, else an error."""

    id: str
    status: AgentStatus
    result: str | None
    output: Any
    """The result as JSON, when an answer schema was asked for."""
    error: TurnError | None
    cost_usd: float
    tokens: int

    def __str__(self) -> str:
        return self.result or str(self.error or self.status)
