"""Turns as an operator sees them, of all people: how many and how far, never what was said. Needs the system role."""

from dataclasses import dataclass
from datetime import datetime

from cluster.clients.postgres import Connection, Row
from cluster.ids import ConversationId, TurnId

MOST_IN_FLIGHT = 100
MOST_RECOVERED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSeen:
    """How far a turn is. `age_seconds` counts from when it was accepted."""

    id: TurnId
    conversation_id: ConversationId
    status: str
    attempts: int
    age_seconds: float
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


async def in_flight(conn: Connection) -> tuple[int, list[TurnSeen]]:
    """How many turns have not ended, and the oldest of them."""
    number = await conn.fetchval("select count(*) from turns where status in ('queued', 'running')")
    rows = await conn.fetch(
        """select id, conversation_id, status, attempts, created_at, started_at, ended_at,
                  extract(epoch from now() - created_at)::float8 as age_seconds
             from turns where status in ('queued', 'running') order by created_at limit $1""",
        MOST_IN_FLIGHT,
    )
    return number, [_seen(row) for row in rows]


async def recovered(conn: Connection) -> list[TurnSeen]:
    """The turns of the last hour that were taken up after their host was lost, newest first."""
    rows = await conn.fetch(
        """select id, conversation_id, status, attempts, created_at, started_at, ended_at,
                  extract(epoch from now() - created_at)::float8 as age_seconds
             from turns where attempts > 1 and started_at > now() - interval '1 hour'
            order by started_at desc limit $1""",
        MOST_RECOVERED,
    )
    return [_seen(row) for row in rows]


def _seen(row: Row) -> TurnSeen:
    return TurnSeen(**dict(row))
