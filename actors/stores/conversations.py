"""A person's conversations: the list, one of them, what a person changes about it, and what it has cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, LiteralString
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, MessageId, TurnId

WAITING: Final[LiteralString] = """exists (
    select 1 from approvals a where a.user_id = app_user() and a.conversation_id = c.id and a.status = 'pending'
       and a.expires_at > now())"""
COLUMNS: Final[LiteralString] = (
    "c.id, c.title, c.model, c.agent, c.leaf_id, c.favorite, c.archived, c.tags, c.created_at, c.updated_at, "
    + WAITING
    + " as waiting"
)
KEPT_AFTER_DELETION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One durable thread, as lists show it."""

    id: ConversationId
    title: str | None
    model: str | None
    agent: str | None
    """Which of the user's agents speaks; None for the assistant."""
    leaf_id: MessageId | None
    favorite: bool
    archived: bool
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    waiting: bool = False
    """A tool waits for the person's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which conversations a list holds. None means: either."""

    favorite: bool | None = None
    archived: bool | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person changes. None leaves a thing as it is; `forget_model` goes back to the person's default model."""

    title: str | None = None
    favorite: bool | None = None
    archived: bool | None = None
    tags: list[str] | None = None
    leaf_id: MessageId | None = None
    model: str | None = None
    forget_model: bool = False


@dataclass(frozen=True, slots=True)
class TurnState:
    """How far a turn is, for readers of the conversation."""

    id: TurnId
    status: str
    user_message_id: MessageId | None
    message: str | None
    """The text of a message that still waits for its turn."""
    error: dict[str, Any] | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What the answers of a conversation have cost so far."""

    tokens_used: int
    cost_usd: Decimal


async def get(conn: Connection, conversation: ConversationId) -> Conversation | None:
    """One conversation, None when there is none or it was deleted."""
    row = await conn.fetchrow(
        "select " + COLUMNS + " from conversations c where c.id = $1 and c.deleted_at is null",
        conversation,
    )
    return Conversation(**row) if row else None


async def exists(conn: Connection, conversation: ConversationId) -> bool:
    """Whether the user has this conversation."""
    sql = "select 1 from conversations where id = $1 and deleted_at is null"
    return await conn.fetchval(sql, conversation) is not None


async def kind(conn: Connection, conversation: ConversationId) -> str | None:
    """`chat`, or `agent` for the work of an agent; None when the user has no such conversation."""
    return await conn.fetchval("select kind from conversations where id = $1", conversation)


async def page(
    conn: Connection, wanted: Wanted, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Conversation]:
    """Conversations by their last activity, newest first, those before the (updated_at, id) of an earlier page."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from conversations c
           where deleted_at is null and kind = 'chat'
             and ($1::boolean is null or favorite = $1)
             and ($2::boolean is null or archived = $2)
             and ($3::text is null or $3 = any(tags))
             and ($4::timestamptz is null or (updated_at, id) < ($4, $5::uuid))
           order by updated_at desc, id desc
           limit $6""",
        wanted.favorite,
        wanted.archived,
        wanted.tag,
        at,
        last,
        limit,
    )
    return [Conversation(**row) for row in rows]


async def change(conn: Connection, conversation: ConversationId, change: Change) -> Conversation | None:
    """Change what is given; answers how it stands then, None when there is no such conversation."""
    row = await conn.fetchrow(
        """update conversations c
           set title = coalesce($2, title),
               titled_by = case when $2::text is null then titled_by else 'person' end,
               favorite = coalesce($3, favorite),
               archived = coalesce($4, archived),
               tags = coalesce($5, tags),
               leaf_id = coalesce($6, leaf_id),
               model = case when $8 then null else coalesce($7, model) end
           where id = $1 and deleted_at is null
           returning """
        + COLUMNS,
        conversation,
        change.title,
        change.favorite,
        change.archived,
        change.tags,
        change.leaf_id,
        change.model,
        change.forget_model,
    )
    return Conversation(**row) if row else None


async def delete(conn: Connection, conversation: ConversationId) -> bool:
    """Put a conversation in the bin; answers whether it was there."""
    sql = "update conversations set deleted_at = now() where id = $1 and deleted_at is null"
    return await conn.execute(sql, conversation) > 0


async def restore(conn: Connection, conversation: ConversationId) -> None:
    """Take a conversation out of the bin."""
    await conn.execute("update conversations set deleted_at = null where id = $1", conversation)


async def purge(conn: Connection) -> int:
    """Remove for good what lay in the user's bin for long enough; answers how many conversations."""
    old = "select id from conversations where deleted_at < now() - $1::interval"
    found = [row["id"] for row in await conn.fetch(old, KEPT_AFTER_DELETION)]
    if found:
        # The user's rows by the user's index; the cascade alone would look for them without it.
        await conn.execute("delete from summaries where conversation_id = any($1)", found)
        await conn.execute("delete from messages where conversation_id = any($1)", found)
        await conn.execute("delete from turns where conversation_id = any($1)", found)
        await conn.execute("delete from conversations where id = any($1)", found)
    return len(found)


async def open_turns(conn: Connection, conversation: ConversationId) -> list[TurnState]:
    """The turns that wait or run, oldest first, and the last turn when it failed."""
    rows = await conn.fetch(
        """select id, status, user_message_id, options ->> 'message' as message, error, started_at from (
             (select * from turns where conversation_id = $1 and status in ('queued', 'running'))
             union all
             (select * from (select * from turns where conversation_id = $1 order by created_at desc limit 1) newest
              where status = 'failed')) found
           order by created_at""",
        conversation,
    )
    return [TurnState(**row) for row in rows]


async def turn(conn: Connection, turn: TurnId) -> TurnState | None:
    """How one turn stands."""
    row = await conn.fetchrow(
        """select id, status, user_message_id, options ->> 'message' as message, error, started_at
           from turns where id = $1""",
        turn,
    )
    return TurnState(**row) if row else None


async def newest_turn(conn: Connection, conversation: ConversationId) -> TurnId | None:
    """The turn that was begun last; the only one of an agent's."""
    return await conn.fetchval(
        "select id from turns where conversation_id = $1 order by created_at desc limit 1", conversation
    )


async def spent(conn: Connection, conversation: ConversationId) -> Spent:
    """The sum over all branches."""
    row = await conn.fetchrow(
        """select coalesce(sum(tokens_used), 0)::bigint as tokens_used, coalesce(sum(cost_usd), 0) as cost_usd
           from messages where conversation_id = $1 and tokens_used is not null""",
        conversation,
    )
    return Spent(**row) if row else Spent(0, Decimal(0))


def tags_of(tags: Sequence[str]) -> list[str]:
    """Tags without the spaces around them, each once, in the order they were given."""
    return list(dict.fromkeys(stripped for tag in tags if (stripped := tag.strip())))
