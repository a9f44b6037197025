"""On whose behalf something is done in the village: a person, or one agent of theirs."""

from dataclasses import dataclass

from cluster.ids import UserId

ASSISTANT = "CLAUDE"
"""The agent that speaks in a conversation for which no other was chosen."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person, or one agent of theirs. The database lets an agent see its own private realm and none of another's."""

    user: UserId
    agent: str | None = None
    """None: the person."""
