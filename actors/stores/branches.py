"""A conversation as a tree of messages: the branch that is shown, a page at a time, and the ways it could have gone.

Pages are walked by `parent_id` from their newest message on, so that a page costs the same at any depth.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, MessageId, TurnId


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message, as people see it."""

    id: MessageId
    parent_id: MessageId | None
    turn_id: TurnId | None
    step: int
    role: str
    content: str
    thinking: str | None
    tool_calls: list[dict[str, Any]]
    tool_results: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    model: str | None
    stop_reason: str | None
    status: str
    tokens_used: int | None
    cost_usd: Decimal | None
    agent: str | None
    created_at: datetime
    siblings: list[UUID]


@dataclass(frozen=True, slots=True)
class BranchPage:
    """Messages of one branch, oldest first, and the message that comes before them."""

    messages: list[ShownMessage]
    before: MessageId | None


async def page(conn: Connection, conversation: ConversationId, *, end: MessageId | None, limit: int) -> BranchPage:
    """The `limit` messages of a branch that end with the message `end`; none when the conversation has no such one.

    `offset 0` holds the planner to lookups by key, as in `messages.path`.
    """
    rows = await conn.fetch(
        r"""with recursive branch as (
             select id, parent_id, 1 as place from messages where id = $2 and conversation_id = $1
             union all
             select m.id, m.parent_id, b.place + 1
             from branch b cross join lateral (select * from messages where id = b.parent_id offset 0) m
             where b.place < $3)
           select m.id, m.parent_id, m.turn_id, m.step, m.role, m.content, m.model, m.stop_reason, m.status,
                  m.tokens_used, m.cost_usd, m.agent, m.created_at, coalesce(m.tool_calls, '[]') as tool_calls,
                  coalesce(m.tool_results, '[]') as tool_results, m.attachments,
                  case when m.role = 'assistant' then
                    (select string_agg(block ->> 'thinking', E'\n\n') from jsonb_array_elements(m.blocks) block
                     where block ->> 'type' = 'thinking') end as thinking,
                  case when m.parent_id is null then
                    array(select s.id from (select * from messages where conversation_id = $1 and parent_id is null
                            and role = m.role offset 0) s order by s.created_at, s.id)
                  else
                    array(select s.id from (select * from messages where conversation_id = $1
                            and parent_id = m.parent_id and role = m.role offset 0) s
                          order by s.created_at, s.id) end as siblings
           from branch b cross join lateral (select * from messages where id = b.id offset 0) m
           order by b.place desc""",
        conversation,
        end,
        limit,
    )
    messages = [ShownMessage(**row) for row in rows]
    return BranchPage(messages, messages[0].parent_id if messages else None)


async def one(conn: Connection, conversation: ConversationId, message: MessageId) -> ShownMessage | None:
    """One message, None when the conversation has no such one."""
    found = await page(conn, conversation, end=message, limit=1)
    return found.messages[0] if found.messages else None


async def tree(
    conn: Connection, conversation: ConversationId, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[ShownMessage]:
    """All messages of all branches, oldest first: those after the (created_at, id) of an earlier page."""
    at, last = after or (None, None)
    rows = await conn.fetch(
        r"""select m.id, m.parent_id, m.turn_id, m.step, m.role, m.content, m.model, m.stop_reason, m.status,
                  m.tokens_used, m.cost_usd, m.agent, m.created_at, coalesce(m.tool_calls, '[]') as tool_calls,
                  coalesce(m.tool_results, '[]') as tool_results, m.attachments,
                  case when m.role = 'assistant' then
                    (select string_agg(block ->> 'thinking', E'\n\n') from jsonb_array_elements(m.blocks) block
                     where block ->> 'type' = 'thinking') end as thinking, array[]::uuid[] as siblings
           from messages m
           where m.conversation_id = $1 and ($2::timestamptz is null or (m.created_at, m.id) > ($2, $3::uuid))
           order by m.created_at, m.id limit $4""",
        conversation,
        at,
        last,
        limit,
    )
    return [ShownMessage(**row) for row in rows]


async def end_of(conn: Connection, conversation: ConversationId, through: MessageId) -> MessageId | None:
    """The end of the branch that leads through a message, newest message at each fork; None when it is not there."""
    return await conn.fetchval(
        """with recursive branch as (
             select id, 1 as place from messages where id = $2 and conversation_id = $1
             union all
             select child.id, b.place + 1 from branch b cross join lateral (
               select m.id from messages m where m.parent_id = b.id and m.conversation_id = $1
               order by m.created_at desc, m.id desc limit 1) child)
           select id from branch order by place desc limit 1""",
        conversation,
        through,
    )
