"""What hosts report of their load, and what follows from it."""

import asyncio
from dataclasses import replace

import pytest

from cluster.ids import UserId
from cluster.runtime.hosts.load import HOT_SECONDS, LAGGING, WINDOW, LoadMeter
from cluster.runtime.loop import LoopRuntime
from cluster.runtime.store import HostRow
from cluster.services import Clients
from cluster.settings import Settings
from tests.cluster.runtime.crew import CREW, Worker
from tests.cluster.runtime.stage import open_stage, until


def notes(meter: LoadMeter, late: float, *, seconds: float, since: float = 0.0) -> None:
    """Ticks that come so late, for so long."""
    now = since
    while now <= since + seconds:
        meter.note(late, now)
        now += 0.25


def test_the_lag_is_the_mean_of_a_window():
    meter = LoadMeter()
    for late in (0.8, *[0.0] * (WINDOW - 1)):
        meter.note(late, 0.0)
    assert meter.lag == pytest.approx(0.8 / WINDOW)


def test_a_host_is_hot_when_it_has_lagged_for_long():
    meter = LoadMeter()
    notes(meter, 2 * LAGGING, seconds=HOT_SECONDS / 2)
    assert not meter.is_hot(HOT_SECONDS / 2)
    notes(meter, 2 * LAGGING, seconds=HOT_SECONDS, since=HOT_SECONDS / 2)
    assert meter.is_hot(HOT_SECONDS * 1.5)


def test_a_host_that_is_on_time_again_is_not_hot():
    meter = LoadMeter()
    notes(meter, 2 * LAGGING, seconds=2 * HOT_SECONDS)
    notes(meter, 0.0, seconds=2.0, since=2 * HOT_SECONDS)
    assert not meter.is_hot(4 * HOT_SECONDS)


async def test_a_host_reports_how_busy_and_how_late_it_is(clients: Clients, settings: Settings):
    brief = settings.model_copy(update={"lease_seconds": 1.0})
    async with LoopRuntime.open(replace(clients, settings=brief), CREW) as runtime:
        (host,) = runtime.hosts.values()
        for _ in range(WINDOW):
            host.meter.note(0.3, 0.0)

        async def reported() -> bool:
            async with clients.db.as_nobody() as conn:
                row = await conn.fetchrow("select cpu, lag from hosts")
            return row is not None and row["cpu"] > 0 and row["lag"] == pytest.approx(0.3)

        await until(reported)


async def test_a_hot_host_lets_go_of_who_has_rested_longest(settings: Settings, user: UserId):
    async with open_stage("loop", settings, user, 2) as stage:
        for name in ("one", "two", "three", "four"):
            await stage.worker(name).ask(Worker.peek)
        hot = await host_with_most(stage.runtime, await stage.hosts())
        before = len(hot.actors())

        async def lets_go() -> bool:
            for _ in range(WINDOW):
                hot.meter.note(2 * LAGGING, asyncio.get_running_loop().time() - 2 * HOT_SECONDS)
            return len(hot.actors()) < before

        await until(lets_go)
        await stage.noted("put away")


async def host_with_most(runtime: object, rows: list[HostRow]):
    assert isinstance(runtime, LoopRuntime)
    return max((runtime.hosts[row.name] for row in rows), key=lambda host: len(host.actors()))
