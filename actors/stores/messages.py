"""The SQL of table messages: a person's messages and the steps of answers, each knowing what it follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, LiteralString, TypedDict
from uuid import UUID

from cluster.clients.postgres import Connection, Row
from cluster.ids import ConversationId, MessageId, TurnId

Json = dict[str, Any]

COLUMNS: Final[LiteralString] = """m.id, m.conversation_id, m.parent_id, m.turn_id, m.step, m.role, m.content, m.blocks,
    m.tool_calls, m.tool_results, m.attachments, m.model, m.stop_reason, m.status, m.tokens_used, m.cost_usd, m.usage,
    m.agent, m.created_at"""
"""What `message_of` reads, of `messages m`."""


class ToolResult(TypedDict):
    """What a tool came to, as it is stored and sent to clients."""

    id: str
    content: str
    is_error: bool
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message: a person's, or one step of an answer."""

    id: MessageId
    conversation_id: ConversationId
    parent_id: MessageId | None
    turn_id: TurnId | None
    step: int
    role: Literal["user", "assistant", "system"]
    content: str
    blocks: Sequence[Json] = ()
    tool_calls: Sequence[Json] = ()
    tool_results: Sequence[ToolResult] = ()
    attachments: Sequence[Json] = ()
    model: str | None = None
    stop_reason: str | None = None
    status: Literal["complete", "stopped", "failed"] = "complete"
    tokens_used: int | None = None
    cost_usd: Decimal | None = None
    usage: Mapping[str, int] | None = None
    agent: str | None = None
    """Which agent says it; None for people's messages, and where nobody noted it."""
    created_at: datetime
    siblings: Sequence[UUID] = field(default=())

    @property
    def thinking(self) -> str | None:
        """The model's thinking as text, for display."""
        parts = [block["thinking"] for block in self.blocks if block.get("type") == "thinking"]
        return "\n\n".join(parts) or None


@dataclass(frozen=True, kw_only=True)
class NewStep:
    """A step of an answer that is to be committed."""

    id: MessageId
    conversation_id: ConversationId
    parent_id: MessageId
    turn_id: TurnId
    step: int
    content: str
    blocks: Sequence[Mapping[str, Any]]
    tool_calls: Sequence[Mapping[str, Any]]
    model: str
    stop_reason: str | None
    status: Literal["complete", "stopped", "failed"]
    tokens_used: int
    cost_usd: Decimal
    usage: Mapping[str, int]


async def path(conn: Connection, leaf: MessageId, *, from_summary: bool = False) -> list[Message]:
    """The branch that ends at `leaf`, oldest first; with `from_summary` only what no summary stands for.

    `offset 0` holds the planner to one lookup by primary key for each step up. Left free, it guesses that a user has a
    handful of messages while their table has no statistics, and reads all of them at each step.
    """
    rows = await conn.fetch(
        """with recursive branch as (
               select m.id, m.parent_id, 0 as depth from messages m where m.id = $1
               union all
               select m.id, m.parent_id, branch.depth + 1
                 from branch cross join lateral (select * from messages where id = branch.parent_id offset 0) m
                where not $2 or not exists (select 1 from summaries s
                       where s.conversation_id = m.conversation_id and s.up_to_id = m.id)
           )
           select """
        + COLUMNS
        + """ from branch cross join lateral (select * from messages where id = branch.id offset 0) m
              order by branch.depth desc""",
        leaf,
        from_summary,
    )
    return [message_of(row) for row in rows]


async def one(conn: Connection, conversation: ConversationId, message: MessageId) -> Message | None:
    """A message of a conversation, with its siblings."""
    row = await conn.fetchrow(
        "select " + COLUMNS + " from messages m where m.id = $1 and m.conversation_id = $2", message, conversation
    )
    if row is None:
        return None
    return message_of(row, siblings=await siblings(conn, conversation, row["parent_id"], row["role"]))


