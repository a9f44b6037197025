"""What a swarm does next follows from how it stands and what is left; who begins can always afford it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.swarms.progress import (
    BATCH,
    Amount,
    End,
    Outcome,
    Purse,
    Reduce,
    Settled,
    Spawn,
    Standing,
    Wait,
    next_step,
    pause_after,
    settled,
)

RICH = Purse(left=Amount(usd=Decimal(10), tokens=10_000_000))
POOR = Purse(left=Amount(usd=Decimal(0), tokens=0))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def standing(**more: Any) -> Standing:
    fields: dict[str, Any] = {"parallelism": 4, **more}
    return Standing(**fields)


def spawned(now: Standing, purse: Purse = RICH) -> Spawn:
    step = next_step(now, purse)
    assert isinstance(step, Spawn), step
    return step


def test_as_many_begin_as_may_be_at_work_and_share_what_is_left():
    step = spawned(standing(ready=10))
    assert (step.count, step.share.usd, step.share.tokens) == (4, Decimal("2.5"), 2_500_000)


def test_who_ends_makes_place_for_one_more():
    purse = Purse(left=Amount(usd=Decimal(2), tokens=2000), held=Amount(usd=Decimal(7), tokens=7000))
    step = spawned(standing(ready=6, at_work=3), purse)
    assert (step.count, step.share.usd) == (1, Decimal(2))


def test_nobody_begins_with_less_than_a_fair_part_while_others_may_give_back():
    purse = Purse(left=Amount(usd=Decimal("0.1"), tokens=10_000), held=Amount(usd=Decimal("9.9"), tokens=990_000))
    assert next_step(standing(ready=6, at_work=3), purse) == Wait()


def test_a_large_swarm_begins_in_batches_that_leave_the_later_ones_their_part():
    purse = RICH
    given_out = Decimal(0)
    for at_work in range(0, 1000, BATCH):
        step = spawned(standing(ready=1000 - at_work, at_work=at_work, parallelism=1000), purse)
        assert step.count == BATCH
        given_out += step.count * step.share.usd
        left = Amount(usd=Decimal(10) - given_out, tokens=purse.left.tokens - step.count * step.share.tokens)
        held = Amount(usd=given_out, tokens=10_000_000 - left.tokens)
        purse = replace(purse, left=left, held=held)
    assert given_out == 10


def test_an_allowance_for_each_bounds_how_many_begin():
    step = spawned(standing(ready=4), replace(RICH, each_usd=Decimal(4)))
    assert (step.count, step.share.usd) == (2, Decimal(4))


def test_when_less_is_left_than_each_is_to_get_the_budget_is_spent():
    purse = replace(RICH, each_usd=Decimal(11))
    assert next_step(standing(ready=4, at_work=1), purse) == Wait()
    assert next_step(standing(ready=4), purse) == End("failed", "budget_spent")


def test_nobody_gets_more_than_there_ever_was():
    limit = Amount(usd=Decimal(1), tokens=1000)
    purse = Purse.of(limit, limit, kept_for_reducing=False, each_usd=Decimal(5))
    assert spawned(standing(ready=4), purse).share.usd == 1


def test_a_tenth_is_kept_for_reducing():
    limit = Amount(usd=Decimal(1), tokens=1000)
    assert Purse.of(limit, limit, kept_for_reducing=True).left == Amount(usd=Decimal("0.9"), tokens=900)


def test_what_was_too_little_is_not_given_again():
    least = Amount(usd=Decimal(5), tokens=5_000_000)
    assert spawned(standing(ready=4), replace(RICH, least=least)).count == 2
    too_much = Amount(usd=Decimal(20), tokens=1)
    assert next_step(standing(ready=4), replace(RICH, least=too_much)) == End("failed", "budget_spent")


def test_an_empty_purse_ends_a_swarm_once_nobody_is_at_work():
    assert next_step(standing(ready=1, at_work=1), POOR) == Wait()
    assert next_step(standing(ready=1), POOR) == End("failed", "budget_spent")


@pytest.mark.parametrize(
    ("why", "end"),
    [({"cancelled": True}, End("cancelled", "cancelled")), ({"late": True}, End("failed", "out_of_time"))],
    ids=["cancelled", "late"],
)
def test_a_swarm_that_is_to_end_begins_nothing_and_waits_for_those_at_work(why: dict[str, bool], end: End):
    assert next_step(standing(ready=3, at_work=1, **why), RICH) == Wait()
    assert next_step(standing(ready=3, resting=1, paused=True, **why), RICH) == end


def test_a_paused_swarm_begins_nothing():
    assert next_step(standing(ready=3, paused=True), RICH) == Wait()


def test_an_open_swarm_waits_for_more_inputs():
    assert next_step(standing(completed=3, closed=False), RICH) == Wait()


def test_an_item_that_rests_keeps_the_swarm_going():
    assert next_step(standing(completed=3, resting=1), RICH) == Wait()


def test_results_are_reduced_when_all_items_have_ended():
    assert next_step(standing(completed=3, failed=1, reduces=True), RICH) == Reduce()
    assert next_step(standing(completed=3, at_work=1, reduces=True), RICH) == Wait()


def test_a_swarm_is_completed_though_some_items_failed_but_not_when_all_did():
    assert next_step(standing(completed=1, failed=3), RICH) == End("completed")
    assert next_step(standing(failed=3, reduces=True), RICH) == End("failed", "items_failed")


def test_a_temporary_failure_is_tried_again_after_a_growing_pause_and_a_permanent_one_is_not():
    def verdict(attempts: int, *, retryable: bool) -> Settled:
        outcome = Outcome(status="failed", attempts=attempts, retryable=retryable)
        return settled(outcome, retries=2, now=NOW)

    assert verdict(1, retryable=True) == Settled("pending", NOW + timedelta(seconds=1))
    assert verdict(2, retryable=True) == Settled("pending", NOW + timedelta(seconds=2))
    assert verdict(3, retryable=True) == Settled("failed")
    assert verdict(1, retryable=False) == Settled("failed")
    assert pause_after(50) == timedelta(seconds=60)


def test_who_could_not_afford_a_first_step_goes_back_to_those_who_wait():
    outcome = Outcome(status="failed", attempts=9, starved=True)
    assert settled(outcome, retries=0, now=NOW) == Settled("pending")


@given(
    ready=st.integers(1, 5000),
    at_work=st.integers(0, 50),
    parallelism=st.integers(1, 1000),
    left=st.decimals(0, 1000, places=8),
    held=st.decimals(0, 1000, places=8),
    each=st.none() | st.decimals(Decimal("0.00000001"), 10, places=8),
)
def test_what_is_dealt_out_is_never_more_than_what_is_left(
    ready: int, at_work: int, parallelism: int, left: Decimal, held: Decimal, each: Decimal | None
):
    purse = Purse(
        left=Amount(usd=left, tokens=10_000), held=Amount(usd=held if at_work else Decimal(0), tokens=0), each_usd=each
    )
    step = next_step(Standing(ready=ready, at_work=at_work, parallelism=parallelism), purse)
    if isinstance(step, Spawn):
        assert 1 <= step.count <= min(ready, max(0, parallelism - at_work), BATCH)
        assert step.count * step.share.usd <= left
        assert step.count * step.share.tokens <= 10_000
        assert step.share.usd > 0
    else:
        assert isinstance(step, Wait) == (at_work > 0)
