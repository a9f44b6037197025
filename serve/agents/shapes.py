"""Rows of agents and budgets, as they look on the wire."""

from dataclasses import asdict
from typing import Any

import orjson

from actors.agents.allowance import Allowance
from actors.agents.store import AgentRow
from actors.agents.types import AgentType
from actors.stores.budgets import Budget
from cluster.settings import Settings
from serve import agents_wire as wire


def agent_shape(row: AgentRow) -> wire.Agent:
    """An agent."""
    return wire.Agent.model_validate(row)


def budget_shape(budget: Budget) -> wire.Budget:
    """A budget."""
    return wire.Budget.model_validate(budget)


def type_shape(kind: AgentType) -> wire.AgentType:
    """A type of agent."""
    return wire.AgentType.model_validate(kind)


def usual_shapes(settings: Settings) -> dict[str, dict[str, float]]:
    """What may be used up when nobody says otherwise: `usual` by an agent, `usual_of_many` by a swarm or a council."""
    one = asdict(Allowance.of(settings, {}))
    many = {"usd": settings.swarm_usd, "tokens": settings.swarm_tokens, "seconds": settings.swarm_seconds}
    return {
        "usual": {name: float(value) for name, value in one.items()},
        "usual_of_many": {name: float(value) for name, value in many.items()},
    }


def result_shape(row: AgentRow) -> wire.AgentResult:
    """What came of an agent; its result as JSON too, where that was asked for."""
    output: Any = None
    if row.result is not None and "answer_schema" in row.options:
        try:
            output = orjson.loads(row.result)
        except orjson.JSONDecodeError:
            output = None
    return wire.AgentResult(
        id=row.id,
        status=row.status,
        result=row.result,
        output=output,
        error=None if row.error is None else wire.TurnError(**row.error),
        cost_usd=row.cost_usd,
        tokens=row.tokens,
    )
