"""A schedule begins its agent when the time has come, once for each time, whoever dies meanwhile."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from actors.agents.agent import Agent
from actors.agents.store import AgentRow, page
from actors.schedules import schedule as module
from actors.schedules import store
from actors.schedules.errors import BadRule, TooManySchedules
from actors.schedules.schedule import NewSchedule, Schedule, ScheduleChange
from actors.schedules.store import ScheduleRow
from cluster.ids import UserId, new_id
from cluster.services import Clients
from tests.actors.conversing import PlayedModel, Troupe, playing, says, until

HOURLY = "FREQ=HOURLY"


@pytest.fixture
def clients(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """An instance in which schedules go to sleep at once."""
    monkeypatch.setattr(Schedule, "idle_seconds", 0.01)
    return replace(clients, settings=clients.settings.model_copy(update={"idle_seconds": 0.4}))


@dataclass
class Planner:
    """Somebody with a schedule."""

    troupe: Troupe
    user: UserId
    id: UUID

    async def create(self, rule: str = HOURLY, **more: Any) -> ScheduleRow:
        request = {"task": "Count the sheep.", "tools": "none", **more.pop("request", {})}
        new = NewSchedule(
            name="sheep",
            rule=rule,
            time_zone="UTC",
            starts_at=None,
            work={"kind": "agent", "request": request},
            enabled=more.pop("enabled", True),
        )
        return await self.troupe.runtime.ref(Schedule, str(self.id)).ask(Schedule.create, self.user, new)

    async def change(self, **change: Any) -> ScheduleRow:
        return await self.troupe.runtime.ref(Schedule, str(self.id)).ask(
            Schedule.change, self.user, ScheduleChange(**change)
        )

    async def come_due(self, ago: timedelta = timedelta()) -> None:
        """Let its time be now, or have been."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            await conn.execute("update schedules set next_at = now() - $2::interval where id = $1", self.id, ago)
            await conn.execute(
                "update placements set wake_at = now() - $2::interval where kind = 'schedule' and key = $1",
                str(self.id),
                ago,
            )

    async def row(self) -> ScheduleRow:
        async with self.troupe.clients.db.as_user(self.user) as conn:
            row = await store.find(conn, self.id)
        assert row is not None
        return row

    async def agents(self) -> list[AgentRow]:
        async with self.troupe.clients.db.as_user(self.user) as conn:
            return await page(conn, status=None, before=None, limit=100)

    async def fired(self, times: int) -> None:
        """Wait until it has begun so many agents, and those have ended."""

        async def so_many() -> bool:
            agents = await self.agents()
            return len(agents) == times and all(agent.over for agent in agents)

        await until(so_many)

    async def wakes_at(self) -> Any:
        async with self.troupe.clients.db.as_nobody() as conn:
            return await conn.fetchrow("select pending, wake_at from placements where kind = 'schedule'")


@asynccontextmanager
async def planning(clients: Clients, user: UserId, *results: str) -> AsyncGenerator[Planner]:
    scenes = [says(result) for result in results]
    async with playing(clients, PlayedModel(*scenes), beside=[Agent, Schedule]) as troupe:
        yield Planner(troupe, user, new_id())


async def test_it_begins_its_agent_when_the_time_has_come_and_sleeps_until_the_next(clients: Clients, user: UserId):
    async with planning(clients, user, "Seven sheep.") as planner:
        first = await planner.create()
        assert await planner.agents() == []
        placement = await planner.wakes_at()
        assert (placement["pending"], placement["wake_at"]) == (False, first.next_at)
        await planner.come_due()
        await planner.fired(1)
        (agent,) = await planner.agents()
        assert (agent.task, agent.result, agent.level) == ("Count the sheep.", "Seven sheep.", 0)
        row = await planner.row()
        assert (row.last_id, row.last_error) == (agent.id, None)
        assert row.next_at == first.next_at
        assert (await planner.wakes_at())["wake_at"] == row.next_at


async def test_times_that_were_missed_are_made_up_for_once(clients: Clients, user: UserId):
    async with planning(clients, user, "Seven sheep.", "Too many.") as planner:
        first = await planner.create()
        await planner.come_due(timedelta(days=3))
        await planner.fired(1)
        assert (await planner.row()).next_at == first.next_at


