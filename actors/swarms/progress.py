"""Decides what a swarm does next, and touches nothing: (how it stands, what is left) -> spawn, reduce, end or wait.

Money is dealt out so that nobody starves: what is left is divided by all who have not ended, and an agent gets at least
that. As many begin as can have it, and they share all there is: agents rarely need what they hold, and give it back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal, TypeAlias

BATCH = 200
"""Agents that are made in one transaction."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds before an item is tried again: twice as long each time."""
KEPT_FOR_REDUCING = Decimal("0.1")
"""Share of the budget that items leave for the agent that makes one answer of theirs."""
CENT = Decimal("0.00000001")
"""The smallest amount that the ledger knows."""

Ending: TypeAlias = Literal["completed", "failed", "cancelled"]
Reason: TypeAlias = Literal["cancelled", "budget_spent", "out_of_time", "items_failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a swarm stands: `ready` items may begin now, `resting` ones later; agents are `at_work` on others."""

    ready: int = 0
    resting: int = 0
    at_work: int = 0
    completed: int = 0
    failed: int = 0
    parallelism: int = 1
    closed: bool = True
    paused: bool = False
    cancelled: bool = False
    late: bool = False
    reduces: bool = False

    @property
    def open(self) -> int:
        """Items that have not ended."""
        return self.ready + self.resting + self.at_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """So much money and so many tokens."""

    usd: Decimal
    tokens: int

    def floored(self) -> "Amount":
        """In whole units of the ledger, never more."""
        return Amount(usd=self.usd.quantize(CENT, rounding=ROUND_DOWN), tokens=self.tokens)


ZERO = Decimal(0)
NOTHING = Amount(usd=ZERO, tokens=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What may be given to agents. `each`: what one gets, a part of it None when it is to be dealt out.

    `least`: less than this has shown to be too little for an agent even to begin.
    """

    left: Amount
    held: Amount = NOTHING
    each_usd: Decimal | None = None
    each_tokens: int | None = None
    agents: int = 1_000_000
    places: int = 1_000_000
    least: Amount = NOTHING

    @classmethod
    def of(cls, limit: Amount, left: Amount, *, kept_for_reducing: bool, **more: Any) -> "Purse":
        """What is left of a limit, less what is kept for reducing. Nobody gets more than all there was."""
        share = KEPT_FOR_REDUCING if kept_for_reducing else ZERO
        usd, tokens = limit.usd * share, int(limit.tokens * share)
        rest = Amount(usd=max(ZERO, left.usd - usd), tokens=max(0, left.tokens - tokens))
        purse = cls(left=rest, **more)
        each_usd = None if purse.each_usd is None else min(purse.each_usd, limit.usd - usd)
        each_tokens = None if purse.each_tokens is None else min(purse.each_tokens, limit.tokens - tokens)
        return replace(purse, each_usd=each_usd, each_tokens=each_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spawn:
    """Begin so many items, each with this much."""

    count: int
    share: Amount


@dataclass(frozen=True, slots=True)
class Reduce:
    """All items have ended: make one answer of theirs."""


@dataclass(frozen=True, slots=True)
class Wait:
    """For whoever is at work, for time to pass, or for a person."""


@dataclass(frozen=True, slots=True)
class End:
    """It is over."""

    status: Ending
    reason: Reason | None = None


Step: TypeAlias = Spawn | Reduce | Wait | End


def next_step(standing: Standing, purse: Purse) -> Step:
    """What a swarm does next. It ends only when nobody is at work any more."""
    stopped = _stopped(standing)
    if stopped is not None:
        return Wait() if standing.at_work else stopped
    if standing.paused:
        return Wait()
    if standing.ready and standing.at_work < standing.parallelism:
        dealt = deal(standing, purse)
        if dealt is not None:
            return dealt
        return Wait() if standing.at_work else End("failed", "budget_spent")
    if standing.open or not standing.closed:
        return Wait()
    if standing.completed and standing.reduces:
        return Reduce()
    if standing.failed and not standing.completed:
        return End("failed", "items_failed")
    return End("completed")


def deal(standing: Standing, purse: Purse) -> Spawn | None:
    """How many may begin now and with how much; None when what is left is not enough for one.

    All who may begin share what is left, also those whom only the next transaction makes.
    """
    free = min(standing.ready, standing.parallelism - standing.at_work, purse.agents, purse.places)
    left, held, least = purse.left, purse.held, purse.least
    number = _affordable(free, standing.open, left.usd, held.usd, purse.each_usd, least.usd)
    tokens = tuple(None if one is None else Decimal(one) for one in (left.tokens, held.tokens, purse.each_tokens))
    number = _affordable(number, standing.open, tokens[0] or ZERO, tokens[1] or ZERO, tokens[2], Decimal(least.tokens))
    if number < 1:
        return None
    share = Amount(usd=purse.each_usd or left.usd / number, tokens=purse.each_tokens or left.tokens // number).floored()
    if share.usd <= 0 or share.tokens < 1:
        return None
    return Spawn(count=min(number, BATCH), share=share)


def pause_after(attempts: int) -> timedelta:
    """How long an item rests after so many attempts."""
    return timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, attempts - 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an agent ended its work on an item, its `attempts`-th. `starved`: it could not afford even its first step."""

    status: Ending
    attempts: int
    retryable: bool = False
    starved: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of an item. `due`: when it is tried again."""

    status: Literal["pending", "completed", "failed", "cancelled"]
    due: datetime | None = None


def settled(outcome: Outcome, *, retries: int, now: datetime) -> Settled:
    """What becomes of an item whose agent has ended."""
    if outcome.status != "failed":
        return Settled(outcome.status)
    if outcome.starved:
        return Settled("pending")
    if outcome.retryable and outcome.attempts <= retries:
        return Settled("pending", now + pause_after(outcome.attempts))
    return Settled("failed")


def _stopped(standing: Standing) -> End | None:
    if standing.cancelled:
        return End("cancelled", "cancelled")
    return End("failed", "out_of_time") if standing.late else None


def _affordable(free: int, unfinished: int, left: Decimal, held: Decimal, each: Decimal | None, least: Decimal) -> int:
    """How many of those who are free to begin can have what is due to them."""
    if left <= 0 or free < 1:
        return 0
    if each is not None:
        return min(free, int(left // each))
    fairly = int(left * unfinished // (left + held))
    return min(free, fairly, int(left // least) if least > 0 else fairly)
