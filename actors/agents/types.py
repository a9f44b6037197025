"""The types of agents that everybody has: what each is told about its work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ALONE = """You work on one task on your own, to its end. Nobody reads along and nobody answers questions: where
something is left open, choose what the one who gave you the task would most likely want, and say that you did.
Your last message is the result that is kept: make it complete by itself, without an account of how you got there
unless that was asked for."""


@dataclass(frozen=True, kw_only=True)
class AgentType:
    """A type of agent. `persona` is what it is told about itself; `agent` whose memories in the village it has."""

    name: str
    description: str = ""
    persona: str = ""
    model: str | None = None
    tools: str | None = None
    agent: str | None = None
    budget: Mapping[str, Any] = field(default_factory=dict[str, Any])
    built_in: bool = False


BUILT_IN: Mapping[str, AgentType] = {
    kind.name: kind
    for kind in (
        AgentType(
            name="general",
            description="Does a task fully and gives a clear result.",
            persona="You are a capable generalist: you do the whole task and give a clear result.",
            built_in=True,
        ),
        AgentType(
            name="researcher",
            description="Gathers, weighs and cites.",
            persona="You are a researcher: you gather facts from several sources, weigh them against one another, say "
            "how sure you are, and cite where each comes from.",
            tools="research",
            built_in=True,
        ),
        AgentType(
            name="coder",
            description="Writes clean code, tries it, explains it.",
            persona="You are a programmer: you write clean, documented code, run it before you call it done where you "
            "can, and explain what matters about it.",
            built_in=True,
        ),
        AgentType(
            name="analyst",
            description="Finds what the evidence says.",
            persona="You are an analyst: you look at the evidence, find what it says and what it does not, and back "
            "each finding with figures.",
            tools="research",
            built_in=True,
        ),
        AgentType(
            name="writer",
            description="Writes clearly, with a thread.",
            persona="You are a writer: clear, engaging, well structured, in the voice that the task asks for.",
            tools="minimal",
            built_in=True,
        ),
    )
}


def persona_of(kind: AgentType, persona: str | None) -> str:
    """What an agent of a type is told about itself."""
    return "\n\n".join(part.strip() for part in (persona or kind.persona, ALONE) if part.strip())
