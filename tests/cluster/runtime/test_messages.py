"""What an actor may rely on, on both runtimes: messages, turns, streams, errors."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import pytest

from cluster.errors import Busy, Invalid
from cluster.runtime.errors import ActorFailed
from tests.cluster.runtime.crew import MARK, OutOfPaint, Worker
from tests.cluster.runtime.stage import Stage


async def test_an_actor_wakes_on_its_first_message(stage: Stage):
    assert await stage.worker().ask(Worker.add, 2) == 2
    assert await stage.diary() == ["wakes"]


async def test_an_awake_actor_keeps_its_memory(stage: Stage):
    await stage.worker().ask(Worker.add, 2)
    assert await stage.worker().ask(Worker.add, 3) == 5


async def test_messages_that_meet_a_waking_actor_wake_it_once(stage: Stage):
    answers = await asyncio.gather(*(stage.worker().ask(Worker.peek) for _ in range(3)))
    assert answers == [0, 0, 0]
    assert await stage.diary() == ["wakes"]


async def test_turns_run_one_at_a_time(stage: Stage):
    first = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
    await stage.noted("a begins")
    await stage.worker().tell(Worker.hold, "b")
    await stage.open_gate("b")
    await stage.open_gate("a")
    assert await first == "a"
    await stage.noted("b ends")
    assert await stage.diary() == ["wakes", "a begins", "a ends", "b begins", "b ends"]


async def test_told_messages_run_in_the_order_they_were_accepted(stage: Stage):
    for name in "xyz":
        await stage.open_gate(name)
        await stage.worker().tell(Worker.hold, name)
    await stage.noted("z ends")
    assert [entry for entry in await stage.diary() if "begins" in entry] == ["x begins", "y begins", "z begins"]


async def test_a_message_that_interleaves_gets_through_during_a_turn(stage: Stage):
    turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
    await stage.noted("a begins")
    assert await stage.worker().ask(Worker.peek) == 0
    assert not turn.done()
    await stage.open_gate("a")
    await turn


async def test_a_full_mailbox_refuses_and_interleaving_still_gets_through(stage: Stage):
    for _ in range(Worker.mailbox + 1):
        await stage.worker().tell(Worker.hold, "a")
        await stage.noted("a begins")
    with pytest.raises(Busy):
        await stage.worker().tell(Worker.hold, "a")
    assert await stage.worker().ask(Worker.peek) == 0
    for _ in range(Worker.mailbox + 1):
        await stage.open_gate("a")


async def test_arguments_are_copies(stage: Stage):
    things = ["brush"]
    await stage.worker().ask(Worker.remember, things)
    things.append("ladder")
    assert await stage.worker().ask(Worker.remembered) == ["brush"]


async def test_an_error_reaches_the_caller_as_itself(stage: Stage):
    with pytest.raises(OutOfPaint, match="blue"):
        await stage.worker().ask(Worker.fail)


async def test_an_error_that_cannot_travel_says_what_it_was(stage: Stage):
    with pytest.raises(ActorFailed, match="cannot travel"):
        await stage.worker().ask(Worker.fail_strangely)


async def test_a_failed_turn_leaves_the_actor_awake(stage: Stage):
    await stage.worker().ask(Worker.add, 1)
    await asyncio.gather(stage.worker().ask(Worker.fail), return_exceptions=True)
    assert await stage.worker().ask(Worker.peek) == 1


async def test_a_failure_to_wake_is_the_callers_error_and_gives_the_placement_back(stage: Stage):
    with pytest.raises(OutOfPaint, match="while waking"):
        await stage.worker("broken").ask(Worker.peek)
    assert await stage.host_of(stage.worker("broken")) is None


async def test_an_unknown_message_is_refused(stage: Stage):
    with pytest.raises(Invalid):
        await stage.runtime.deliver(stage.worker().id, "_work", (), {})


async def test_an_actor_that_asks_itself_is_told_so(stage: Stage):
    with pytest.raises(Invalid, match="wait for itself"):
        await stage.worker().ask(Worker.ask_itself)


async def test_a_turn_does_not_run_in_its_callers_context(stage: Stage):
    MARK.set("the caller's")
    assert await stage.worker().ask(Worker.mark) == "none"


async def test_a_caller_who_goes_away_cancels_nothing(stage: Stage):
    caller = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
    await stage.noted("a begins")
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await stage.open_gate("a")
    await stage.noted("a ends")


async def test_a_stream_brings_all_items_in_order(stage: Stage):
    assert [number async for number in stage.worker().stream(Worker.rise, 300)] == list(range(300))
    assert await stage.diary() == ["wakes", "stream closed"]


async def test_closing_a_stream_closes_the_generator(stage: Stage):
    numbers = cast("AsyncGenerator[int]", stage.worker().stream(Worker.rise, 10**9))
    async with aclosing(numbers) as opened:
        assert await anext(opened) == 0
    await stage.noted("stream closed")
    assert await stage.worker().ask(Worker.add, 1) == 1


async def test_a_stream_that_interleaves_runs_during_a_turn(stage: Stage):
    turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
    await stage.noted("a begins")
    assert [number async for number in stage.worker().stream(Worker.rise_beside, 3)] == [0, 1, 2]
    await stage.open_gate("a")
    await turn


async def test_an_error_in_a_stream_comes_after_its_items(stage: Stage):
    numbers = aiter(stage.worker().stream(Worker.rise_and_fail))
    assert await anext(numbers) == 1
    with pytest.raises(OutOfPaint, match="after one"):
        await anext(numbers)


async def test_actors_reach_each_other(stage: Stage):
    other = stage.worker("other")
    assert await stage.worker().ask(Worker.add_elsewhere, other.id.key, 7) == 7
    assert await other.ask(Worker.peek) == 7
