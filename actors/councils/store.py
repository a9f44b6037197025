"""The SQL of councils: their rows, members, answers and remarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, LiteralString
from uuid import UUID

from actors.councils.records import Council, Deliberation, Given, Member, Reason, Remark, Status
from cluster.clients.postgres import Connection
from cluster.ids import UserId

COLUMNS: Final[LiteralString] = """id, user_id, question, options, settings, status, reason, round, max_rounds, outcome,
    error, paused, cancel_requested_at, webhook, created_at, started_at, completed_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A council as lists show it."""

    id: UUID
    question: str
    status: Status
    reason: Reason | None
    round: int
    max_rounds: int
    winner: str | None
    cost_usd: Decimal
    created_at: datetime


async def by_key(conn: Connection, key: str) -> Council | None:
    """The council that was made under an idempotency key."""
    row = await conn.fetchrow("select " + COLUMNS + " from councils where idempotency_key = $1", key)
    return Council(**row) if row else None


async def create(conn: Connection, council: Council, key: str, members: Sequence[Member]) -> None:
    """Keep a new council; its budget is there already."""
    await conn.execute(
        """insert into councils (id, user_id, idempotency_key, question, options, settings, max_rounds, paused, webhook)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        council.id, council.user_id, key, council.question, list(council.options), dict(council.settings),
        council.max_rounds, council.paused, council.webhook,
    )  # fmt: skip
    for member in members:
        await add_member(conn, council.user_id, council.id, member)


async def find(conn: Connection, id: UUID, *, hold: bool = False) -> Council | None:
    """One council; `hold` keeps everybody else from changing it until the transaction ends."""
    if hold:
        row = await conn.fetchrow("select " + COLUMNS + " from councils where id = $1 for update", id)
    else:
        row = await conn.fetchrow("select " + COLUMNS + " from councils where id = $1", id)
    return Council(**row) if row else None


async def load(conn: Connection, id: UUID, *, hold: bool = False) -> Deliberation | None:
    """A council with all that was committed."""
    council = await find(conn, id, hold=hold)
    if council is None:
        return None
    members = await conn.fetch(
        """select n, name, persona, agent, model, joined_round, left_round from council_members
            where council_id = $1 order by n""",
        id,
    )
    answers = await conn.fetch(
        """select round, member, agent_id, status, vote, answer, error, tokens, cost_usd from council_answers
            where council_id = $1 order by round, member""",
        id,
    )
    remarks = await conn.fetch(
        "select id, content, round, created_at from council_remarks where council_id = $1 order by created_at, id", id
    )
    return Deliberation(
        council=council,
        members=[Member(**row) for row in members],
        answers=[Given(**row) for row in answers],
        remarks=[Remark(**row) for row in remarks],
    )


async def listed(
    conn: Connection, *, status: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Listed]:
    """Councils, newest first."""
    rows = await conn.fetch(
        """select c.id, c.question, c.status, c.reason, c.round, c.max_rounds, c.outcome ->> 'winner' as winner,
                  c.created_at, coalesce((select sum(a.cost_usd) from council_answers a
                                           where a.user_id = app_user() and a.council_id = c.id), 0) as cost_usd
             from councils c
            where ($1::text is null or c.status = $1)
              and ($2::timestamptz is null or (c.created_at, c.id) < ($2, $3))
            order by c.created_at desc, c.id desc limit $4""",
        status, *(before or (None, None)), limit,
    )  # fmt: skip
    return [Listed(**row) for row in rows]


async def owner(conn: Connection, id: UUID) -> UserId | None:
    """Whose a council is. Asked as the system, when a sweep woke it."""
    found = await conn.fetchval("select user_id from councils where id = $1", id)
    return UserId(found) if found else None


async def add_member(conn: Connection, user: UUID, council: UUID, member: Member) -> None:
    """Seat a member."""
    await conn.execute(
        """insert into council_members (user_id, council_id, n, name, persona, agent, model, joined_round)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        user, council, member.n, member.name, member.persona, member.agent, member.model, member.joined_round,
    )  # fmt: skip


async def remove_member(conn: Connection, council: UUID, n: int, *, left_round: int) -> None:
    """Let a member go before that round."""
    await conn.execute(
        "update council_members set left_round = $3 where council_id = $1 and n = $2", council, n, left_round
    )


async def add_remark(conn: Connection, user: UUID, council: UUID, remark: Remark) -> bool:
    """Queue a remark; answers False when it was there already."""
    return bool(
        await conn.execute(
            """insert into council_remarks (id, user_id, council_id, content) values ($1, $2, $3, $4)
               on conflict do nothing""",
            remark.id, user, council, remark.content,
        )
    )  # fmt: skip


async def hear(conn: Connection, council: UUID, round: int) -> int:
    """Let a round hear all remarks that wait; answers how many."""
    return await conn.execute(
        "update council_remarks set round = $2 where council_id = $1 and round is null", council, round
    )


async def pause(conn: Connection, id: UUID, *, paused: bool, until: int | None = None) -> None:
    """Pause or go on; while paused, rounds up to `until` are held all the same."""
    await conn.execute(
        """update councils
              set paused = $2, settings = settings || jsonb_build_object('until', $3::int),
                  status = case when status = 'pending' then status when $2 then 'paused' else 'running' end
            where id = $1 and status in ('pending', 'running', 'paused')""",
        id, paused, until,
    )  # fmt: skip


async def request_cancel(conn: Connection, id: UUID) -> bool:
    """Note that a person stops it; answers False when it has ended, or was told so before."""
    return bool(
        await conn.execute(
            """update councils set cancel_requested_at = now()
                where id = $1 and cancel_requested_at is null and status in ('pending', 'running', 'paused')""",
            id,
        )
    )


async def begin_round(conn: Connection, id: UUID, round: int) -> None:
    """Note that a round is open."""
    await conn.execute(
        """update councils set round = $2, started_at = coalesce(started_at, now()),
                  status = case when paused then 'paused' else 'running' end
            where id = $1""",
        id, round,
    )  # fmt: skip


async def ask(conn: Connection, user: UUID, council: UUID, given: Given) -> None:
    """Note whom a member's answer is expected from; asked again, whom from now on."""
    await conn.execute(
        """insert into council_answers (user_id, council_id, round, member, agent_id) values ($1, $2, $3, $4, $5)
           on conflict (council_id, round, member) do update
              set agent_id = $5, tokens = $6, cost_usd = $7""",
        user, council, given.round, given.member, given.agent_id, given.tokens, given.cost_usd,
    )  # fmt: skip


async def settle(conn: Connection, council: UUID, given: Given) -> None:
    """Commit an answer, once; it carries what all its tries have cost."""
    await conn.execute(
        """update council_answers
              set status = $4, vote = $5, answer = $6, error = $7, tokens = $8, cost_usd = $9, answered_at = now()
            where council_id = $1 and round = $2 and member = $3 and status = 'running'""",
        council, given.round, given.member, given.status, given.vote, given.answer, given.error, given.tokens,
        given.cost_usd,
    )  # fmt: skip


async def end(
    conn: Connection,
    id: UUID,
    *,
    status: Status,
    reason: Reason,
    outcome: Mapping[str, Any] | None,
    error: Mapping[str, Any] | None,
) -> None:
    """Commit what came of it."""
    await conn.execute(
        """update councils set status = $2, reason = $3, outcome = $4, error = $5, completed_at = now()
            where id = $1 and status in ('pending', 'running', 'paused')""",
        id, status, reason, outcome, error,
    )  # fmt: skip
