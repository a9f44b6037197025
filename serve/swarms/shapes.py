"""Rows of swarms and their items, as they look on the wire."""

from actors.stores.budgets import Budget
from actors.swarms.items import Item
from actors.swarms.store import SwarmRow
from serve import swarms_wire as wire
from serve.agents.shapes import budget_shape


def swarm_shape(row: SwarmRow, budget: Budget) -> wire.Swarm:
    """A swarm, with what it may spend. Its cost is that of agents that have ended."""
    return wire.Swarm(
        id=row.id,
        name=row.name,
        task=row.options.task,
        agent_type=row.options.agent_type,
        model=row.options.model,
        parallelism=row.parallelism,
        status=row.status,
        paused=row.paused,
        closed=row.closed,
        total=row.total,
        completed=row.completed,
        failed=row.failed,
        reduce=row.options.reduce,
        reduce_agent_id=row.reduce_agent_id,
        result=row.result,
        error=None if row.error is None else wire.TurnError(**row.error),
        cost_usd=budget.usd_spent,
        budget=budget_shape(budget),
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


def item_shape(item: Item) -> wire.SwarmItem:
    """An item."""
    return wire.SwarmItem.model_validate(item)
