"""The SQL of tables tool_runs and audit_log: what every tool run came to, whoever asked for it.

What a person asks for has its row beforehand: begun_runs.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from actors.stores.text import storable_text
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, TurnId, new_id
from sandbox.digest import digest

RunOutcome = Literal["succeeded", "failed", "stopped", "interrupted", "ended", "refused"]
ShownOutcome = RunOutcome | Literal["running"]
KEPT_CHARS = 4_000
"""Of what a run said, and of each text among its arguments."""


@dataclass(frozen=True, kw_only=True)
class NewToolRun:
    """A run that has come to its end, or never will."""

    tool: str
    arguments: Mapping[str, Any]
    outcome: RunOutcome
    content: str
    seconds: float | None
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    conversation_id: ConversationId | None = None
    turn_id: TurnId | None = None
    """None: a person ran it."""
    call_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToolRun:
    """A run as it is kept: long texts are cut."""

    id: UUID
    tool: str
    arguments: dict[str, Any]
    arguments_hash: bytes
    outcome: ShownOutcome
    content: str
    seconds: float | None
    limits: dict[str, Any]
    conversation_id: ConversationId | None
    turn_id: TurnId | None
    ended_at: datetime


async def record(conn: Connection, runs: Sequence[NewToolRun]) -> None:
    """Keep these runs of the user's and note them in the audit log; a call that is known stays as it is."""
    for run in runs:
        await conn.execute(
            """with kept as (
                   insert into tool_runs (id, user_id, conversation_id, turn_id, call_id, tool, arguments,
                                          arguments_hash, outcome, content, seconds, limits)
                   values ($1, app_user(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
                   returning *
               )
               insert into audit_log (id, user_id, action, subject, detail)
               select id, user_id, 'tool.run', tool, jsonb_build_object(
                          'arguments_sha256', encode(arguments_hash, 'hex'), 'outcome', outcome, 'seconds', seconds,
                          'limits', limits, 'conversation_id', conversation_id, 'turn_id', turn_id)
                 from kept""",
            new_id(), run.conversation_id, run.turn_id, run.call_id, run.tool[:200], cut(run.arguments),
            digest(run.arguments), run.outcome, storable_text(run.content)[:KEPT_CHARS], run.seconds, run.limits,
        )  # fmt: skip


async def recent(
    conn: Connection, *, tool: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[ToolRun]:
    """The user's runs, the newest first: of one tool or of all, those before a place."""
    at, id = before or (None, None)
    rows = await conn.fetch(
        """select id, tool, arguments, arguments_hash, content, seconds, limits, conversation_id, turn_id, ended_at,
                  case when running_until > now() then 'running' else outcome end as outcome
             from tool_runs
            where user_id = app_user() and ($1::text is null or tool = $1)
              and ($2::timestamptz is null or (ended_at, id) < ($2, $3::uuid))
            order by ended_at desc, id desc limit $4""",
        tool, at, id, limit,
    )  # fmt: skip
    return [ToolRun(**dict(row)) for row in rows]


def cut(value: Any) -> Any:
    """A JSON value with what is too long cut, and whole numbers that no column holds as text."""
    match value:
        case str():
            return storable_text(value[:KEPT_CHARS])
        case int() if abs(value) >= 1 << 63:
            return str(value)[:KEPT_CHARS]
        case Mapping():
            return {storable_text(str(name)): cut(item) for name, item in cast("Mapping[str, Any]", value).items()}
        case list() | tuple():
            return [cut(item) for item in cast("Sequence[Any]", value)]
        case _:
            return value
