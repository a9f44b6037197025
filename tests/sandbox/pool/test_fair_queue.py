"""Places among users: nobody gets more by asking for more, nothing is lost when somebody stops waiting."""

import asyncio
from random import Random

import pytest

from cluster.errors import Busy
from sandbox.fair_queue import FairQueue


def queue(*, at_once: int = 2, of_one: int = 2, waiting_of_one: int = 100, waiting: int = 1000) -> FairQueue:
    """A queue with these bounds."""
    return FairQueue(at_once=at_once, of_one=of_one, waiting_of_one=waiting_of_one, waiting=waiting)


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_asks_for_much_waits_behind_who_asks_for_little():
    places = queue(at_once=1)
    order: list[str] = []

    async def work(user: str) -> None:
        async with places.place(user):
            order.append(user)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(work("greedy")) for _ in range(10)]
    await settle()
    order.clear()
    tasks = [asyncio.create_task(work(user)) for user in ["greedy"] * 10 + ["modest"] * 2]
    await asyncio.gather(*tasks)
    assert order.index("modest") <= 2
    assert order[:5].count("modest") == 2


async def test_nobody_holds_more_than_their_part():
    places = queue(at_once=4, of_one=2)
    gate = asyncio.Event()
    inside: list[str] = []

    async def work(user: str) -> None:
        async with places.place(user):
            inside.append(user)
            await gate.wait()

    tasks = [asyncio.create_task(work(user)) for user in ["a"] * 5 + ["b"]]
    await settle()
    assert sorted(inside) == ["a", "a", "b"]
    gate.set()
    await asyncio.gather(*tasks)
    assert len(inside) == 6
    assert places.users == 0


@pytest.mark.parametrize(
    ("bounds", "users", "words"),
    [
        ({"waiting_of_one": 2}, ["a"] * 3, "too many of your programs"),
        ({"waiting": 3}, ["a", "b", "c", "d"], "too many programs"),
    ],
)
async def test_what_waits_is_bounded(bounds: dict[str, int], users: list[str], words: str):
    places = queue(at_once=1, **bounds)
    async with places.place("first"):
        tasks = [asyncio.create_task(hold(places, user)) for user in users]
        await settle()
        refused = [task for task in tasks if task.done()]
        assert len(refused) == 1
        with pytest.raises(Busy, match=words):
            await refused[0]
    await asyncio.gather(*(set(tasks) - set(refused)))


async def hold(places: FairQueue, user: str) -> None:
    """Have a place for a moment."""
    async with places.place(user):
        pass


@pytest.mark.parametrize("seed", range(20))
async def test_places_are_neither_lost_nor_doubled_when_people_give_up(seed: int):
    random = Random(seed)
    places = queue(at_once=3, of_one=2)
    inside = 0
    most = 0

    async def work(user: int) -> None:
        nonlocal inside, most
        async with places.place(user):
            inside += 1
            most = max(most, inside)
            try:
                for _ in range(random.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                inside -= 1

    tasks = [asyncio.create_task(work(random.randrange(5))) for _ in range(200)]
    for task in random.sample(tasks, 120):
        if random.random() < 0.5:
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert most == 3
    assert places.users == 0
    async with places.place("x"), places.place("y"), places.place("z"):
        pass


async def test_users_who_run_in_a_loop_get_equal_shares():
    places = queue(at_once=4, of_one=4)
    done = dict.fromkeys(range(50), 0)

    async def loop(user: int) -> None:
        while sum(done.values()) < 5000:
            async with places.place(user):
                await asyncio.sleep(0)
                done[user] += 1

    greedy = [loop(0) for _ in range(20)]
    await asyncio.gather(*greedy, *(loop(user) for user in range(1, 50)))
    shares = list(done.values())
    assert sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares)) > 0.95
