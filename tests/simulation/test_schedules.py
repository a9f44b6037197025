"""Thousands of schedules, each with its own crashes, delays and clocks: whatever happens, the invariants hold.

What goes wrong in one is printed with its seed, and `pytest tests/simulation --seed N` plays it again, step for step.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.simulation.schedule import Schedule
from tests.simulation.watch import Broken

SCHEDULES = 10_000
TOGETHER = 250
"""Schedules that a process plays before it reports."""
CORES = 2
SHOWN = 40
"""Lines of a broken schedule's story that are printed."""


def story(seed: int) -> str | None:
    """What happened in a schedule that broke an invariant; None when it broke none."""
    schedule = Schedule(seed)
    try:
        schedule.run()
    except Broken as error:
        told = "\n".join(schedule.world.log[-SHOWN:])
        return f"{error}\n{told}\nreplay it: pytest tests/simulation --seed {seed}"
    return None


def play(seeds: range) -> tuple[list[str], "Counter[str]"]:
    """Play these; answers the stories of those that broke something, and what was done to all of them."""
    done: Counter[str] = Counter()
    stories: list[str] = []
    for seed in seeds:
        schedule = Schedule(seed)
        try:
            outcome = schedule.run()
        except Broken:
            stories.append(story(seed) or f"seed {seed} broke an invariant, but not the second time")
        else:
            done.update(outcome.faults, turns=outcome.turns, steps=outcome.steps)
    return stories, done


def chunks(count: int) -> Iterator[range]:
    """All seeds, in portions."""
    return (range(first, min(first + TOGETHER, count)) for first in range(0, count, TOGETHER))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int | None:
    """The one schedule that is asked for."""
    return request.config.getoption("--seed", default=None)


@pytest.fixture
def seeds(request: pytest.FixtureRequest, seed: int | None) -> Iterable[range]:
    """What is to be played."""
    count = request.config.getoption("--schedules", default=None) or SCHEDULES
    return [range(seed, seed + 1)] if seed is not None else chunks(count)


@pytest.mark.timeout(900)
def test_the_invariants_hold_in_every_schedule(seeds: Iterable[range]) -> None:
    stories: list[str] = []
    done: Counter[str] = Counter()
    with ProcessPoolExecutor(min(CORES, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        for told, counted in pool.map(play, seeds):
            stories += told
            done.update(counted)
    assert not stories, f"{len(stories)} schedules broke an invariant; the first:\n{stories[0]}"
    assert done["turns"], "nothing was played"


def test_a_seed_plays_the_same_schedule_again() -> None:
    first, second = Schedule(7), Schedule(7)

    assert (first.run(), first.world.log) == (second.run(), second.world.log)
