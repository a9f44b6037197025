"""Swarms: one task over many inputs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from apexaurum.display import Table, bar
from apexaurum.shapes.agents import ENDED, Budget
from apexaurum.shapes.chat import TurnError

SwarmStatus = Literal["pending", "running", "paused", "reducing", "completed", "failed", "cancelled"]
ItemStatus = Literal["pending", "running", "completed", "failed", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class SwarmState(Table):
    """A swarm as it stands."""

    id: str
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
    reduce_agent_id: str | None
    result: str | None
    error: TurnError | None
    cost_usd: float
    budget: Budget
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def ended(self) -> bool:
        """Nothing more will come of it, unless it is retried."""
        return self.status in ENDED

    def _repr_html_(self) -> str:
        done = self.completed + self.failed
        return bar(self.name, done, self.total, f"{self.status}, {self.failed} failed, ${self.cost_usd:.4f}")


@dataclass(frozen=True, kw_only=True)
class SwarmItem(Table):
    """One input, and what came of it."""

    n: int
    input: Any
    status: ItemStatus
    attempts: int
    agent_id: str | None
    result: str | None
    error: TurnError | None
    cost_usd: float
    completed_at: datetime | None

    @property
    def ended(self) -> bool:
        """It will not be tried again by itself."""
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class SwarmItems:
    """A page of items."""

    items: list[SwarmItem]
    next_after: int | None
