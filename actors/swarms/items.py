"""The SQL of table swarm_items: one row for each input, which is pending, at work, or has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, LiteralString, TypeAlias
from uuid import UUID

import orjson

from actors.stores.text import storable
from actors.swarms.progress import Ending, Settled
from cluster.clients.postgres import Connection, Row

Json = dict[str, Any]
Status: TypeAlias = Literal["pending", "running", "completed", "failed", "cancelled"]
COLUMNS: Final[LiteralString] = (
    "i.n, i.input, i.status, i.attempts, i.agent_id, i.result, i.error, i.cost_usd, i.completed_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One input and what came of it."""

    n: int
    input: Any
    status: Status
    attempts: int
    agent_id: UUID | None
    result: str | None
    error: Json | None
    cost_usd: Decimal
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Items that have not ended: so many may begin, rest until `due` at the earliest, and are at work."""

    ready: int
    resting: int
    at_work: int
    due: datetime | None
    now: datetime
    """The database's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An agent has ended its work on an item. `cost` is its own and that of all below it."""

    n: int
    attempts: int
    agent_id: UUID
    status: Ending
    result: str | None
    error: Json | None
    steps: int
    cost: Decimal
    given_usd: Decimal
    given_tokens: int
    calls_doubted: int


async def add(conn: Connection, swarm: UUID, inputs: Sequence[Any], *, first: int) -> None:
    """Keep inputs; the first gets the number `first`."""
    await conn.execute(
        """insert into swarm_items (user_id, swarm_id, n, input)
           select app_user(), $1, $2 + place - 1, input::jsonb
             from unnest($3::text[]) with ordinality as w (input, place)""",
        swarm, first, [orjson.dumps(storable(one)).decode() for one in inputs],
    )  # fmt: skip


async def page(conn: Connection, swarm: UUID, *, after: int, status: Sequence[str], limit: int) -> list[Item]:
    """Items in order, from the number `after` on; with these statuses, or any."""
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from swarm_items i
             where i.swarm_id = $1 and i.n >= $2 and (cardinality($3::text[]) = 0 or i.status = any($3))
             order by i.n limit $4""",
        swarm, after, list(status), limit,
    )  # fmt: skip
    return [_item(row) for row in rows]


async def still_open(conn: Connection, swarm: UUID) -> Open:
    """How many have not ended."""
    row = await conn.fetchrow(
        """select count(*) filter (where status = 'running')::int as at_work,
                  count(*) filter (where status = 'pending' and due_at > now())::int as resting,
                  count(*) filter (where status = 'pending' and (due_at is null or due_at <= now()))::int as ready,
                  min(due_at) filter (where status = 'pending' and due_at > now()) as due,
                  now() as now
             from swarm_items where swarm_id = $1 and status in ('pending', 'running')""",
        swarm,
    )
    assert row is not None
    return Open(**dict(row))


async def ready(conn: Connection, swarm: UUID, *, limit: int) -> list[Item]:
    """Items that may begin now, in order."""
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from swarm_items i
             where i.swarm_id = $1 and i.status = 'pending' and (i.due_at is null or i.due_at <= now())
             order by i.n limit $2""",
        swarm, limit,
    )  # fmt: skip
    return [_item(row) for row in rows]


async def begin(conn: Connection, swarm: UUID, agents: Mapping[int, UUID]) -> list[Item]:
    """Agents are at work on these items; answers them."""
    rows = await conn.fetch(
        """update swarm_items i set status = 'running', attempts = attempts + 1, agent_id = w.agent, due_at = null
             from unnest($2::int[], $3::uuid[]) as w (n, agent) where i.swarm_id = $1 and i.n = w.n
           returning """
        + COLUMNS,
        swarm, list(agents), list(agents.values()),
    )  # fmt: skip
    return sorted((_item(row) for row in rows), key=lambda item: item.n)


