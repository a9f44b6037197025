"""What happens in a swarm, as facts: the JSON of `SwarmUpdate` (serve/socket_wire.py) less `seq`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import orjson

from actors.swarms.items import Item
from actors.swarms.store import OVER, SwarmRow

MOST_INPUT = 2_000
"""Bytes of an input that an event repeats; a longer one is left out."""
MOST_RESULT = 32_000
"""Characters of a result that an event holds; a longer one is left out, and is to be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """An item as an event shows it."""

    n: int
    input: Any
    status: str
    attempts: int
    agent_id: UUID | None
    result: str | None
    error: dict[str, Any] | None
    cost_usd: Decimal
    completed_at: datetime | None

    @classmethod
    def of(cls, item: Item) -> "ItemFacts":
        """The item, less what is long."""
        result = item.result if item.result is not None and len(item.result) <= MOST_RESULT else None
        return cls(
            n=item.n,
            input=item.input if len(orjson.dumps(item.input)) <= MOST_INPUT else None,
            status=item.status,
            attempts=item.attempts,
            agent_id=item.agent_id,
            result=result,
            error=item.error,
            cost_usd=item.cost_usd,
            completed_at=item.completed_at,
        )


@dataclass(frozen=True, kw_only=True)
class SwarmUpdated:
    """How far a swarm is, and which item has changed."""

    type: Literal["swarm_update"] = "swarm_update"
    swarm_id: UUID
    status: str
    total: int
    completed: int
    failed: int
    cost_usd: Decimal
    item: ItemFacts | None = None

    @property
    def once(self) -> str | None:
        """The log takes each end of an item once, whoever else publishes it too."""
        if self.item is None or self.item.status not in OVER:
            return None
        return f"item:{self.swarm_id}:{self.item.n}:{self.item.completed_at}"


def updates(swarm: SwarmRow, cost: Decimal, items: Sequence[Item]) -> list[SwarmUpdated]:
    """An event for each item, or one without when there is none."""
    shown = [ItemFacts.of(item) for item in items] or [None]
    return [
        SwarmUpdated(
            swarm_id=swarm.id,
            status=swarm.status,
            total=swarm.total,
            completed=swarm.completed,
            failed=swarm.failed,
            cost_usd=cost,
            item=item,
        )
        for item in shown
    ]
