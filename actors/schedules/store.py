"""The SQL of table schedules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId

COLUMNS = "id, name, rule, time_zone, starts_at, work, enabled, next_at, last_at, last_id, last_error, created_at"


@dataclass(frozen=True, kw_only=True)
class ScheduleRow:
    """A schedule as it stands. `work` is {kind: agent, request}, `last_id` the agent that it began last."""

    id: UUID
    name: str
    rule: str
    time_zone: str
    starts_at: datetime
    work: dict[str, Any]
    enabled: bool
    next_at: datetime | None
    last_at: datetime | None
    last_id: UUID | None
    last_error: str | None
    created_at: datetime


async def owner(conn: Connection, id: UUID) -> UserId | None:
    """Whose schedule it is. Needs `db.as_system()`."""
    return await conn.fetchval("select user_id from schedules where id = $1", id)


async def now(conn: Connection) -> datetime:
    """The time by the clock that all hosts share."""
    return await conn.fetchval("select now()")


async def find(conn: Connection, id: UUID) -> ScheduleRow | None:
    """One schedule of the user's."""
    row = await conn.fetchrow("select " + COLUMNS + " from schedules where id = $1", id)
    return ScheduleRow(**row) if row else None


async def listed(conn: Connection) -> Sequence[ScheduleRow]:
    """All schedules of the user's, newest first."""
    rows = await conn.fetch("select " + COLUMNS + " from schedules order by created_at desc, id desc")
    return [ScheduleRow(**row) for row in rows]


async def count(conn: Connection, user: UserId) -> int:
    """How many the user has; nobody adds another until this transaction ends."""
    await conn.fetchval("select 1 from users where id = $1 for no key update", user)
    return await conn.fetchval("select count(*) from schedules")


async def add(conn: Connection, user: UserId, new: ScheduleRow) -> None:
    """Add a schedule."""
    await conn.execute(
        """insert into schedules (id, user_id, name, rule, time_zone, starts_at, work, enabled, next_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        new.id, user, new.name, new.rule, new.time_zone, new.starts_at, new.work, new.enabled, new.next_at,
    )  # fmt: skip


async def change(conn: Connection, changed: ScheduleRow) -> None:
    """Give a schedule another name, rule, zone or state."""
    await conn.execute(
        """update schedules set name = $2, rule = $3, time_zone = $4, enabled = $5, next_at = $6, last_error = null
           where id = $1""",
        changed.id, changed.name, changed.rule, changed.time_zone, changed.enabled, changed.next_at,
    )  # fmt: skip


async def fired(conn: Connection, id: UUID, *, began: UUID | None, error: str | None, next_at: datetime | None) -> None:
    """It was its time: what was begun, or why nothing was, and when it is next."""
    await conn.execute(
        """update schedules set last_at = now(), last_id = coalesce($2, last_id), last_error = $3, next_at = $4
           where id = $1""",
        id, began, error, next_at,
    )  # fmt: skip


async def remove(conn: Connection, id: UUID) -> None:
    """Remove a schedule; what it began goes on."""
    await conn.execute("delete from schedules where id = $1", id)
