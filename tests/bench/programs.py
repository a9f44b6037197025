"""What a program costs on the cluster, each a Ray task and a jail, and who gets how much when many want some."""

import asyncio
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import ray

from cluster.ids import UserId, new_id
from sandbox.jail.run import Run
from sandbox.places import PROGRAMS, RayPlaces
from sandbox.pool import RESOURCE, RayPool
from tests.bench import ending
from tests.bench.cluster import ENVIRONMENT
from tests.bench.figures import row, say, spread, tail

RAY: Any = ray
RUNS = 30
USERS, SECONDS = 50, 20.0
GREEDY = 8
"""Programs that the first user keeps under way at once; everybody else has one."""
SMALL = Run(code="print(1)")


async def measure() -> None:
    """Print it."""
    say("Programs on the cluster")
    with _one_node():
        pool, someone = RayPool(), UserId(new_id())
        await asyncio.gather(*(pool.run(SMALL, someone) for _ in range(4)))
        row("an empty Ray task", spread([await _seconds(_empty()) for _ in range(RUNS)]))
        places = RayPlaces()
        await _placed(places, someone)
        row("a place on the whole cluster", tail([await _seconds(_placed(places, someone)) for _ in range(RUNS)]))
        row("print(1), jailed, as a Ray task", spread([await _seconds(pool.run(SMALL, someone)) for _ in range(RUNS)]))
        row("cancelled, until all six processes are gone", tail(await ending.of_pool(pool, someone, RUNS)))
        shares = await _shares(pool)
    row(f"{USERS} users in a loop, one of them {GREEDY} times", f"{sum(shares) / SECONDS:7.1f} programs per second")
    row("  the least and the most that one got", f"{min(shares):5} {max(shares):5}")
    row("  fairness (Jain's index: 1 is equal)", f"{_jain(shares):9.2f}")
    say()


@contextmanager
def _one_node() -> Generator[None]:
    os.environ.update(ENVIRONMENT)
    RAY.init(
        address="local",
        num_cpus=2,
        resources={RESOURCE: 2},
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
    )
    try:
        yield
    finally:
        RAY.shutdown()


def _nothing() -> None:
    pass


EMPTY: Any = RAY.remote(max_retries=0)(_nothing)


async def _empty() -> None:
    await EMPTY.remote()


async def _placed(places: RayPlaces, user: UserId) -> None:
    async with places.place(PROGRAMS, user):
        pass


async def _seconds(work: Any) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _shares(pool: RayPool) -> list[int]:
    """How many programs each user had run when the time was up."""
    users = [UserId(new_id()) for _ in range(USERS)]
    done = dict.fromkeys(users, 0)

    async def loop(user: UserId) -> None:
        while True:
            await pool.run(SMALL, user)
            done[user] += 1

    loops = [asyncio.create_task(loop(user)) for user in [*users, *[users[0]] * (GREEDY - 1)]]
    await asyncio.sleep(SECONDS)
    shares = list(done.values())
    for task in loops:
        task.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    return shares


def _jain(shares: list[int]) -> float:
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))
