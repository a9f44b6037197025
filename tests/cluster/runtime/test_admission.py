"""Admission: fair share over users, and a line with an end."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.errors import Busy
from cluster.ids import UserId
from cluster.runtime.admission import Admission, FairShare
from cluster.settings import Settings

GREEDY, MODEST, THIRD = (UserId(UUID(int=number)) for number in (1, 2, 3))
USERS = (GREEDY, MODEST, THIRD)


def admission(*, places: int, line: int) -> Admission:
    return Admission(Settings(home=Path("nowhere"), turns_per_host=places, turns_waiting=line))


@asynccontextmanager
async def working(admission: Admission, user: UserId, count: int = 1):
    """So many turns that hold their places until the block ends."""
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(admission.place(user))
        yield


async def settled() -> None:
    """Let every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_only_turn_of_one_user_begins_before_the_many_that_another_has_waiting():
    door = admission(places=1, line=1000)
    begun: list[UserId] = []

    async def turn(user: UserId) -> None:
        async with door.place(user):
            begun.append(user)

    async with asyncio.TaskGroup() as tasks:
        async with working(door, GREEDY):
            for user in [GREEDY] * 200 + [MODEST]:
                tasks.create_task(turn(user))
            await settled()
            assert begun == []
    assert begun[0] == MODEST
    assert len(begun) == 201


async def test_a_user_alone_does_not_take_the_last_places():
    door = admission(places=18, line=100)
    async with working(door, GREEDY, 16):
        assert not door.at_once(GREEDY)
        assert door.at_once(MODEST)


async def test_who_finds_the_line_full_is_refused_with_when_to_try_again():
    door = admission(places=1, line=2)
    async with working(door, GREEDY), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(_one(door, GREEDY))
        await settled()
        refused = door.refusal(GREEDY)
        waiting.cancel()
    assert isinstance(refused, Busy)
    assert refused.retry_after >= 1


async def test_the_line_has_room_for_another_user_when_one_has_taken_all_that_is_his():
    door = admission(places=1, line=8)
    async with working(door, GREEDY), asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(_one(door, GREEDY)) for _ in range(4)]
        await settled()
        greedy, modest = door.refusal(GREEDY), door.refusal(MODEST)
        for task in waiting:
            task.cancel()
    assert greedy is not None
    assert modest is None


async def test_a_turn_that_is_to_stop_leaves_the_line_and_holds_no_place():
    door = admission(places=1, line=8)
    hurry = asyncio.Event()
    async with working(door, GREEDY):
        asyncio.get_running_loop().call_later(0.01, hurry.set)
        async with door.place(MODEST, unless=[hurry]) as held:
            assert not held
            assert (door.running, door.waiting) == (1, 0)


async def test_a_wait_that_is_cancelled_leaves_no_place_taken():
    door = admission(places=1, line=8)
    async with working(door, GREEDY):
        waiting = asyncio.create_task(_one(door, MODEST))
        await settled()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert (door.running, door.waiting) == (0, 0)


async def test_a_place_given_to_one_who_is_cancelled_at_that_moment_goes_to_the_next():
    door = admission(places=1, line=8)
    async with working(door, GREEDY):
        waiting = asyncio.create_task(_one(door, MODEST))
        await settled()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (door.running, door.waiting) == (0, 0)


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(("join", "end")), st.sampled_from(USERS)), max_size=80),
)
def test_in_any_order_of_events_places_and_line_keep_their_ends_and_nobody_waits_beside_what_is_free(
    places: int, line: int, events: list[tuple[str, UserId]]
):
    share = FairShare[UserId](places=places, line=line)
    running: Counter[UserId] = Counter()
    waiting: Counter[UserId] = Counter()
    for event, user in events:
        if event == "join" and (share.has_place(user) or share.has_room(user)):
            share.join(user, user)
            waiting[user] += 1
        elif event == "end" and running[user]:
            running[user] -= 1
            share.end(user)
        while (begun := share.next()) is not None:
            assert running[begun] == min(running[each] for each in USERS if waiting[each])
            running[begun] += 1
            waiting[begun] -= 1
        assert share.running == running.total() <= places
        assert share.waiting <= line
        assert share.waiting == 0 or share.running > 0


@pytest.mark.parametrize("places", [1, 2, 9, 50])
def test_users_who_all_want_everything_get_the_same(places: int):
    share = FairShare[UserId](places=places, line=10_000)
    for user in USERS:
        for _ in range(300):
            share.join(user, user)
    begun: Counter[UserId] = Counter()
    running: list[UserId] = []
    for _ in range(300):
        while (user := share.next()) is not None:
            running.append(user)
            begun[user] += 1
        share.end(running.pop(0))
    assert max(begun.values()) - min(begun[user] for user in USERS) <= 1 + places // 9


async def _one(door: Admission, user: UserId) -> None:
    async with door.place(user):
        return
