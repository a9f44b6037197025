"""What happens to agents, as facts on their channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from actors.agents.store import AgentRow
from cluster.events.names import agent_channel, user_channel

SHOWN = (
    "id", "conversation_id", "parent_id", "root_id", "swarm_id", "council_id", "place", "level", "agent_type", "task",
    "model", "status", "waits_for", "paused", "retries", "attempt", "result", "error", "steps", "tokens", "cost_usd",
    "created_at", "started_at", "completed_at",
)  # fmt: skip
"""The fields of an agent that its user sees."""
TASK_CHARS, RESULT_CHARS = 300, 2000
"""What of a task and a result goes with an event; the whole is asked for."""


@dataclass(frozen=True, kw_only=True)
class AgentUpdated:
    """Something changed about an agent."""

    type: Literal["agent_update"] = "agent_update"
    agent_id: UUID
    status: str
    agent: Mapping[str, Any]

    @classmethod
    def of(cls, row: AgentRow) -> "AgentUpdated":
        """How an agent stands now."""
        facts = {name: getattr(row, name) for name in SHOWN}
        facts["task"] = row.task[:TASK_CHARS]
        facts["result"] = row.result[:RESULT_CHARS] if row.result else row.result
        facts["error"] = {"detail": None, "retryable": True, **row.error} if row.error else None
        return cls(agent_id=row.id, status=row.status, agent=facts)

    @staticmethod
    def channels(row: AgentRow) -> Sequence[str]:
        """Where it is told: the agent's own, and that of the one at the top; of that one, the user's."""
        own = agent_channel(row.id)
        if row.swarm_id is not None or row.council_id is not None:
            return [own]
        if row.root_id == row.id:
            return [own, user_channel(row.user_id)]
        return [own, agent_channel(row.root_id)]
