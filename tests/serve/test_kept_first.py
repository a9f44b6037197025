"""A run that a person asks for has its row before it begins: whatever dies, it is not run twice under one key."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from actors.stores import tool_runs
from cluster.clients.postgres import Connection, Database
from cluster.errors import Conflict, Unavailable
from cluster.ids import UserId
from cluster.services import Services
from sandbox.registry import Toolset
from sandbox.tool import Facts, Tool, ToolContext, tool
from serve import tools_wire as wire
from serve.tools import execution, lists
from serve.tools.execution import RunInterrupted, execute


@dataclass
class Deeds:
    """Tools that say how often they ran, and end when they are let."""

    count: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def tools(self) -> list[Tool]:
        @tool(category="test", facts=Facts(side_effect=True, seconds=30))
        async def pay(context: ToolContext) -> str:
            """Pay."""
            return await self._run()

        @tool(category="test", facts=Facts(seconds=30))
        async def look(context: ToolContext) -> str:
            """Look."""
            return await self._run()

        return [pay, look]

    async def _run(self) -> str:
        self.count += 1
        self.begun.set()
        await self.gate.wait()
        return f"{self.count}" + "x" * 10_000


class AwayDatabase:
    """A database that does not answer while it is away."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.away = False

    @asynccontextmanager
    async def as_user(self, user: UserId) -> AsyncGenerator[Connection]:
        if self.away:
            raise Unavailable("the database does not answer")
        async with self._db.as_user(user) as conn:
            yield conn


@pytest.fixture
def deeds(monkeypatch: pytest.MonkeyPatch) -> Deeds:
    deeds = Deeds()
    for module in (execution, lists):
        monkeypatch.setattr(module, "TRUSTED_TOOLS", Toolset(deeds.tools()))
    monkeypatch.setattr(execution, "SETTLE_WAITS", (0.0, 0.0))
    return deeds


@pytest.fixture
def away(services: Services) -> AwayDatabase:
    return AwayDatabase(services.db)


@pytest.fixture
def flaky(services: Services, away: AwayDatabase) -> Services:
    return replace(services, db=cast("Database", away))


def command(name: str) -> wire.ExecuteTool:
    return wire.ExecuteTool.model_validate({"name": name})


async def kept(services: Services, user: UserId) -> list[tool_runs.ToolRun]:
    async with services.db.as_user(user) as conn:
        return await tool_runs.recent(conn, tool=None, before=None, limit=10)


async def deeds_noted(services: Services, user: UserId) -> list[str]:
    async with services.db.as_user(user) as conn:
        rows = await conn.fetch("select action from audit_log order by at")
    return [row["action"] for row in rows]


async def time_passes(services: Services, user: UserId, *, days: int = 0) -> None:
    """What has begun could not go on any more; and so many days more."""
    async with services.db.as_user(user) as conn:
        await conn.execute(
            """update tool_runs set running_until = least(running_until, now()),
                      ended_at = ended_at - make_interval(days => $1)""",
            days,
        )


async def crash(services: Services, user: UserId, name: str, deeds: Deeds) -> None:
    """Begin a run under the key `k`, and die in the middle of it."""
    run = asyncio.create_task(execute(services, user, command(name), "k"))
    await deeds.begun.wait()
    run.cancel()
    await asyncio.wait({run})


async def test_nothing_runs_while_the_database_is_away(
    services: Services, flaky: Services, away: AwayDatabase, user: UserId, deeds: Deeds
):
    deeds.gate.set()
    away.away = True
    with pytest.raises(Unavailable):
        await execute(flaky, user, command("pay"), "k")
    assert deeds.count == 0
    away.away = False
    assert (await execute(flaky, user, command("pay"), "k")).content.startswith("1x")
    assert [run.outcome for run in await kept(services, user)] == ["succeeded"]


async def test_a_run_is_listed_while_it_runs_and_the_same_request_waits(services: Services, user: UserId, deeds: Deeds):
    first = asyncio.create_task(execute(services, user, command("pay"), "k"))
    await deeds.begun.wait()
    assert [run.outcome for run in await kept(services, user)] == ["running"]
    with pytest.raises(Conflict, match="still runs"):
        await execute(services, user, command("pay"), "k")
    with pytest.raises(Conflict, match="another request"):
        await execute(services, user, command("look"), "k")
    deeds.gate.set()
    answer = await first
    assert await execute(services, user, command("pay"), "k") == answer
    assert (deeds.count, [run.outcome for run in await kept(services, user)]) == (1, ["succeeded"])
    assert await deeds_noted(services, user) == ["tool.begin", "tool.run"]


async def test_of_many_at_once_one_runs(services: Services, user: UserId, deeds: Deeds):
    deeds.gate.set()
    runs = [execute(services, user, command("pay"), "k") for _ in range(8)]
    answers: list[Any] = await asyncio.gather(*runs, return_exceptions=True)
    assert deeds.count == 1
    assert all(isinstance(each, Conflict) or each.content.startswith("1x") for each in answers)


async def test_what_died_in_the_middle_is_interrupted_and_not_done_again(
    services: Services, user: UserId, stranger: UserId, deeds: Deeds
):
    await crash(services, user, "pay", deeds)
    await time_passes(services, user)
    assert [run.outcome for run in await kept(services, user)] == ["interrupted"]
    deeds.gate.set()
    for _ in range(2):
        with pytest.raises(RunInterrupted):
            await execute(services, user, command("pay"), "k")
    assert deeds.count == 1
    assert (await execute(services, user, command("pay"), "another key")).content.startswith("2x")
    assert (await execute(services, stranger, command("pay"), "k")).content.startswith("3x")


async def test_what_died_in_the_middle_and_changes_nothing_is_done_again(
    services: Services, user: UserId, deeds: Deeds
):
    await crash(services, user, "look", deeds)
    await time_passes(services, user)
    deeds.gate.set()
    assert (await execute(services, user, command("look"), "k")).content.startswith("2x")
    assert [run.outcome for run in await kept(services, user)] == ["succeeded"]


async def test_a_database_that_dies_during_the_run_does_not_make_it_run_twice(
    services: Services, flaky: Services, away: AwayDatabase, user: UserId, deeds: Deeds
):
    run = asyncio.create_task(execute(flaky, user, command("pay"), "k"))
    await deeds.begun.wait()
    away.away = True
    deeds.gate.set()
    with pytest.raises(Unavailable):
        await run
    away.away = False
    with pytest.raises(Conflict, match="still runs"):
        await execute(flaky, user, command("pay"), "k")
    await time_passes(services, user)
    with pytest.raises(RunInterrupted):
        await execute(flaky, user, command("pay"), "k")
    assert deeds.count == 1


async def test_a_key_is_forgotten_after_a_day(services: Services, user: UserId, deeds: Deeds):
    deeds.gate.set()
    await execute(services, user, command("pay"), "k")
    await time_passes(services, user, days=2)
    assert (await execute(services, user, command("pay"), "k")).content.startswith("2x")
