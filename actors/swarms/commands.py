"""What a swarm is told from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
MOST_ITEMS = 20_000
"""Of one swarm, however they come to it."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a swarm does, as its row keeps it. `request` is a digest of what was asked for: the same key, the same
    swarm. `reductions` counts how often the results were made into one: each time with agents of its own.
    """

    task: str
    agent_type: str = "general"
    model: str | None = None
    tools: str | None = None
    answer_schema: Mapping[str, Any] | None = None
    retries: int = 1
    reduce: str | None = None
    each: Mapping[str, Any] = field(default_factory=dict[str, Any])
    request: str = ""
    reductions: int = 1


@dataclass(frozen=True, kw_only=True)
class NewSwarm:
    """A swarm that is to be made."""

    idempotency_key: str
    name: str
    options: Options
    inputs: Sequence[Any]
    closed: bool
    parallelism: int
    budget: Mapping[str, Any] = field(default_factory=dict[str, Any])
    webhook: Json | None = None
