"""What may be used up: by an agent, a swarm or a council, and all that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cluster.settings import Settings

MOST_DEPTH = 8


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Limits, each for the one that gets it and all below it together.

    `usd` and `tokens` are spent, `seconds` of wall time end, `agents` are made below, `depth` levels of them, of which
    `fan_out` of its own are at work at once.
    """

    usd: Decimal
    tokens: int
    seconds: float
    agents: int
    depth: int
    fan_out: int

    @classmethod
    def of(cls, settings: Settings, wanted: Mapping[str, Any]) -> "Allowance":
        """What one agent may use up: what is wanted, else what this instance gives."""
        usual = cls(
            usd=settings.agent_usd,
            tokens=settings.agent_tokens,
            seconds=settings.agent_seconds,
            agents=settings.agent_agents,
            depth=settings.agent_depth,
            fan_out=settings.agent_fan_out,
        )
        return usual.but(wanted)

    @classmethod
    def of_many(cls, settings: Settings, wanted: Mapping[str, Any], *, agents: int, at_once: int) -> "Allowance":
        """What a swarm or council of so many agents may use up, `at_once` of them at a time."""
        usual = cls(
            usd=settings.swarm_usd,
            tokens=settings.swarm_tokens,
            seconds=settings.swarm_seconds,
            agents=agents + settings.agent_agents,
            depth=1 + settings.agent_depth,
            fan_out=at_once,
        )
        return usual.but(wanted)

    def but(self, wanted: Mapping[str, Any]) -> "Allowance":
        """These limits, except those that are given otherwise."""

        def either(name: str) -> Any:
            given = wanted.get(name)
            return getattr(self, name) if given is None else given

        return Allowance(
            usd=Decimal(str(either("usd"))),
            tokens=int(either("tokens")),
            seconds=float(either("seconds")),
            agents=int(either("agents")),
            depth=min(MOST_DEPTH, int(either("depth"))),
            fan_out=int(either("fan_out")),
        )
