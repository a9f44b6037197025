"""One look at a swarm, in one transaction: settle what agents have ended, then do what progress.py says comes next."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from actors.agents import spawning
from actors.agents.errors import BudgetSpent, Cancelled, TooManyAgents
from actors.agents.spawning import NewAgent
from actors.stores import budgets
from actors.stores.budgets import Budget
from actors.swarms import items, reducing, store
from actors.swarms.agents import for_group, for_item, not_affordable, purse_of, reduce_prefix
from actors.swarms.endings import ERRORS, refused
from actors.swarms.items import Ended, Item
from actors.swarms.progress import (
    NOTHING,
    ZERO,
    Amount,
    End,
    Outcome,
    Reduce,
    Settled,
    Spawn,
    Standing,
    Step,
    Wait,
    next_step,
    settled,
)
from actors.swarms.reducing import Plan
from actors.swarms.store import SwarmRow
from actors.swarms.telling import Teller
from actors.webhooks import outgoing
from cluster.clients.postgres import Connection
from cluster.errors import Permanent
from cluster.ids import UserId
from cluster.services import ActorServices

Json = dict[str, Any]
TOGETHER = 200
"""Ends of agents that one transaction looks at."""


@dataclass(kw_only=True)
class Look:
    """What one look has found and done."""

    swarm: SwarmRow
    turning: bool = False
    changed: list[Item] = field(default_factory=list[Item])
    made: Sequence[UUID] = ()
    at_work: int = 0
    more: bool = False
    due: datetime | None = None
    deadline: datetime | None = None
    now: datetime | None = None
    cost: Decimal = ZERO

    @property
    def over(self) -> bool:
        """Whether the swarm has ended."""
        return self.swarm.over

    @property
    def seconds_to_due(self) -> float | None:
        """How long until an item may be tried again."""
        return None if self.due is None or self.now is None else max(0.0, (self.due - self.now).total_seconds())


class Work:
    """A swarm's work, as one incarnation does it. `order` keeps commands and looks apart."""

    def __init__(self, services: ActorServices, user: UserId, swarm: UUID, order: asyncio.Lock) -> None:
        self.user = user
        self.turning = False
        """Whether a command has changed the swarm itself, which is to be told."""
        self._services = services
        self._swarm = swarm
        self._order = order
        self._least = NOTHING
        self._asleep: list[UUID] = []
        self._waking: asyncio.Task[None] | None = None
        self._teller = Teller(services.log, user, swarm)

    @property
    def untold(self) -> bool:
        """Whether the user's channel has not heard the newest."""
        return self._teller.untold

    @asynccontextmanager
    async def writing(self, *, pending: bool = True, wake_at: datetime | None = None) -> AsyncGenerator[Connection]:
        """A transaction that commits only while this incarnation is the newest. Raises Fenced."""
        async with self._services.db.as_user(self.user) as conn:
            await self._services.fence.mark_pending(conn, pending, wake_at=wake_at)
            yield conn

    async def look(self) -> Look | None:
        """Do what is to be done now. None when there is no such swarm any more."""
        async with self._order, self.writing() as conn:
            swarm = await store.find(conn, self._swarm)
            budget = await self._settled_budget(conn)
            if swarm is None or budget is None:
                return None
            look = Look(swarm=swarm, deadline=budget.deadline, turning=self.turning)
            self.turning = False
            if not swarm.over:
                await self._go_on(conn, look, budget)
            look.swarm = await store.find(conn, self._swarm) or swarm
            look.turning = look.turning or look.swarm.status != swarm.status
            look.cost = await store.cost(conn, self._swarm)
        self._asleep += look.made
        if self._asleep and not look.more and (self._waking is None or self._waking.done()):
            self._waking = asyncio.create_task(self._wake_all())
        await self._teller.tell(look.swarm, look.cost, look.changed, turning=look.turning)
        return look

    def leave(self) -> None:
        """Whoever is not awake yet is woken by a sweep."""
        if self._waking is not None:
            self._waking.cancel()

    async def tell_again(self, *, turning: bool = True) -> None:
        """Tell what an earlier incarnation may not have told any more: it told each transaction before the next."""
        async with self._services.db.as_user(self.user) as conn:
            swarm = await store.find(conn, self._swarm)
            newest = await items.newest_ends(conn, self._swarm)
            cost = await store.cost(conn, self._swarm)
        if swarm is not None:
            await self._teller.tell(swarm, cost, newest, turning=turning)

    async def is_being_cancelled(self) -> bool:
        """Whether somebody wants it to end, and it has not yet."""
        async with self._services.db.as_user(self.user) as conn:
            swarm = await store.find(conn, self._swarm)
        return swarm is not None and not swarm.over and swarm.cancel_requested_at is not None

    async def _wake_all(self) -> None:
        """Wake all that were made, once no more are; ends are looked at meanwhile."""
        while self._asleep:
            asleep, self._asleep = self._asleep, []
            await spawning.wake(self._services, asleep)

    async def _settled_budget(self, conn: Connection) -> Budget | None:
        await budgets.settle_children(conn, self._swarm)
        return await budgets.find(conn, self._swarm)

    async def _go_on(self, conn: Connection, look: Look, budget: Budget) -> None:
        ended = await items.ended(conn, self._swarm, limit=TOGETHER)
        if ended:
            look.changed += await self._settle(conn, look.swarm, ended)
            await self._services.fence.forgive(conn)
        there = await items.still_open(conn, self._swarm)
        look.at_work, look.due, look.now = max(there.at_work, budget.children), there.due, there.now
        swarm = await store.find(conn, self._swarm) or look.swarm
        standing = Standing(
            ready=there.ready,
            resting=there.resting,
            at_work=look.at_work,
            completed=swarm.completed,
            failed=swarm.failed,
            parallelism=swarm.parallelism,
            closed=swarm.closed,
            paused=swarm.paused,
            cancelled=swarm.cancel_requested_at is not None or budget.cancelled_at is not None,
            late=budget.deadline <= there.now,
            reduces=swarm.options.reduce is not None,
        )
        step = next_step(standing, purse_of(swarm, budget, least=self._least, reducing=False))
        await self._carry_out(conn, look, step, budget)
        look.more = look.more or len(ended) == TOGETHER

    async def _settle(self, conn: Connection, swarm: SwarmRow, ended: Sequence[Ended]) -> list[Item]:
        now = await conn.fetchval("select now()")
        verdicts: list[tuple[Ended, Settled]] = []
        for one in ended:
            outcome = self._outcome(swarm, one)
            verdicts.append((one, settled(outcome, retries=swarm.options.retries, now=now)))
        ends = [what.status for _, what in verdicts]
        await store.count(conn, swarm.id, completed=ends.count("completed"), failed=ends.count("failed"))
        return await items.settle(conn, swarm.id, verdicts)

    def _outcome(self, swarm: SwarmRow, one: Ended) -> Outcome:
        poor = one.status == "failed" and not_affordable(one.error)
        # What was held for a call whose process died counts as spent: that is no fault of the item.
        doubted = poor and one.calls_doubted > 0
        starved = poor and not doubted and one.steps == 0 and swarm.options.each.get("usd") is None
        if starved:
            least = Amount(usd=2 * one.given_usd, tokens=2 * one.given_tokens)
            self._least = max(self._least, least, key=lambda amount: (amount.usd, amount.tokens))
        retryable = doubted or bool((one.error or {}).get("retryable", True))
        return Outcome(status=one.status, attempts=one.attempts, retryable=retryable, starved=starved)

    async def _carry_out(self, conn: Connection, look: Look, step: Step, budget: Budget) -> None:
        match step:
            case Spawn():
                await self._spawn_items(conn, look, step)
            case Reduce():
                await self._reduce(conn, look, budget)
            case End():
                await self._end(conn, look, step, None if step.reason is None else ERRORS.get(step.reason))
            case Wait():
                if look.swarm.status == "pending":
                    await store.stand(conn, self._swarm, "running")

    async def _spawn_items(self, conn: Connection, look: Look, step: Spawn) -> None:
        ready = await items.ready(conn, self._swarm, limit=step.count)
        new = [for_item(self._services.settings, look.swarm, item, step.share) for item in ready]
        made = await self._spawn(conn, look, new)
        if made:
            await store.stand(conn, self._swarm, "running")
            agents = {item.n: agent for item, agent in zip(ready, made, strict=True)}
            look.changed += await items.begin(conn, self._swarm, agents)
            look.more = True

    async def _spawn(self, conn: Connection, look: Look, new: Sequence[NewAgent]) -> Sequence[UUID]:
        """Make agents. Where that is refused the swarm waits for those at work, or has come to its end."""
        try:
            look.made = await spawning.spawn(conn, new, payer=self._swarm, swarm=self._swarm)
        except Cancelled:
            await store.ask_to_cancel(conn, self._swarm)
            look.more = True
        except Permanent as error:
            temporary = isinstance(error, BudgetSpent | TooManyAgents) and look.at_work
            if not temporary:
                await self._end(conn, look, End("failed"), refused(error))
        look.at_work += len(look.made)
        return look.made

    async def _reduce(self, conn: Connection, look: Look, budget: Budget) -> None:
        swarm = look.swarm
        found = await store.reductions(conn, swarm.id, reduce_prefix(swarm))
        made = {place: self._again(swarm, one, error) for place, (one, error) in found.items()}
        sizes = await items.sizes(conn, swarm.id, chars=reducing.TEXT_CHARS)
        plan = reducing.plan([size for _, size in sizes], made)
        if plan.answer is not None:
            await store.reduced(conn, swarm.id, plan.answer)
            await self._end(conn, look, End("completed"), None)
        elif plan.failed is not None:
            error = next(error for one, error in found.values() if one.id == plan.failed)
            await self._end(conn, look, End("failed"), error or ERRORS["reduce_failed"])
        elif plan.begin:
            await self._spawn_groups(conn, look, plan, budget, [n for n, _ in sizes], made)

    async def _spawn_groups(
        self,
        conn: Connection,
        look: Look,
        plan: Plan,
        budget: Budget,
        numbers: Sequence[int],
        made: dict[reducing.Place, reducing.Made],
    ) -> None:
        swarm = look.swarm
        purse = purse_of(swarm, budget, least=NOTHING, reducing=True)
        groups = plan.begin[: max(0, min(swarm.parallelism, purse.places, purse.agents))]
        if not groups or purse.left.usd <= 0 or purse.left.tokens < len(groups):
            await self._end(conn, look, End("failed"), ERRORS["budget_spent"])
            return
        share = Amount(usd=purse.left.usd / len(groups), tokens=purse.left.tokens // len(groups)).floored()
        new: list[NewAgent] = []
        for group in groups:
            if group.level == 0:
                chosen = [numbers[place] for place in group.members]
                texts = await items.results(conn, swarm.id, chosen, chars=reducing.TEXT_CHARS + 1)
            else:
                below = [made[group.level - 1, place].id for place in group.members]
                texts = await store.results_of(conn, below, chars=reducing.TEXT_CHARS + 1)
            new.append(for_group(self._services.settings, swarm, group, texts, share))
        if await self._spawn(conn, look, new):
            await store.stand(conn, swarm.id, "reducing")

    def _again(self, swarm: SwarmRow, one: reducing.Made, error: Json | None) -> reducing.Made:
        retryable = bool((error or {}).get("retryable", True))
        return one.tried_again(one.status == "failed" and retryable and one.attempt <= swarm.options.retries)

    async def _end(self, conn: Connection, look: Look, step: End, error: Json | None) -> None:
        look.changed += await items.cancel_rest(conn, self._swarm)
        await store.end(conn, self._swarm, step.status, error)
        await outgoing.announce(conn, "swarm", [self._swarm])
        look.turning = True
        await outgoing.announce(conn, "swarm", [self._swarm])
