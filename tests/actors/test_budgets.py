"""A turn may use up only so much; then it ends, and says honestly which of its budgets that was."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

import pytest

from actors.session import budgets, tool_runs
from actors.session.budgets import TOOL_GRACE, Budget, Limits, Spent, due, verdict
from actors.session.failures import USED_UP
from actors.session.tool_runs import ENDED
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import Person, PlayedModel, asks, playing, says

LIMITS = Limits(attempts=3, crashes=2, tokens=100, seconds=100, silence=10)
FRESH = Spent(working_since=0.0, progressed_at=0.0)


@pytest.mark.parametrize(
    ("spent", "now", "budget"),
    [
        (FRESH, 9.9, None),
        (FRESH, 10.0, "progress"),
        (FRESH.got_on(8.0), 10.0, None),
        (FRESH.got_on(99.0), 100.0, "work"),
        (replace(FRESH, seconds=95.0), 5.0, "work"),
        (replace(FRESH, tokens=100), 0.0, "tokens"),
        (replace(FRESH, attempts=3), 0.0, None),
        (replace(FRESH, attempts=4), 0.0, "attempts"),
        (replace(FRESH, attempts=4, crashes=2), 0.0, "crashes"),
        (FRESH.running(30.0, 0.0), 30.0 + TOOL_GRACE - 0.1, None),
        (FRESH.running(30.0, 0.0), 30.0 + TOOL_GRACE, "progress"),
        (FRESH.running(30.0, 0.0).running(0.0, 35.0), 45.0, "progress"),
    ],
)
def test_a_verdict_follows_from_what_was_spent(spent: Spent, now: float, budget: Budget | None) -> None:
    assert verdict(spent, LIMITS, now) == budget


def test_a_clock_runs_out_when_it_was_said_to() -> None:
    for spent in (FRESH, FRESH.got_on(95.0), replace(FRESH, seconds=95.0), FRESH.running(30.0, 2.0)):
        at = due(spent, LIMITS)
        assert verdict(spent, LIMITS, at - 0.001) is None
        assert verdict(spent, LIMITS, at) is not None


def test_each_budget_has_words_of_its_own() -> None:
    assert len({error.code for error in USED_UP.values()}) == len({error.title for error in USED_UP.values()}) == 6


@pytest.fixture
async def hurried(settings: Settings) -> AsyncGenerator[Clients]:
    """Clients of an instance whose answers may be silent for half a second."""
    impatient = settings.model_copy(update={"turn_silence_seconds": 0.5})
    async with open_clients(impatient, pool_size=5) as clients:
        yield clients


@pytest.fixture
async def gate() -> asyncio.Event:
    """What never comes."""
    return asyncio.Event()


async def test_a_turn_whose_model_falls_silent_ends_with_what_was_said(
    hurried: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(hurried, PlayedModel([TextDelta("Half an ans"), gate], says("Fine."))) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Hi")

        assert (events[-1]["status"], events[-1]["error"]["code"]) == ("failed", "no_progress")
        assert [message.content for message in await person.branch()] == ["Hi", "Half an ans"]
        _, events = await person.converse("Again")
        assert events[-1]["status"] == "completed"


async def test_a_turn_whose_tool_hangs_ends_and_says_so_of_the_call(
    hurried: Clients, user: UserId, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    @tool(category="test", facts=Facts(seconds=0.1))
    async def hang(context: ToolContext) -> str:
        """Hold on even when its time is over."""
        while not gate.is_set():
            with suppress(asyncio.CancelledError):
                await gate.wait()
        return "let go"

    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", Toolset([*TRUSTED_TOOLS, hang]))
    monkeypatch.setattr(budgets, "TOOL_GRACE", 0.1)
    async with playing(hurried, PlayedModel(asks(("hang", {})))) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Hang!")

        assert (events[-1]["status"], events[-1]["error"]["code"]) == ("failed", "no_progress")
        assert [result["content"] for result in (await person.branch())[1].tool_results] == [ENDED]
        gate.set()


async def test_a_turn_that_only_ever_works_ends(settings: Settings, user: UserId, gate: asyncio.Event) -> None:
    brief = settings.model_copy(update={"turn_seconds": 0.5})
    async with open_clients(brief, pool_size=5) as clients, playing(clients, PlayedModel([gate])) as troupe:
        person = Person(troupe, user)

        posted, events = await person.converse("Go on for ever")

        assert events[-1]["error"]["code"] == "too_much_work"
        assert 0.5 <= (await person.turn(posted.turn_id))["seconds_worked"] < 5


async def test_work_is_counted_over_all_incarnations(settings: Settings, user: UserId, gate: asyncio.Event) -> None:
    brief = settings.model_copy(update={"turn_seconds": 1000})
    model = PlayedModel([gate], says("Done."))
    async with open_clients(brief, pool_size=5) as clients, playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Hi")
        await person.hear("step_started")
        await person.value("update turns set seconds_worked = 1000 where id = $1", posted.turn_id)

        await troupe.crash()

        events = await person.hear("turn_ended")
        assert events[-2]["error"]["code"] == "too_much_work"
        assert len(model.requests) == 1


@pytest.mark.usefixtures("hurry")
async def test_a_step_is_committed_with_the_work_that_it_took(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel(asks(("get_current_time", {})), [gate])) as troupe:
        person = Person(troupe, user)
        posted = await person.say("What time is it?")
        await person.hear("step_started", count=2)

        row = await person.turn(posted.turn_id)

        assert row["seconds_worked"] > 0
        assert row["progressed_at"] >= row["started_at"]
        assert row["attempts_before_step"] == 1


async def test_a_turn_that_used_as_many_tokens_as_it_may_makes_no_further_step(
    settings: Settings, user: UserId
) -> None:
    small = settings.model_copy(update={"turn_tokens": 250})
    model = PlayedModel(*(asks(("get_current_time", {})) for _ in range(9)))
    async with open_clients(small, pool_size=5) as clients, playing(clients, model) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("What time is it?")

        assert (events[-1]["error"]["code"], events[-1]["tokens_used"]) == ("too_many_tokens", 260)
        assert len(model.requests) == 2


async def test_attempts_count_only_as_long_as_no_step_comes_of_them(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel(asks(("get_current_time", {})), [gate], says("Late, but here."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("What time is it?")
        await person.hear("step_started", count=2)
        await person.value("update turns set attempts = 9, attempts_before_step = 9 where id = $1", posted.turn_id)

        await troupe.crash()

        await person.hear("turn_ended")
        assert (await person.turn(posted.turn_id))["status"] == "completed"
