"""The SQL of table crumbs: what an agent left for those that come after it, one user's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, UserId, new_id

Priority = Literal["HIGH", "MEDIUM", "LOW"]
Kind = Literal["orientation", "technical", "emotional", "task"]


@dataclass(frozen=True, kw_only=True)
class Crumb:
    """What was left. `details` holds the sections that were given beside the summary."""

    id: UUID
    conversation_id: ConversationId | None
    priority: Priority
    kind: Kind
    summary: str
    details: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many crumbs have a priority and a kind."""

    priority: Priority
    kind: Kind
    count: int


async def leave(
    conn: Connection,
    user: UserId,
    conversation: ConversationId | None,
    *,
    priority: Priority,
    kind: Kind,
    summary: str,
    details: Mapping[str, Any],
) -> UUID:
    """Keep a crumb. Answers its id."""
    return await conn.fetchval(
        """insert into crumbs (id, user_id, conversation_id, priority, kind, summary, details)
           values ($1, $2, $3, $4, $5, $6, $7) returning id""",
        new_id(), user, conversation, priority, kind, summary, details,
    )  # fmt: skip


async def drop_oldest(conn: Connection, *, keep: int) -> None:
    """Drop what is older than the newest `keep`."""
    await conn.execute(
        "delete from crumbs where id in (select id from crumbs order by created_at desc, id desc offset $1)", keep
    )


async def newest(
    conn: Connection, *, hours: int, priority: Priority | None, kind: Kind | None, limit: int
) -> Sequence[Crumb]:
    """The crumbs of the last hours that fit, newest first."""
    rows = await conn.fetch(
        """select id, conversation_id, priority, kind, summary, details, created_at from crumbs
            where created_at >= now() - make_interval(hours => $1)
              and ($2::text is null or priority = $2) and ($3::text is null or kind = $3)
            order by created_at desc, id desc limit $4""",
        hours, priority, kind, limit,
    )  # fmt: skip
    return [Crumb(**row) for row in rows]


async def tally(conn: Connection, *, hours: int, priority: Priority | None, kind: Kind | None) -> Sequence[Tally]:
    """How many crumbs of the last hours fit, by priority and kind."""
    rows = await conn.fetch(
        """select priority, kind, count(*)::int as count from crumbs
            where created_at >= now() - make_interval(hours => $1)
              and ($2::text is null or priority = $2) and ($3::text is null or kind = $3)
            group by priority, kind""",
        hours, priority, kind,
    )  # fmt: skip
    return [Tally(**row) for row in rows]
