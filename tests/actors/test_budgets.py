"""A turn may use up only so much; then it ends, and says honestly which of its budgets that was."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

import pytest

from actors.session import budgets, tool_runs
from actors.session.budgets import TOOL_GRACE, Budget, Limits, Spent, due, verdict
from actors.session.failures import USED_UP
from actors.session.meter import Meter
from actors.session.outbox import Outbox
from actors.session.stage import Stage
from actors.session.stop import OutOfBudget, Stop, Stopped
from actors.session.tool_runs import ENDED
from actors.stores import turns
from actors.stores.turns import StartedTurn
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.runtime.actor import Fence
from cluster.runtime.admission import Admission
from cluster.runtime.departure import Departure
from cluster.services import ActorServices, Clients, open_clients
from cluster.settings import Settings
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import Person, PlayedModel, Troupe, asks, playing, says

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
        (FRESH.waits(5.0), 1e9, None),
        (FRESH.waits(5.0).goes_on(1000.0), 1009.0, None),
        (FRESH.waits(5.0).goes_on(1000.0), 1010.0, "progress"),
        (FRESH.waits(5.0).goes_on(1000.0).got_on(1094.0), 1095.0, "work"),
    ],
)
def test_a_verdict_follows_from_what_was_spent(spent: Spent, now: float, budget: Budget | None) -> None:
    assert verdict(spent, LIMITS, now) == budget


def test_a_clock_runs_out_when_it_was_said_to() -> None:
    for spent in (FRESH, FRESH.got_on(95.0), replace(FRESH, seconds=95.0), FRESH.running(30.0, 2.0)):
        at = due(spent, LIMITS)
        assert verdict(spent, LIMITS, at - 0.001) is None
        assert verdict(spent, LIMITS, at) is not None
    assert due(FRESH.waits(5.0), LIMITS) == float("inf")


def test_each_budget_has_words_of_its_own() -> None:
    assert len({error.code for error in USED_UP.values()}) == len({error.title for error in USED_UP.values()}) == 5


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


class _Looked(Exception):
    """Nothing is to be kept of what was done to look."""


async def _meter_of(troupe: Troupe, person: Person, *, silence: float = 300.0) -> Meter:
    """A meter for a turn that runs, in place of a host's own: the host is dead."""
    host = troupe.host_of(person.session.id)
    assert host is not None
    assert host.row is not None
    fence = Fence(person.session.id, 1, host.row.id)
    await troupe.kill(host)
    clients = troupe.clients
    settings = clients.settings.model_copy(update={"turn_silence_seconds": silence})
    services = ActorServices(
        **vars(replace(clients, settings=settings)),
        runtime=troupe.runtime,
        models=troupe.runtime.models(),
        fence=fence,
        admission=Admission(settings),
        departure=Departure(),
    )
    outbox = Outbox(clients.log, "nobody", "nobody", seq="0-0")
    stage = Stage(services=services, user=person.user, conversation=person.conversation, outbox=outbox)
    started: list[StartedTurn] = []
    with suppress(_Looked):
        async with clients.db.as_user(person.user) as conn:
            started += [turn] if (turn := await turns.start(conn, person.conversation)) else []
            raise _Looked
    return Meter(stage, started[0], Stop())


async def test_a_turn_that_waits_for_a_person_is_not_hurried(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate])) as troupe:
        person = Person(troupe, user)
        await person.say("May I?")
        await person.hear("step_started")
        meter = await _meter_of(troupe, person, silence=0.5)

        async with meter.running():
            async with meter.waiting():
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(meter.stop.during(gate.wait()), timeout=1.0)
            with pytest.raises(OutOfBudget):
                await asyncio.wait_for(meter.stop.during(gate.wait()), timeout=10.0)

        assert meter.used_up == "progress"


async def test_a_wait_for_a_person_ends_with_the_wish_to_stop(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate])) as troupe:
        person = Person(troupe, user)
        posted = await person.say("May I?")
        await person.hear("step_started")
        meter = await _meter_of(troupe, person)
        meter.stop.ask()

        async def wait() -> None:
            async with meter.waiting():
                assert await _waits(person)
                assert await person.rests()
                await meter.stop.during(gate.wait())

        with pytest.raises(Stopped):
            await wait()

        assert not (await person.turn(posted.turn_id))["waiting"]
        assert not await person.rests()


async def test_the_death_of_its_host_is_nothing_to_a_turn_that_waits_for_a_person(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate], says("Yes, you may."), says("And that."))) as troupe:
        person = Person(troupe, user)
        posted = await person.say("May I?")
        await person.hear("step_started")
        await _dies_waiting(await _meter_of(troupe, person), gate)
        await troupe.add_host()

        await person.say("And that?")

        await person.hear("turn_ended", count=2)
        row = await person.turn(posted.turn_id)
        assert (row["status"], row["attempts"]) == ("completed", 1)


async def test_a_turn_that_waits_for_a_person_and_is_stopped_is_woken_for_that(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate])) as troupe:
        person = Person(troupe, user)
        posted = await person.say("May I?")
        await person.hear("step_started")
        await _dies_waiting(await _meter_of(troupe, person), gate)
        await troupe.add_host()

        await person.stop()

        await person.hear("turn_ended")
        assert (await person.turn(posted.turn_id))["status"] == "stopped"


async def _dies_waiting(meter: Meter, gate: asyncio.Event) -> None:
    async def wait() -> None:
        async with meter.waiting():
            waits.set()
            await gate.wait()

    waits = asyncio.Event()
    waiting = asyncio.create_task(wait())
    await waits.wait()
    waiting.cancel()
    await asyncio.wait({waiting})


async def _waits(person: Person) -> bool:
    return await person.value("select waiting from turns where conversation_id = $1", person.conversation) is True