async def siblings(
    conn: Connection, conversation: ConversationId, parent: MessageId | None, role: str
) -> Sequence[MessageId]:
    """The messages of one role with the same parent, oldest first: the branches at that point."""
    rows = await conn.fetch(
        """select id from (
               (select * from messages where conversation_id = $1 and parent_id = $2 and role = $3 offset 0)
               union all
               (select * from messages where conversation_id = $1 and parent_id is null and role = $3
                                         and $2 is null offset 0)) s
            order by created_at, id""",
        conversation, parent, role,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def question(conn: Connection, conversation: ConversationId, message: MessageId) -> MessageId | None:
    """The user message that `message` is, or is an answer to."""
    return await conn.fetchval(
        """with recursive up as (
               select id, parent_id, role from messages where id = $1 and conversation_id = $2
               union all
               select m.id, m.parent_id, m.role
                 from up cross join lateral (select * from messages where id = up.parent_id offset 0) m
                where up.role <> 'user'
           )
           select id from up where role = 'user'""",
        message, conversation,
    )  # fmt: skip


async def steps_of(conn: Connection, turn: TurnId) -> list[Message]:
    """The committed steps of a turn, in order."""
    rows = await conn.fetch(
        "select " + COLUMNS + " from messages m where m.turn_id = $1 and m.role = 'assistant' order by m.step", turn
    )
    return [message_of(row) for row in rows]


async def opening(conn: Connection, conversation: ConversationId, *, limit: int) -> list[tuple[str, str]]:
    """The role and content of a conversation's first messages."""
    rows = await conn.fetch(
        "select role, content from messages where conversation_id = $1 order by created_at, id limit $2",
        conversation, limit,
    )  # fmt: skip
    return [(row["role"], row["content"]) for row in rows]


async def add_step(conn: Connection, step: NewStep, *, agent: str | None = None) -> datetime:
    """Commit a step, and move the conversation's end to it when its branch is the current one."""
    return await conn.fetchval(
        """with added as (
               insert into messages (id, user_id, conversation_id, parent_id, turn_id, step, role, content, blocks,
                                     tool_calls, model, stop_reason, status, tokens_used, cost_usd, usage, agent)
               values ($1, app_user(), $2, $3, $4, $5, 'assistant', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
               returning created_at
           ), moved as (
               update conversations set updated_at = now(), leaf_id = case when leaf_id = $3 then $1 else leaf_id end
                where id = $2
           )
           select created_at from added""",
        step.id, step.conversation_id, step.parent_id, step.turn_id, step.step, step.content, step.blocks,
        step.tool_calls, step.model, step.stop_reason, step.status, step.tokens_used, step.cost_usd, step.usage,
        agent,
    )  # fmt: skip


async def add_tool_results(conn: Connection, message: MessageId, results: Sequence[ToolResult]) -> None:
    """Append what tools came to; a result that is there already stays as it is."""
    await conn.execute(
        """update messages set tool_results = coalesce(tool_results, '[]') || coalesce(
               (select jsonb_agg(new) from jsonb_array_elements($2::jsonb) new where not coalesce(tool_results, '[]')
                       @> jsonb_build_array(jsonb_build_object('id', new->'id'))), '[]')
            where id = $1""",
        message, results,
    )  # fmt: skip


def message_of(row: Row, *, siblings: Sequence[MessageId] = ()) -> Message:
    """A row of table messages."""
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        turn_id=row["turn_id"],
        step=row["step"],
        role=row["role"],
        content=row["content"],
        blocks=row["blocks"],
        tool_calls=row["tool_calls"] or (),
        tool_results=row["tool_results"] or (),
        attachments=row["attachments"],
        model=row["model"],
        stop_reason=row["stop_reason"],
        status=row["status"],
        tokens_used=row["tokens_used"],
        cost_usd=row["cost_usd"],
        usage=row["usage"],
        agent=row["agent"],
        created_at=row["created_at"],
        siblings=siblings,
    )