async def ended(conn: Connection, swarm: UUID, *, limit: int) -> list[Ended]:
    """What agents have ended and nobody has looked at, those who ended first before others."""
    rows = await conn.fetch(
        """select i.n, i.attempts, a.id as agent_id, a.status, a.result, a.error, a.steps, b.usd_spent as cost,
                  b.usd as given_usd, b.tokens as given_tokens, b.calls_doubted
             from swarm_items i join agents a on a.id = i.agent_id join budgets b on b.id = a.id
            where i.swarm_id = $1 and i.status = 'running' and a.status in ('completed', 'failed', 'cancelled')
              and b.closed_at is not null
            order by a.completed_at, i.n limit $2""",
        swarm, limit,
    )  # fmt: skip
    return [Ended(**dict(row)) for row in rows]


async def settle(conn: Connection, swarm: UUID, settled: Sequence[tuple[Ended, Settled]]) -> list[Item]:
    """Keep what becomes of items whose agents have ended; answers them, in that order."""
    rows = await conn.fetch(
        """update swarm_items i
              set status = w.status, due_at = w.due, result = w.result, error = w.error, cost_usd = i.cost_usd + w.cost,
                  completed_at = case when w.status = 'pending' then null else now() end
             from unnest($2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::jsonb[], $7::numeric[])
                  as w (n, status, due, result, error, cost)
            where i.swarm_id = $1 and i.n = w.n and i.status = 'running'
           returning """
        + COLUMNS,
        swarm,
        [one.n for one, _ in settled],
        [what.status for _, what in settled],
        [what.due for _, what in settled],
        [one.result for one, _ in settled],
        [one.error for one, _ in settled],
        [one.cost for one, _ in settled],
    )
    order = {one.n: place for place, (one, _) in enumerate(settled)}
    return sorted((_item(row) for row in rows), key=lambda item: order[item.n])


async def cancel_rest(conn: Connection, swarm: UUID) -> list[Item]:
    """Items that nobody is at work on will not be begun any more; answers them."""
    rows = await conn.fetch(
        """update swarm_items i set status = 'cancelled', due_at = null, completed_at = now()
            where i.swarm_id = $1 and i.status = 'pending' returning """
        + COLUMNS,
        swarm,
    )
    return sorted((_item(row) for row in rows), key=lambda item: item.n)


async def try_again(conn: Connection, swarm: UUID, numbers: Sequence[int] | None) -> tuple[list[Item], int]:
    """Items that failed or were cancelled are pending again: these, or all; answers them and how many had failed."""
    rows = await conn.fetch(
        """with old as (
               select n, status from swarm_items
                where swarm_id = $1 and status in ('failed', 'cancelled') and ($2::int[] is null or n = any($2))
                for update)
           update swarm_items i set status = 'pending', due_at = null, result = null, error = null, completed_at = null
             from old where i.swarm_id = $1 and i.n = old.n
           returning old.status as before, """
        + COLUMNS,
        swarm, None if numbers is None else list(numbers),
    )  # fmt: skip
    items = [Item(**{name: value for name, value in dict(row).items() if name != "before"}) for row in rows]
    return sorted(items, key=lambda item: item.n), sum(row["before"] == "failed" for row in rows)


async def newest_ends(conn: Connection, swarm: UUID) -> list[Item]:
    """The items that ended in the transaction that was the last to end any."""
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from swarm_items i
             where i.swarm_id = $1 and i.completed_at = (select max(completed_at) from swarm_items where swarm_id = $1)
             order by i.n limit 1000""",
        swarm,
    )
    return [_item(row) for row in rows]


async def sizes(conn: Connection, swarm: UUID, *, chars: int) -> list[tuple[int, int]]:
    """The numbers of completed items, in order, and how long their results are, `chars` at most."""
    rows = await conn.fetch(
        """select n, least(length(result), $2) as size from swarm_items
            where swarm_id = $1 and status = 'completed' order by n""",
        swarm, chars,
    )  # fmt: skip
    return [(row["n"], row["size"] or 0) for row in rows]


async def results(conn: Connection, swarm: UUID, numbers: Sequence[int], *, chars: int) -> list[str]:
    """The beginnings of these items' results, in order."""
    rows = await conn.fetch(
        "select left(result, $3) as result from swarm_items where swarm_id = $1 and n = any($2) order by n",
        swarm, list(numbers), chars,
    )  # fmt: skip
    return [row["result"] or "" for row in rows]


def _item(row: Row) -> Item:
    return Item(**dict(row))
