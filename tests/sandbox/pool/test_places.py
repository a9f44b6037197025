"""A user's places on the whole cluster: counted over all processes, and lost by those that are."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import uuid4

import pytest
import ray

from cluster.errors import Busy
from cluster.ids import UserId, new_id
from sandbox.places import LOST_SECONDS, MAKING, NAMESPACE, PROGRAMS, Places, RayPlaces

RAY: Any = ray
OF_ONE = 4


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At its beginning."""
    return Clock()


@pytest.fixture
def someone() -> UserId:
    """A user."""
    return UserId(new_id())


@pytest.fixture
async def name(ray_cluster: None) -> AsyncGenerator[str]:
    """Of an actor that ends with the test."""
    name = f"places-{uuid4().hex}"
    yield name
    RAY.kill(RAY.get_actor(name, NAMESPACE))


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def taken(places: Places, user: UserId, holder: str, *leases: str) -> list["asyncio.Task[None]"]:
    """Each is done when it has its place."""

    async def take(lease: str) -> None:
        if not await places.take(holder, lease, PROGRAMS, user):
            await places.wait(lease)

    tasks = [asyncio.create_task(take(lease)) for lease in leases]
    await settle()
    return tasks


async def test_the_places_of_a_user_are_counted_over_all_who_ask(clock: Clock, someone: UserId):
    places = Places(clock)
    here = await taken(places, someone, "here", "1", "2", "3")
    there = await taken(places, someone, "there", "4", "5")
    assert [task.done() for task in (*here, *there)] == [True, True, True, True, False]
    stranger = await taken(places, UserId(new_id()), "there", "6")
    assert stranger[0].done()
    await places.give_back("2")
    await settle()
    assert there[1].done()


async def test_who_does_not_want_a_place_any_more_takes_none(clock: Clock, someone: UserId):
    places = Places(clock)
    await taken(places, someone, "here", *"1234")
    (waiting,) = await taken(places, someone, "here", "5")
    await places.give_back("5")
    await settle()
    assert waiting.cancelled()
    (next_one,) = await taken(places, someone, "here", "6")
    await places.give_back("1")
    await settle()
    assert next_one.done()
    await places.give_back("unknown")


async def test_a_process_that_is_not_heard_of_has_lost_its_places(clock: Clock, someone: UserId):
    places = Places(clock)
    await taken(places, someone, "lost", *"1234")
    (waiting,) = await taken(places, someone, "here", "5")
    clock.now = LOST_SECONDS - 1
    await places.hear("here")
    await settle()
    assert not waiting.done()
    clock.now = LOST_SECONDS + 1
    await places.hear("here")
    await settle()
    assert waiting.done()


async def test_two_processes_share_a_users_places(name: str, someone: UserId):
    here, there = RayPlaces(name=name), RayPlaces(name=name)
    free = asyncio.Event()
    inside: list[RayPlaces] = []
    told: list[str] = []
    all_taken, fifth_waits = asyncio.Event(), asyncio.Event()

    async def work(places: RayPlaces, waits: Callable[[], None]) -> None:
        async with places.place(PROGRAMS, someone, waits):
            inside.append(places)
            if len(inside) == OF_ONE:
                all_taken.set()
            await free.wait()

    tasks = [asyncio.create_task(work(places, fifth_waits.set)) for places in (here, there, here, there)]
    async with asyncio.timeout(60):
        await all_taken.wait()
        fifth_waits.clear()
        tasks.append(asyncio.create_task(work(there, fifth_waits.set)))
        await fifth_waits.wait()
    assert len(inside) == OF_ONE
    async with there.place(MAKING, someone, lambda: told.append("waits")):
        assert told == []
    free.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    assert len(inside) == OF_ONE + 1


async def test_what_waits_is_bounded_on_the_cluster(name: str, someone: UserId):
    here = RayPlaces(name=name)

    async def work() -> None:
        async with here.place(MAKING, someone):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(work()) for _ in range(18)]
    async with asyncio.timeout(60):
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert [type(task.exception()) for task in done] == [Busy]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_without_the_actor_nobody_waits_for_a_place(name: str, someone: UserId):
    here = RayPlaces(name=name)
    async with here.place(PROGRAMS, someone):
        pass
    RAY.kill(RAY.get_actor(name, NAMESPACE))
    async with asyncio.timeout(60):
        for _ in range(OF_ONE + 2):
            await here.place(PROGRAMS, someone).__aenter__()
    await RayPlaces(name=name).place(PROGRAMS, someone).__aenter__()
