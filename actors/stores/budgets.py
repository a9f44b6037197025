"""The SQL of table budgets: what may be spent, as a tree in which nothing below a row can exceed it.

A child's whole limit is held by its parent until the child is closed; a call's worst case is held by the row that it is
made from. Checks of the table refuse whatever would go over, so that no race can. Rows are locked from below upwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from actors.agents.allowance import Allowance
from actors.agents.errors import BudgetSpent, Cancelled, TooDeep, TooManyAgents
from cluster.clients.postgres import Connection

COLUMNS = (
    "id, parent_id, root_id, depth, fan_out, agents, usd, tokens, deadline, usd_spent, tokens_spent, usd_held, "
    "tokens_held, usd_asked, tokens_asked, usd_doubted, tokens_doubted, calls_doubted, agents_made, children, "
    "cancelled_at, closed_at"
)
OVER = """coalesce((select a.status from agents a where a.id = b.id),
                   (select c.status from councils c where c.id = b.id),
                   (select s.status from swarms s where s.id = b.id)) in ('completed', 'failed', 'cancelled')"""
"""Whether what a budget `b` belongs to has ended."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What may be used up under an agent, a swarm or a council, and what was. Amounts in US dollars and tokens."""

    id: UUID
    parent_id: UUID | None
    root_id: UUID
    depth: int
    fan_out: int
    agents: int
    usd: Decimal
    tokens: int
    deadline: datetime
    usd_spent: Decimal
    tokens_spent: int
    usd_held: Decimal
    tokens_held: int
    usd_asked: Decimal
    tokens_asked: int
    usd_doubted: Decimal
    tokens_doubted: int
    calls_doubted: int
    agents_made: int
    children: int
    cancelled_at: datetime | None
    closed_at: datetime | None

    @property
    def usd_left(self) -> Decimal:
        """What nobody has spent or holds."""
        return self.usd - self.usd_spent - self.usd_held - self.usd_asked - self.usd_doubted

    @property
    def tokens_left(self) -> int:
        """What nobody has used or holds."""
        return self.tokens - self.tokens_spent - self.tokens_held - self.tokens_asked - self.tokens_doubted


async def find(conn: Connection, id: UUID) -> Budget | None:
    """One budget."""
    row = await conn.fetchrow("select " + COLUMNS + " from budgets where id = $1", id)
    return Budget(**row) if row else None


async def open_root(conn: Connection, id: UUID, allowance: Allowance) -> None:
    """The budget of a swarm, a council, or an agent that a person made."""
    await open_roots(conn, [(id, allowance)])


async def open_roots(conn: Connection, wanted: Sequence[tuple[UUID, Allowance]]) -> None:
    """Several budgets that nobody else pays for."""
    await conn.execute(
        """insert into budgets (id, user_id, root_id, depth, fan_out, agents, usd, tokens, deadline)
           select id, app_user(), id, depth, fan_out, agents, usd, tokens, now() + make_interval(secs => seconds)
             from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::numeric[], $6::bigint[], $7::float8[])
                  as w (id, depth, fan_out, agents, usd, tokens, seconds)""",
        *_columns(wanted),
    )


async def open_below(conn: Connection, payer: UUID, wanted: Sequence[tuple[UUID, Allowance]]) -> None:
    """Budgets of children, which `payer` holds until they are closed.

    Raises BudgetSpent, TooManyAgents, TooDeep, Cancelled; then nothing was made.
    """
    await settle_children(conn, payer)
    row = await conn.fetchrow(
        "select " + COLUMNS + ", deadline <= now() as late from budgets where id = $1 for update", payer
    )
    if row is None or row["cancelled_at"] or row["closed_at"]:
        raise Cancelled
    held = Budget(**{name: value for name, value in dict(row).items() if name != "late"})
    usd, tokens = sum((one.usd for _, one in wanted), Decimal(0)), sum(one.tokens for _, one in wanted)
    if held.depth < 1:
        raise TooDeep
    if row["late"]:
        raise BudgetSpent("its time is over")
    if usd > held.usd_left or tokens > held.tokens_left:
        raise BudgetSpent(f"{held.usd_left:.4f} US dollars and {held.tokens_left} tokens are left")
    if held.children + len(wanted) > held.fan_out:
        raise TooManyAgents(f"{held.fan_out} agents may be at work at once, and {held.children} are")
    counted = await conn.fetchval(
        """update budgets set agents_made = agents_made + $2
            where id = $1 and cancelled_at is null and agents_made + $2 <= agents returning 1""",
        held.root_id,
        len(wanted),
    )
    if counted is None:
        raise TooManyAgents("as many agents were made as may be")
    await conn.execute(
        """update budgets set usd_held = usd_held + $2, tokens_held = tokens_held + $3, children = children + $4
            where id = $1""",
        payer, usd, tokens, len(wanted),
    )  # fmt: skip
    await conn.execute(
        """insert into budgets (id, user_id, parent_id, root_id, depth, fan_out, agents, usd, tokens, deadline)
           select w.id, app_user(), p.id, p.root_id, least(w.depth, p.depth - 1), w.fan_out, w.agents, w.usd, w.tokens,
                  least(p.deadline, now() + make_interval(secs => w.seconds))
             from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::numeric[], $6::bigint[], $7::float8[])
                  as w (id, depth, fan_out, agents, usd, tokens, seconds), budgets p
            where p.id = $8""",
        *_columns(wanted), payer,
    )  # fmt: skip


