"""The SQL of table swarms. Its counts are those of its items; one incarnation at a time changes both together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, LiteralString, TypeAlias
from uuid import UUID

from actors.stores.text import storable
from actors.swarms.commands import NewSwarm, Options
from actors.swarms.reducing import Made, Place
from cluster.clients.postgres import Connection, Row

Json = dict[str, Any]
Status: TypeAlias = Literal["pending", "running", "paused", "reducing", "completed", "failed", "cancelled"]
OVER = frozenset({"completed", "failed", "cancelled"})
COLUMNS: Final[LiteralString] = (
    "s.id, s.name, s.options, s.parallelism, s.status, s.total, s.completed, s.failed, s.closed, s.reduce_agent_id, "
    "s.result, s.error, s.cancel_requested_at, s.paused, s.webhook, s.created_at, s.started_at, s.completed_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmRow:
    """A swarm as it stands."""

    id: UUID
    name: str
    options: Options
    parallelism: int
    status: Status
    total: int
    completed: int
    failed: int
    closed: bool
    reduce_agent_id: UUID | None
    result: str | None
    error: Json | None
    cancel_requested_at: datetime | None
    paused: bool
    webhook: Json | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in OVER


async def find(conn: Connection, id: UUID) -> SwarmRow | None:
    """One swarm."""
    row = await conn.fetchrow("select " + COLUMNS + " from swarms s where s.id = $1", id)
    return _swarm(row) if row else None


async def owner(conn: Connection, id: UUID) -> UUID | None:
    """Whose it is. Needs the system role."""
    return await conn.fetchval("select user_id from swarms where id = $1", id)


async def page(
    conn: Connection, *, status: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[SwarmRow]:
    """Swarms, the newest first; those before (created_at, id) of an earlier page."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        "select "
        + COLUMNS
        + """ from swarms s
             where ($1::text is null or s.status = $1)
               and ($2::timestamptz is null or (s.created_at, s.id) < ($2, $3::uuid))
             order by s.created_at desc, s.id desc limit $4""",
        status, at, last, limit,
    )  # fmt: skip
    return [_swarm(row) for row in rows]


async def insert(conn: Connection, id: UUID, new: NewSwarm) -> None:
    """Keep a new swarm, without its items. Its budget is there already."""
    await conn.execute(
        """insert into swarms (id, user_id, idempotency_key, name, options, parallelism, closed, webhook)
           values ($1, app_user(), $2, $3, $4, $5, $6, $7)""",
        id, new.idempotency_key, new.name, storable(asdict(new.options)), new.parallelism, new.closed, new.webhook,
    )  # fmt: skip


async def grow(conn: Connection, id: UUID, *, by: int, closed: bool) -> None:
    """Count items that were added."""
    await conn.execute("update swarms set total = total + $2, closed = closed or $3 where id = $1", id, by, closed)


async def stand(conn: Connection, id: UUID, status: Status) -> None:
    """It begins, or goes on in another way."""
    await conn.execute(
        "update swarms set status = $2, started_at = coalesce(started_at, now()) where id = $1", id, status
    )


async def count(conn: Connection, id: UUID, *, completed: int, failed: int) -> None:
    """Count items that have ended."""
    await conn.execute(
        "update swarms set completed = completed + $2, failed = failed + $3 where id = $1", id, completed, failed
    )


async def reduced(conn: Connection, id: UUID, agent: UUID) -> None:
    """Note whose result is the swarm's."""
    await conn.execute(
        "update swarms set reduce_agent_id = a.id, result = a.result from agents a where swarms.id = $1 and a.id = $2",
        id, agent,
    )  # fmt: skip


async def end(conn: Connection, id: UUID, status: Status, error: Json | None) -> None:
    """It is over."""
    await conn.execute(
        """update swarms set status = $2, error = $3, paused = false, closed = true, completed_at = now(),
                             started_at = coalesce(started_at, now()) where id = $1""",
        id, status, error,
    )  # fmt: skip


async def ask_to_cancel(conn: Connection, id: UUID) -> None:
    """A person wants it to end."""
    await conn.execute("update swarms set cancel_requested_at = coalesce(cancel_requested_at, now()) where id = $1", id)


async def pause(conn: Connection, id: UUID, paused: bool) -> None:
    """Begin no more items, or go on."""
    await conn.execute(
        """update swarms set paused = $2,
                  status = case when $2 then 'paused' when status = 'paused' then 'running' else status end
            where id = $1""",
        id, paused,
    )  # fmt: skip


async def reopen(conn: Connection, id: UUID, *, failed: int) -> None:
    """Items are tried again: so many had failed. What was made of all results is made anew."""
    await conn.execute(
        """update swarms set status = 'running', failed = failed - $2, result = null, reduce_agent_id = null,
                             error = null, completed_at = null,
                             options = jsonb_set(options, '{reductions}', to_jsonb((options->>'reductions')::int + 1))
            where id = $1""",
        id, failed,
    )  # fmt: skip


async def reductions(conn: Connection, id: UUID, prefix: str) -> Mapping[Place, tuple[Made, Json | None]]:
    """The latest agents that make one of all results, by their place; with why they failed, if they did."""
    rows = await conn.fetch(
        """select id, idempotency_key as key, attempt, status, length(result) as size, error from agents
            where root_id = $1 and swarm_id = $1 and place is null and starts_with(idempotency_key, $2)
            order by attempt""",
        id, prefix,
    )  # fmt: skip
    made: dict[Place, tuple[Made, Json | None]] = {}
    for row in rows:
        level, number, _ = row["key"].removeprefix(prefix).split("/")
        ended = row["status"] in OVER
        status = "working" if not ended else "completed" if row["status"] == "completed" else "failed"
        one = Made(id=row["id"], attempt=row["attempt"], status=status, size=row["size"] or 0)
        made[int(level), int(number)] = (one, row["error"])
    return made


async def results_of(conn: Connection, agents: Sequence[UUID], *, chars: int) -> list[str]:
    """The beginnings of these agents' results, in this order."""
    rows = await conn.fetch(
        """select left(a.result, $2) as result from unnest($1::uuid[]) with ordinality as w (id, place)
             join agents a on a.id = w.id order by w.place""",
        list(agents), chars,
    )  # fmt: skip
    return [row["result"] or "" for row in rows]


async def cost(conn: Connection, id: UUID) -> Decimal:
    """What its agents that have ended came to."""
    return await conn.fetchval("select usd_spent from budgets where id = $1", id) or Decimal(0)


def _swarm(row: Row) -> SwarmRow:
    fields = dict(row)
    fields["options"] = Options(**row["options"])
    return SwarmRow(**fields)
