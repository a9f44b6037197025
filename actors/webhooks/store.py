"""The SQL of table webhook_deliveries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """What somebody is to be told, and how often that was tried. `due`: it is time; `over`: nothing is left to do."""

    id: UUID
    url: str
    secret: str | None
    body: dict[str, Any]
    attempts: int
    next_at: datetime | None
    due: bool
    over: bool


async def owner(conn: Connection, id: UUID) -> UserId | None:
    """On whose behalf it is told. Needs `db.as_system()`."""
    return await conn.fetchval("select user_id from webhook_deliveries where id = $1", id)


async def add(
    conn: Connection, id: UUID, *, subject: str, subject_id: UUID, url: str, secret: str | None, body: dict[str, Any]
) -> UUID:
    """Keep what is to be told, once for each subject; answers its id."""
    return await conn.fetchval(
        """insert into webhook_deliveries as d (id, user_id, subject, subject_id, url, secret, body, next_at)
           values ($1, app_user(), $2, $3, $4, $5, $6, now())
           on conflict (subject, subject_id) do update set subject = d.subject returning id""",
        id, subject, subject_id, url, secret, body,
    )  # fmt: skip


async def find(conn: Connection, id: UUID) -> DeliveryRow | None:
    """One delivery of the user's."""
    row = await conn.fetchrow(
        """select id, url, secret, body, attempts, next_at, coalesce(next_at <= now(), false) as due,
                  delivered_at is not null or given_up_at is not null as over
           from webhook_deliveries where id = $1""",
        id,
    )
    return DeliveryRow(**row) if row else None


async def delivered(conn: Connection, id: UUID, status: int) -> None:
    """They have heard it. The secret is needed no more."""
    await conn.execute(
        """update webhook_deliveries set attempts = attempts + 1, delivered_at = now(), next_at = null, secret = null,
                  last_status = $2, last_error = null where id = $1""",
        id, status,
    )  # fmt: skip


async def failed(
    conn: Connection, id: UUID, *, status: int | None, error: str, pause: timedelta | None
) -> datetime | None:
    """They have not; answers when it is tried again. Without a pause it is given up."""
    return await conn.fetchval(
        """update webhook_deliveries
              set attempts = attempts + 1, last_status = $2, last_error = $3, next_at = now() + $4::interval,
                  given_up_at = case when $4::interval is null then now() end,
                  secret = case when $4::interval is null then null else secret end
            where id = $1 returning next_at""",
        id, status, error, pause,
    )  # fmt: skip