async def settle_children(conn: Connection, id: UUID) -> None:
    """Take back what was held for children that have ended, agents, councils and swarms, and count what they spent."""
    deeper = await conn.fetch(
        f"select b.id from budgets b where b.parent_id = $1 and b.closed_at is null and b.children > 0 and {OVER}", id
    )
    for row in deeper:
        await settle_children(conn, row["id"])
    await conn.execute(
        f"""with over as (
               update budgets b set closed_at = now(), usd_doubted = b.usd_doubted + b.usd_asked,
                      tokens_doubted = b.tokens_doubted + b.tokens_asked, usd_asked = 0, tokens_asked = 0,
                      calls_doubted = b.calls_doubted + (b.tokens_asked > 0)::int
                where b.parent_id = $1 and b.closed_at is null and b.children = 0 and {OVER}
               returning b.usd, b.tokens, b.usd_spent, b.tokens_spent, b.usd_doubted, b.tokens_doubted, b.calls_doubted
           ), sums as (
               select count(*)::int as number, sum(usd) as usd, sum(tokens)::bigint as tokens, sum(usd_spent) as spent,
                      sum(tokens_spent)::bigint as used, sum(usd_doubted) as doubted,
                      sum(tokens_doubted)::bigint as doubted_tokens, sum(calls_doubted)::int as calls
                 from over
           )
           update budgets p
              set usd_held = usd_held - sums.usd, tokens_held = tokens_held - sums.tokens,
                  usd_spent = usd_spent + sums.spent, tokens_spent = tokens_spent + sums.used,
                  usd_doubted = usd_doubted + sums.doubted, tokens_doubted = tokens_doubted + sums.doubted_tokens,
                  calls_doubted = calls_doubted + sums.calls, children = children - sums.number
             from sums where p.id = $1 and sums.number > 0""",
        id,
    )


async def ask(conn: Connection, id: UUID, *, usd: Decimal, tokens: int) -> bool:
    """Hold the worst case of a call before it is made; False when the budget does not allow for it.

    What was held for an earlier call whose end nobody heard is doubted from then on: it may have been spent.
    """
    held = await conn.fetchval(
        """update budgets
              set usd_doubted = usd_doubted + usd_asked, tokens_doubted = tokens_doubted + tokens_asked,
                  calls_doubted = calls_doubted + (tokens_asked > 0)::int, usd_asked = $2, tokens_asked = $3
            where id = $1 and cancelled_at is null and deadline > now()
              and usd_spent + usd_held + usd_asked + usd_doubted + $2 <= usd
              and tokens_spent + tokens_held + tokens_asked + tokens_doubted + $3 <= tokens
           returning 1""",
        id, usd, tokens,
    )  # fmt: skip
    return held is not None


async def spend(conn: Connection, id: UUID, *, usd: Decimal, tokens: int) -> None:
    """Count what a call came to, in place of its worst case. Never more than the limit: the ledger has the truth."""
    await conn.execute(
        """update budgets
              set usd_asked = 0, tokens_asked = 0, usd_spent = least(usd - usd_held - usd_doubted, usd_spent + $2),
                  tokens_spent = least(tokens - tokens_held - tokens_doubted, tokens_spent + $3)
            where id = $1""",
        id, usd, tokens,
    )  # fmt: skip


async def doubt(conn: Connection, id: UUID) -> None:
    """The process that made a call is gone: whatever is held for it may have been spent."""
    await conn.execute(
        """update budgets
              set usd_doubted = usd_doubted + usd_asked, tokens_doubted = tokens_doubted + tokens_asked,
                  calls_doubted = calls_doubted + 1, usd_asked = 0, tokens_asked = 0
            where id = $1 and tokens_asked > 0""",
        id,
    )


async def stop(conn: Connection, id: UUID) -> bool:
    """Nothing more is made or asked for under it; answers whether children of it are at work."""
    await doubt(conn, id)
    return await conn.fetchval(
        "update budgets set cancelled_at = coalesce(cancelled_at, now()) where id = $1 returning children > 0", id
    )


async def close(conn: Connection, id: UUID) -> None:
    """Nothing more is made or spent under it. What is held for children stays until they have ended.

    One that somebody else pays for is closed by its payer, who takes back what is left (`settle_children`).
    """
    await settle_children(conn, id)
    await conn.execute(
        """update budgets
              set cancelled_at = case when parent_id is null then cancelled_at else coalesce(cancelled_at, now()) end,
                  closed_at = case when parent_id is null then coalesce(closed_at, now()) else closed_at end
            where id = $1""",
        id,
    )


async def below(conn: Connection, id: UUID) -> list[UUID]:
    """A budget and all below it."""
    rows = await conn.fetch(
        """with recursive tree as (
               select id from budgets where id = $1
               union all select b.id from tree join budgets b on b.user_id = app_user() and b.parent_id = tree.id)
           select id from tree""",
        id,
    )
    return [row["id"] for row in rows]


async def hold(conn: Connection, ids: Sequence[UUID]) -> None:
    """Keep others from changing these until the transaction ends. From below upwards, as everybody takes them."""
    await conn.execute("select from budgets where id = any($1) order by depth, id for update", ids)


async def cancel(conn: Connection, ids: Sequence[UUID]) -> None:
    """Nothing more may be made or asked for under these."""
    await conn.execute("update budgets set cancelled_at = coalesce(cancelled_at, now()) where id = any($1)", ids)


def _columns(wanted: Sequence[tuple[UUID, Allowance]]) -> list[list[object]]:
    return [
        [id for id, _ in wanted],
        [one.depth for _, one in wanted],
        [one.fan_out for _, one in wanted],
        [one.agents for _, one in wanted],
        [one.usd for _, one in wanted],
        [one.tokens for _, one in wanted],
        [one.seconds for _, one in wanted],
    ]
