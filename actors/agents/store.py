"""The SQL of tables agents and agent_types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from uuid import UUID

from actors.agents.types import BUILT_IN, AgentType
from cluster.clients.postgres import Connection, Row

Json = dict[str, Any]
Status: TypeAlias = Literal["pending", "running", "waiting", "completed", "failed", "cancelled"]
WaitsFor: TypeAlias = Literal["person", "child", "pause"]
COLUMNS = (
    "a.id, a.user_id, a.parent_id, a.root_id, a.swarm_id, a.council_id, a.place, a.level, a.agent_type, a.task, "
    "a.model, a.options, a.status, a.waits_for, a.paused, a.cancel_requested_at, a.attempt, a.retries, a.result, "
    "a.error, a.steps, a.tokens, a.cost_usd, a.created_at, a.started_at, a.completed_at"
)
MOST_BELOW = 1000
OVER = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class AgentRow:
    """An agent as it stands."""

    id: UUID
    user_id: UUID
    parent_id: UUID | None
    root_id: UUID
    swarm_id: UUID | None
    council_id: UUID | None
    place: int | None
    level: int
    agent_type: str
    task: str
    model: str | None
    options: Json
    status: Status
    waits_for: WaitsFor | None
    paused: bool
    cancel_requested_at: datetime | None
    attempt: int
    retries: UUID | None
    result: str | None
    error: Json | None
    steps: int
    tokens: int
    cost_usd: Decimal
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def conversation_id(self) -> UUID:
        """Where its steps are."""
        return self.id

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in OVER


async def find(conn: Connection, id: UUID) -> AgentRow | None:
    """One agent."""
    row = await conn.fetchrow("select " + COLUMNS + " from agents a where a.id = $1", id)
    return _agent(row) if row else None


async def find_all(conn: Connection, ids: Sequence[UUID]) -> list[AgentRow]:
    """These agents, the oldest first."""
    rows = await conn.fetch(
        "select " + COLUMNS + " from agents a where a.id = any($1) order by a.created_at, a.id", ids
    )
    return [_agent(row) for row in rows]


async def under(conn: Connection, root: UUID) -> list[AgentRow]:
    """The agents below an agent, swarm or council at the top, oldest first."""
    rows = await conn.fetch(
        "select " + COLUMNS + " from agents a where a.root_id = $1 and a.id <> $1 order by a.created_at, a.id limit $2",
        root, MOST_BELOW,
    )  # fmt: skip
    return [_agent(row) for row in rows]


async def page(
    conn: Connection, *, status: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[AgentRow]:
    """The agents that the person made, newest first."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from agents a
             where a.level = 0 and a.swarm_id is null and a.council_id is null
               and ($1::text is null or a.status = $1)
               and ($2::timestamptz is null or (a.created_at, a.id) < ($2, $3::uuid))
             order by a.created_at desc, a.id desc limit $4""",
        status, at, last, limit,
    )  # fmt: skip
    return [_agent(row) for row in rows]


async def of_swarm(conn: Connection, swarm: UUID, *, ended: bool = False) -> list[AgentRow]:
    """The agents of a swarm itself; only those that have `ended`, if so asked."""
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from agents a where a.root_id = $1 and a.swarm_id = $1 and a.parent_id is null
               and (not $2 or a.status in ('completed', 'failed', 'cancelled')) order by a.created_at, a.id""",
        swarm, ended,
    )  # fmt: skip
    return [_agent(row) for row in rows]


