"""The SQL of table webhook_deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection, Row
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


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What is over, what came of it, and whom to tell."""

    id: UUID
    webhook: dict[str, Any]
    status: str
    result: Any
    error: dict[str, Any] | None
    cost_usd: Decimal


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


async def ends_of_agents(conn: Connection, ids: Sequence[UUID]) -> Sequence[Ended]:
    """Those of these agents that are over, and whom to tell so."""
    return _ended(
        await conn.fetch(
            """select a.id, a.options->'webhook' as webhook, a.status, to_jsonb(a.result) as result, a.error,
                      b.usd_spent as cost_usd
               from agents a join budgets b using (id)
               where a.id = any($1) and a.options ? 'webhook' and a.completed_at is not null""",
            ids,
        )
    )


async def ends_of_swarms(conn: Connection, ids: Sequence[UUID]) -> Sequence[Ended]:
    """The same of swarms."""
    return _ended(
        await conn.fetch(
            """select s.id, s.webhook, s.status, to_jsonb(s.result) as result, s.error, b.usd_spent as cost_usd
               from swarms s join budgets b using (id)
               where s.id = any($1) and s.webhook is not null and s.completed_at is not null""",
            ids,
        )
    )


async def ends_of_councils(conn: Connection, ids: Sequence[UUID]) -> Sequence[Ended]:
    """The same of councils, whose result is the outcome."""
    return _ended(
        await conn.fetch(
            """select c.id, c.webhook, c.status, c.outcome as result, c.error, b.usd_spent as cost_usd
               from councils c join budgets b using (id)
               where c.id = any($1) and c.webhook is not null and c.completed_at is not null""",
            ids,
        )
    )


def _ended(rows: Sequence[Row]) -> Sequence[Ended]:
    return [Ended(**row) for row in rows]