async def test_a_time_makes_one_agent_though_its_host_dies_between_making_and_noting(
    clients: Clients, user: UserId, monkeypatch: pytest.MonkeyPatch
):
    async with planning(clients, user, "Seven sheep.") as planner:
        await planner.create()
        noted, attempts = store.fired, 0

        async def fails_once(*args: Any, **more: Any) -> None:
            nonlocal attempts
            attempts += 1
            if attempts == 1:
                raise RuntimeError("the host dies here")
            await noted(*args, **more)

        monkeypatch.setattr(store, "fired", fails_once)
        await planner.come_due()
        await planner.fired(1)
        assert attempts == 2


async def test_a_new_host_keeps_the_times_of_one_that_died(clients: Clients, user: UserId):
    async with planning(clients, user, "Seven sheep.") as planner:
        await planner.create()
        await planner.troupe.crash()
        await planner.come_due()
        await planner.fired(1)


async def test_while_the_agent_before_is_at_work_the_next_time_is_left_out(clients: Clients, user: UserId):
    async with planning(clients, user, "Seven sheep.", "Eight sheep.") as planner:
        await planner.create()
        await planner.come_due()
        await planner.fired(1)
        async with clients.db.as_user(user) as conn:
            await conn.execute("update agents set status = 'waiting'")
        await planner.come_due()

        async def left_out() -> bool:
            return (await planner.row()).last_error == "the agent of the time before was still at work"

        await until(left_out)
        assert len(await planner.agents()) == 1
        async with clients.db.as_user(user) as conn:
            await conn.execute("update agents set status = 'completed'")
        await planner.come_due()
        await planner.fired(2)
        assert (await planner.row()).last_error is None


async def test_what_cannot_be_begun_is_said_and_the_next_time_is_tried_again(clients: Clients, user: UserId):
    async with planning(clients, user) as planner:
        first = await planner.create(request={"agent_type": "wizard"})
        await planner.come_due()

        async def said() -> bool:
            return "wizard" in ((await planner.row()).last_error or "")

        await until(said)
        row = await planner.row()
        assert (row.next_at, row.last_id, row.enabled) == (first.next_at, None, True)


async def test_one_that_is_switched_off_begins_nothing_until_it_is_switched_on(clients: Clients, user: UserId):
    async with planning(clients, user, "Seven sheep.") as planner:
        assert (await planner.create(enabled=False)).next_at is None
        assert (await planner.wakes_at())["wake_at"] is None
        assert (await planner.change(enabled=True)).next_at is not None
        assert (await planner.change(enabled=False, name="goats")).next_at is None
        row = await planner.change(enabled=True, rule="FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1")
        assert row.name == "goats"
        assert row.next_at is not None
        assert (row.next_at.month, row.next_at.day) == (1, 1)


async def test_one_that_was_removed_begins_nothing(clients: Clients, user: UserId):
    async with planning(clients, user) as planner:
        await planner.create()
        await planner.troupe.runtime.ref(Schedule, str(planner.id)).ask(Schedule.remove, user)
        placement = await planner.wakes_at()
        assert (placement["pending"], placement["wake_at"]) == (False, None)


async def test_a_rule_without_a_time_to_come_is_refused(clients: Clients, user: UserId):
    async with planning(clients, user) as planner:
        with pytest.raises(BadRule, match="still to come"):
            await planner.create("FREQ=DAILY;UNTIL=20200101")
        await planner.create()
        with pytest.raises(BadRule):
            await planner.change(rule="FREQ=SECONDLY")
        assert (await planner.row()).rule == HOURLY


async def test_a_user_has_a_bounded_number_of_schedules(
    clients: Clients, user: UserId, stranger: UserId, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_SCHEDULES", 1)
    async with planning(clients, user) as planner:
        first = await planner.create()
        assert (await planner.create()).id == first.id
        with pytest.raises(TooManySchedules):
            await Planner(planner.troupe, user, new_id()).create()
        await Planner(planner.troupe, stranger, new_id()).create()