async def of_council(conn: Connection, council: UUID) -> list[AgentRow]:
    """The agents that spoke, or speak, for members of a council."""
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from agents a where a.root_id = $1 and a.council_id = $1 and a.parent_id is null
               order by a.created_at, a.id""",
        council,
    )
    return [_agent(row) for row in rows]


async def by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, UUID]:
    """The agents that were made by these idempotency keys."""
    rows = await conn.fetch("select idempotency_key, id from agents where idempotency_key = any($1)", keys)
    return {row["idempotency_key"]: row["id"] for row in rows}


# What happens to an agent


async def begun(conn: Connection, id: UUID) -> AgentRow | None:
    """It works, or works on."""
    return await _changed(
        conn,
        """update agents a set status = 'running', waits_for = null, started_at = coalesce(started_at, now())
            where id = $1 and status in ('pending', 'running', 'waiting') returning """
        + COLUMNS,
        id,
    )


async def got_on(conn: Connection, id: UUID, *, step: bool, tokens: int, usd: Decimal) -> AgentRow | None:
    """A call came to its end, and brought a `step` or not."""
    return await _changed(
        conn,
        """update agents a set steps = steps + $2::int, tokens = tokens + $3, cost_usd = cost_usd + $4
            where id = $1 returning """
        + COLUMNS,
        id,
        int(step),
        tokens,
        usd,
    )


async def waits(conn: Connection, id: UUID, what: WaitsFor | None) -> AgentRow | None:
    """It waits, or, with None, works again."""
    return await _changed(
        conn,
        """update agents a set status = case when $2::text is null then 'running' else 'waiting' end, waits_for = $2
            where id = $1 and status in ('pending', 'running', 'waiting') returning """
        + COLUMNS,
        id,
        what,
    )


async def ended(
    conn: Connection, id: UUID, status: Status, *, result: str | None, error: Json | None
) -> AgentRow | None:
    """It has ended, once."""
    return await _changed(
        conn,
        """update agents a set status = $2, waits_for = null, result = $3, error = $4, completed_at = now()
            where id = $1 and status in ('pending', 'running', 'waiting') returning """
        + COLUMNS,
        id,
        status,
        result,
        error,
    )


async def set_paused(conn: Connection, ids: Sequence[UUID], paused: bool) -> list[UUID]:
    """Pause or resume those that have not ended; answers which."""
    rows = await conn.fetch(
        """update agents set paused = $2
            where id = any($1) and status in ('pending', 'running', 'waiting') returning id""",
        ids, paused,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def request_cancel(conn: Connection, ids: Sequence[UUID]) -> tuple[list[UUID], list[UUID]]:
    """Make the wish that these end durable. Those that had not begun have ended with it: (ended, to be told)."""
    asked = await conn.fetch(
        """update agents set cancel_requested_at = coalesce(cancel_requested_at, now())
            where id = any($1) and status in ('pending', 'running', 'waiting') returning id""",
        ids,
    )
    unbegun = await conn.fetch(
        """with over as (
               update turns set status = 'stopped', stop_requested_at = now(), ended_at = now()
                where user_id = app_user() and conversation_id = any($1) and status = 'queued' returning conversation_id
           )
           update agents a set status = 'cancelled', waits_for = null, completed_at = now()
             from over where a.id = over.conversation_id and a.status = 'pending' returning a.id""",
        [row["id"] for row in asked],
    )
    over = {row["id"] for row in unbegun}
    rest = [row["id"] for row in asked if row["id"] not in over]
    await conn.execute(
        """update turns set stop_requested_at = coalesce(stop_requested_at, now())
            where user_id = app_user() and conversation_id = any($1) and status in ('queued', 'running')""",
        rest,
    )
    return list(over), rest


# Types


async def types(conn: Connection) -> list[AgentType]:
    """All types: the built-in ones, and those that the user defined."""
    rows = await conn.fetch(
        "select name, description, persona, model, tools, agent, budget from agent_types order by name"
    )
    return [*BUILT_IN.values(), *(AgentType(**dict(row)) for row in rows)]


async def put_type(conn: Connection, kind: AgentType) -> None:
    """Define a type, or define it anew."""
    await conn.execute(
        """insert into agent_types (user_id, name, description, persona, model, tools, agent, budget)
           values (app_user(), $1, $2, $3, $4, $5, $6, $7)
           on conflict (user_id, name) do update
              set description = $2, persona = $3, model = $4, tools = $5, agent = $6, budget = $7,
                  updated_at = now()""",
        kind.name, kind.description, kind.persona, kind.model, kind.tools, kind.agent, dict(kind.budget),
    )  # fmt: skip


async def drop_type(conn: Connection, name: str) -> bool:
    """Forget a type; answers whether it was there. Agents made of it stay."""
    return await conn.execute("delete from agent_types where name = $1", name) > 0


def _agent(row: Row) -> AgentRow:
    return AgentRow(**dict(row))


async def _changed(conn: Connection, sql: Any, *arguments: object) -> AgentRow | None:
    row = await conn.fetchrow(sql, *arguments)
    return None if row is None else _agent(row)
