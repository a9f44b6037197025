"""The SQL of tool runs whose row is written before they begin: those that a person asks for.

Until it is settled such a row says `interrupted`, and until when the run may still be going on: when its process dies,
nobody has to note it. The key of a request stays with its row for a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from actors.stores.text import storable_text
from actors.stores.tool_runs import KEPT_CHARS, RunOutcome, cut
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, new_id
from sandbox.digest import digest


@dataclass(frozen=True, kw_only=True)
class RequestKey:
    """What a request that is sent twice is known by: digests of its key and of the request itself."""

    key: bytes
    request: bytes


@dataclass(frozen=True, kw_only=True)
class BegunRun:
    """A run that is about to begin, and is over after so many seconds, come what may."""

    tool: str
    arguments: Mapping[str, Any]
    seconds: float
    conversation_id: ConversationId | None = None
    request: RequestKey | None = None


@dataclass(frozen=True, kw_only=True)
class EndedRun:
    """What became of it. `answer` is kept whole, for the same request sent again."""

    outcome: RunOutcome
    content: str
    seconds: float
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    answer: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownRun:
    """The run of a key that is taken. Without an answer it is under way, or was interrupted."""

    id: UUID
    request_hash: bytes
    answer: str | None
    is_running: bool


async def begin(conn: Connection, run: BegunRun) -> UUID | KnownRun:
    """Write the row of a run, unless its key is taken: then the run that has it, for this transaction alone."""
    await _forget_old_keys(conn)
    while True:
        request = run.request
        id = await conn.fetchval(
            """with begun as (
                   insert into tool_runs (id, user_id, conversation_id, tool, arguments, arguments_hash, outcome,
                                          content, running_until, request_key, request_hash)
                   values ($1, app_user(), $2, $3, $4, $5, 'interrupted', '', now() + make_interval(secs => $6), $7, $8)
                   on conflict do nothing returning *
               ), told as (
                   insert into audit_log (id, user_id, action, subject, detail)
                   select id, user_id, 'tool.begin', tool, jsonb_build_object(
                              'arguments_sha256', encode(arguments_hash, 'hex'), 'conversation_id', conversation_id)
                     from begun
               )
               select id from begun""",
            new_id(), run.conversation_id, run.tool[:200], cut(run.arguments), digest(run.arguments), run.seconds,
            request and request.key, request and request.request,
        )  # fmt: skip
        if id is not None:
            return id
        assert request is not None, "only a key can be taken"
        if (known := await _of_key(conn, request.key)) is not None:
            return known


async def begin_again(conn: Connection, id: UUID, *, seconds: float) -> None:
    """Note that an interrupted run is run again."""
    await conn.execute(
        "update tool_runs set running_until = now() + make_interval(secs => $2), ended_at = now() where id = $1",
        id, seconds,
    )  # fmt: skip


async def settle(conn: Connection, id: UUID, ended: EndedRun) -> None:
    """Note what became of a run. Said twice, the first counts."""
    await conn.execute(
        """with ended as (
               update tool_runs set outcome = $2, content = $3, seconds = $4, limits = $5, answer = $6,
                      running_until = null, ended_at = now()
                where id = $1 and running_until is not null returning *
           )
           insert into audit_log (id, user_id, action, subject, detail)
           select $7, user_id, 'tool.run', tool, jsonb_build_object(
                      'arguments_sha256', encode(arguments_hash, 'hex'), 'outcome', outcome, 'seconds', seconds,
                      'limits', limits, 'conversation_id', conversation_id, 'turn_id', turn_id)
             from ended""",
        id, ended.outcome, storable_text(ended.content)[:KEPT_CHARS], ended.seconds, ended.limits, ended.answer,
        new_id(),
    )  # fmt: skip


async def _of_key(conn: Connection, key: bytes) -> KnownRun | None:
    row = await conn.fetchrow(
        """select id, request_hash, answer, coalesce(running_until > clock_timestamp(), false) as is_running
             from tool_runs where user_id = app_user() and request_key = $1 for update""",
        key,
    )
    return None if row is None else KnownRun(**dict(row))


async def _forget_old_keys(conn: Connection) -> None:
    await conn.execute(
        """update tool_runs set request_key = null, request_hash = null, answer = null
            where user_id = app_user() and request_key is not null and ended_at < now() - interval '1 day'"""
    )
