"""The SQL of table approvals: calls of tools that wait for the person's word.

A row is written together with the step that made the call, so there is no moment in which the call could run without
it. Its answer is good for that call with exactly those arguments, once, and only for a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, LiteralString
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, MessageId, TurnId
from sandbox.mcp.names import server_of
from sandbox.policy import INCLUDE_UNTRUSTED, Reason

Status = Literal["pending", "approved", "denied", "expired"]
COLUMNS: Final[LiteralString] = """a.id, a.conversation_id, a.turn_id, a.message_id, a.call_id, a.tool, a.arguments,
    a.reason, a.status, a.created_at, a.expires_at, a.answered_at"""
MOST_LISTED = 100


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A call that waits for the person's word, or what became of that."""

    id: UUID
    conversation_id: ConversationId
    turn_id: TurnId
    message_id: MessageId
    call_id: str
    tool: str
    arguments: dict[str, Any]
    reason: Reason
    status: Status
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NewApproval:
    """A question that is to be put to the person, for so many seconds."""

    id: UUID
    conversation_id: ConversationId
    turn_id: TurnId
    message_id: MessageId
    call_id: str
    tool: str
    arguments: dict[str, Any]
    arguments_hash: bytes
    reason: Reason
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Word:
    """What the person has said about a call, so far as they have."""

    call_id: str
    tool: str
    arguments_hash: bytes
    status: Status


async def add(conn: Connection, new: NewApproval) -> Approval:
    """Put a question to the person of this transaction."""
    row = await conn.fetchrow(
        """insert into approvals as a (id, user_id, conversation_id, turn_id, message_id, call_id, tool, arguments,
                                       arguments_hash, reason, expires_at)
           values ($1, app_user(), $2, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10))
           returning """
        + COLUMNS,
        new.id, new.conversation_id, new.turn_id, new.message_id, new.call_id, new.tool, new.arguments,
        new.arguments_hash, new.reason, new.seconds,
    )  # fmt: skip
    assert row is not None, "an insert answers"
    return Approval(**dict(row))


async def unused(conn: Connection, message: MessageId) -> frozenset[str]:
    """The calls of a step that were put to the person and have not begun to run."""
    rows = await conn.fetch("select call_id from approvals where message_id = $1 and used_at is null", message)
    return frozenset(row["call_id"] for row in rows)


async def words(conn: Connection, message: MessageId) -> Sequence[Word]:
    """What the person has said about the calls of a step that have not begun. What came of age counts as expired."""
    await conn.execute(
        "update approvals set status = 'expired' where message_id = $1 and status = 'pending' and expires_at <= now()",
        message,
    )
    rows = await conn.fetch(
        "select call_id, tool, arguments_hash, status from approvals where message_id = $1 and used_at is null", message
    )
    return [Word(**dict(row)) for row in rows]


async def use(conn: Connection, message: MessageId, calls: Collection[str]) -> None:
    """These calls of a step are about to run, or never will: no answer counts for them any more."""
    await conn.execute(
        "update approvals set used_at = now() where message_id = $1 and call_id = any($2::text[])",
        message, list(calls),
    )  # fmt: skip


async def answer(conn: Connection, approval: UUID, *, approve: bool, key: str) -> Approval | None:
    """Keep the person's answer, unless there is one or it comes too late: None then. `key` knows an answer again."""
    row = await conn.fetchrow(
        """update approvals a
              set status = case when $2 then 'approved' else 'denied' end, answered_at = now(), answer_key = $3
            where id = $1 and status = 'pending' and expires_at > now()
           returning """
        + COLUMNS,
        approval, approve, key,
    )  # fmt: skip
    return None if row is None else Approval(**dict(row))


async def find(conn: Connection, approval: UUID) -> tuple[Approval, str | None] | None:
    """A question of the user's, and the key of its answer."""
    row = await conn.fetchrow(
        "select " + COLUMNS + """, a.answer_key from approvals a join conversations c on c.id = a.conversation_id
          where a.id = $1 and c.deleted_at is null""",
        approval,
    )  # fmt: skip
    if row is None:
        return None
    fields = dict(row)
    key = fields.pop("answer_key")
    return Approval(**fields), key


async def pending(conn: Connection, conversation: ConversationId | None = None) -> list[Approval]:
    """What waits for the user's word, oldest first: in one conversation, or in all."""
    rows = await conn.fetch(
        "select " + COLUMNS + """ from approvals a join conversations c on c.id = a.conversation_id
          where a.user_id = app_user() and a.status = 'pending' and a.expires_at > now() and c.deleted_at is null
            and ($1::uuid is null or a.conversation_id = $1)
          order by a.created_at, a.id limit $2""",
        conversation, MOST_LISTED,
    )  # fmt: skip
    return [Approval(**dict(row)) for row in rows]


async def read_on(
    conn: Connection, leaf: MessageId, kinds: Sequence[Sequence[str]], *, known: Sequence[str]
) -> Sequence[bool]:
    """For each of these sets of tools, whether one of it has run on the branch that ends at `leaf`.

    The whole branch counts, also what a summary stands for. A result without seconds was made up by us: that tool never
    ran. One by a tool that is not `known` any more is taken for one of each set, as is one of somebody's MCP server,
    where an error is a stranger's text as well.
    """
    rows = await conn.fetch(
        """with recursive branch as (
               select m.id, m.parent_id, m.tool_calls, m.tool_results from messages m where m.id = $1
               union all
               select m.id, m.parent_id, m.tool_calls, m.tool_results
                 from branch cross join lateral (select * from messages where id = branch.parent_id offset 0) m
           )
           select distinct call->>'name' as name, (result->>'is_error')::boolean as failed,
                  call->'arguments'->$2 = 'true' as opened
             from branch, jsonb_array_elements(branch.tool_calls) call,
                  jsonb_array_elements(branch.tool_results) result
            where result->>'id' = call->>'id' and result->>'seconds' is not null""",
        leaf,
        INCLUDE_UNTRUSTED,
    )
    ran = {row["name"] for row in rows} | {opened(row["name"]) for row in rows if row["opened"]}
    unknown = any(row["name"] not in known and (not row["failed"] or server_of(row["name"])) for row in rows)
    return [unknown or not ran.isdisjoint(kind) for kind in kinds]


def opened(tool: str) -> str:
    """What stands in a set of tools for one that was asked to show text by strangers too."""
    return f"{tool} {INCLUDE_UNTRUSTED}"


async def rules(conn: Connection) -> object:
    """What the user's settings hold under `tool_rules`."""
    return await conn.fetchval("select settings->'tool_rules' from users where id = app_user()")


async def set_rule(conn: Connection, tool: str, rule: str) -> None:
    """Keep the user's rule for a tool, beside those for others."""
    await conn.execute(
        """update users
              set settings = settings || jsonb_build_object('tool_rules',
                      case jsonb_typeof(settings->'tool_rules') when 'object' then settings->'tool_rules' else '{}' end
                      || jsonb_build_object($1::text, $2::text)),
                  updated_at = now()
            where id = app_user()""",
        tool, rule,
    )  # fmt: skip
