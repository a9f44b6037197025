"""Decides when a turn has used up what it may, and touches nothing: (spent, limits, now) -> which budget, or None.

A turn that is taken up again and again, or that never gets on, would cost money, hosts and a person's patience for
ever. Each budget ends it with words of its own (failures.py). A turn that waits for a person is not run at all: nobody
is hurried. All times are seconds on one clock, whichever the caller has; meter.py uses the event loop's.
"""

from dataclasses import dataclass, replace
from typing import Literal

from cluster.settings import Settings

Budget = Literal["attempts", "crashes", "tokens", "work", "progress", "allowance"]
"""What can be used up. `allowance` is what an agent was given by whoever made it (actors/agents)."""
ATTEMPT_LIMIT = 5
"""Attempts in a row that brought no step."""
CRASH_LIMIT = 2
"""Hosts of its own that may die in one turn. Those that it shared prove nothing: a neighbour may have done it."""
TOOL_GRACE = 30.0
"""What a tool gets beyond its own limit (seconds) before its silence counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one turn may use up."""

    attempts: int = ATTEMPT_LIMIT
    crashes: int = CRASH_LIMIT
    tokens: int
    seconds: float
    silence: float
    """Longest time without a token, a step or a tool's result."""

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """What the operator grants."""
        return cls(tokens=settings.turn_tokens, seconds=settings.turn_seconds, silence=settings.turn_silence_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What all incarnations of a turn have used up together. `seconds` is what they worked before `working_since`."""

    attempts: int = 1
    crashes: int = 0
    tokens: int = 0
    seconds: float = 0.0
    working_since: float
    progressed_at: float
    tools: float = 0.0
    """How long the tools that run now may take; they need not say anything meanwhile."""

    def seconds_at(self, now: float) -> float:
        """How long all incarnations have worked by now."""
        return self.seconds + max(0.0, now - self.working_since)

    def got_on(self, now: float) -> "Spent":
        """A token, a step or a tool's result came."""
        return replace(self, progressed_at=now)

    def running(self, tools: float, now: float) -> "Spent":
        """Tools run from now on that may take so long (seconds); 0 when none runs any more."""
        return replace(self, tools=tools, progressed_at=now)


def verdict(spent: Spent, limits: Limits, now: float) -> Budget | None:
    """Which budget is used up. The gravest comes first: a turn that kills hosts is not called slow."""
    if spent.crashes >= limits.crashes:
        return "crashes"
    if spent.attempts > limits.attempts:
        return "attempts"
    if spent.tokens >= limits.tokens:
        return "tokens"
    if spent.seconds_at(now) >= limits.seconds:
        return "work"
    return "progress" if now >= _silent_until(spent, limits) else None


def due(spent: Spent, limits: Limits) -> float:
    """When a clock would run out if nothing happens."""
    return min(spent.working_since + limits.seconds - spent.seconds, _silent_until(spent, limits))


def _silent_until(spent: Spent, limits: Limits) -> float:
    allowed = limits.silence if not spent.tools else max(limits.silence, spent.tools + TOOL_GRACE)
    return spent.progressed_at + allowed
