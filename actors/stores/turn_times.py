"""When a turn was accepted, begun and ended, and when each of its steps was committed: what its timeline rests on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, TurnId


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTimes:
    """A turn's own times."""

    id: TurnId
    conversation_id: ConversationId
    status: Literal["queued", "running", "completed", "stopped", "failed"]
    attempts: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes:
    """A committed step."""

    step: int
    model: str | None
    created_at: datetime


async def of_turn(conn: Connection, turn: TurnId) -> tuple[TurnTimes, list[StepTimes]] | None:
    """The times of a turn of this user's, and of its steps in order; None when there is no such turn."""
    row = await conn.fetchrow(
        """select t.id, t.conversation_id, t.status, t.attempts, t.created_at, t.started_at, t.ended_at
             from turns t join conversations c on c.id = t.conversation_id
            where t.id = $1 and c.deleted_at is null""",
        turn,
    )
    if row is None:
        return None
    steps = await conn.fetch(
        "select step, model, created_at from messages where turn_id = $1 and role = 'assistant' order by step", turn
    )
    return TurnTimes(**dict(row)), [StepTimes(**dict(step)) for step in steps]
