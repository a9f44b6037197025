"""The model asks for what a stranger may want: the person is asked first; their word counts once, for exactly that."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from actors.errors import AlreadyAnswered, ApprovalExpired, ApprovalMissing
from actors.session import tool_runs
from actors.session.approvals import CHANGED, DECLINED, EXPIRED, OFF
from actors.session.commands import Answer
from actors.session.session import Session
from actors.session.tool_runs import INTERRUPTED, STOPPED
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.services import Clients
from sandbox.registry import Toolset
from tests.actors.asking import Shelf, asked, pending, results, rule, say
from tests.actors.conversing import Person, PlayedModel, asks, kinds, of_turn, playing, says, until

MALLORY = {"to": "mallory@example.com"}


@pytest.fixture
async def shelf(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shelf]:
    """The tools of these tests, beside all others."""
    shelf = Shelf()
    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", Toolset([*TRUSTED_TOOLS, *shelf.tools()]))
    yield shelf
    shelf.gate.set()


def lured(*more: tuple[str, dict[str, object]]) -> PlayedModel:
    """A model that reads a stranger's page and then does what it says."""
    return PlayedModel(asks(("fetch", {})), asks(("send", MALLORY), *more), says("All done."), says("And that."))


async def test_what_a_stranger_may_want_is_asked_and_runs_once_when_allowed(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Read this page for me.")
        (question,) = await asked(person)
        assert (question.tool, question.arguments, question.reason) == ("send", MALLORY, "untrusted")
        assert shelf.runs == ["fetch"]

        answered = await say(person, question.id, approve=True)

        events = of_turn(await person.hear("turn_ended"), posted.turn_id)
        assert answered.status == "approved"
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}
        assert (await results(person, 1))["send"]["content"] == "sent to mallory@example.com"
        assert await pending(person) == []
        told = [event["approval"]["status"] for event in events if event["type"].startswith("approval_")]
        assert told == ["pending", "approved"]
        assert "turn_recovering" not in kinds(events)
        row = await person.turn(posted.turn_id)
        assert (row["status"], row["attempts"], row["waiting"]) == ("completed", 1, False)


async def test_what_is_declined_never_runs_and_the_model_is_told(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = lured()
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Read this page for me.")
        (question,) = await asked(person)

        await say(person, question.id, approve=False)

        await person.hear("turn_ended")
        assert shelf.runs == ["fetch"]
        (block,) = model.requests[-1].messages[-1].content
        assert (block["content"], block["is_error"]) == (DECLINED, True)


async def test_silence_means_no_and_the_turn_goes_on_by_itself(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = lured()
    async with playing(_with(clients, approval_seconds=2.0, idle_seconds=0.2), model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Read this page for me.")
        (question,) = await asked(person)

        await person.hear("turn_ended")

        assert shelf.runs == ["fetch"]
        assert (await results(person, 1))["send"]["content"] == EXPIRED
        assert (await person.turn(posted.turn_id))["attempts"] == 1
        with pytest.raises(ApprovalExpired):
            await say(person, question.id, approve=True)


async def test_nothing_is_asked_before_a_stranger_has_spoken(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("send", MALLORY), ("fetch", {})), says("Sent."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        await person.converse("Send it.")

        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}


async def test_a_stranger_is_remembered_in_later_turns_of_the_branch_and_only_there(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = PlayedModel(
        asks(("fetch", {})),
        says("Read."),
        asks(("send", MALLORY)),
        says("Declined."),
        asks(("send", MALLORY)),
        says("!"),
    )
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        first, _ = await person.converse("Read this page.")

        await person.say("Now send it.")
        (question,) = await asked(person)
        await say(person, question.id, approve=False)
        await person.hear("turn_ended", count=2)
        await person.say("Send it.", root=True, parent_id=None)
        await person.hear("turn_ended", count=3)

        assert first.message_id is not None
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}


async def test_what_a_tool_that_never_ran_would_have_read_counts_for_nothing(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY)), says("Sent."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, fetch="never")

        await person.converse("Read and send.")

        assert shelf.runs == ["send mallory@example.com"]


async def test_a_rule_of_the_person_s_stands_above_the_policy(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY), ("hang", {}), ("look", {})), says("Done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, send="always", hang="never", look="ask")
        await person.say("Go.")
        (question,) = await asked(person)
        assert (question.tool, question.reason) == ("look", "rule")

        await say(person, question.id, approve=True)

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1, "look": 1}
        assert (await results(person, 1))["hang"] == {
            "id": (await results(person, 1))["hang"]["id"], "content": OFF, "is_error": True, "seconds": None,
        }  # fmt: skip


async def test_a_tool_that_is_switched_off_is_not_offered(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("Hello."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, calculator="never")

        await person.converse("Hi")

        names = {tool.name for tool in model.requests[0].tools}
        assert "calculator" not in names
        assert "get_current_time" in names


async def test_an_answer_can_become_the_rule(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY)), asks(("send", {"to": "bob"})), says("Done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, look="never")
        await person.say("Go.")
        (question,) = await asked(person)

        await say(person, question.id, approve=True, always=True)

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1, "send bob": 1}
        kept = await person.value("select settings->'tool_rules' from users")
        assert kept == {"look": "never", "send": "always"}


async def test_calls_beside_it_run_at_once_and_several_answers_are_waited_for(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = lured(("look", {}), ("jot", {}), ("send", {"to": "bob"}))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        first, second = await asked(person, 2)
        assert shelf.counted == {"fetch": 1, "look": 1, "jot": 1}
        assert set(await results(person, 1)) == {"look", "jot"}

        await say(person, first.id, approve=False)
        (left,) = await asked(person)
        assert left.id == second.id
        assert shelf.counted == {"fetch": 1, "look": 1, "jot": 1}
        await say(person, second.id, approve=True)

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "look": 1, "jot": 1, "send bob": 1}
        assert len((await person.branch())[2].tool_results) == 4
        assert [b["type"] for b in model.requests[-1].messages[-1].content] == ["tool_result"] * 4


async def test_the_death_of_the_host_is_nothing_to_a_turn_that_waits(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Go.")
        (question,) = await asked(person)

        for _ in range(3):
            await troupe.crash()
        assert (await pending(person))[0].id == question.id
        await say(person, question.id, approve=True)

        events = of_turn(await person.hear("turn_ended"), posted.turn_id)
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}
        assert "turn_recovering" not in kinds(events)
        assert (await person.turn(posted.turn_id))["attempts"] == 1


async def test_what_was_allowed_and_has_begun_is_not_begun_again(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("hang", {})), says("Done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Go.")
        (question,) = await asked(person)
        await say(person, question.id, approve=True)
        await until(lambda: _ran(shelf, "hang"))

        await troupe.crash()

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "hang": 1}
        assert (await results(person, 1))["hang"]["content"] == INTERRUPTED
        assert (await person.turn(posted.turn_id))["attempts"] == 2


async def test_a_death_while_calls_beside_it_run_leaves_the_question_open(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY), ("hang", {})), says("Done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, hang="always")
        await person.say("Go.")
        await until(lambda: _ran(shelf, "hang"))

        await troupe.crash()

        (question,) = await asked(person)
        assert (await results(person, 1))["hang"]["content"] == INTERRUPTED
        await say(person, question.id, approve=True)
        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "hang": 1, "send mallory@example.com": 1}


async def test_an_answer_is_good_for_exactly_what_was_shown(clients: Clients, user: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        (question,) = await asked(person)
        async with clients.db.as_user(user) as conn:
            await conn.execute(
                """update messages set tool_calls = jsonb_set(tool_calls, '{0,arguments,to}', '"eve@example.com"')
                    where id = $1""",
                question.message_id,
            )

        await say(person, question.id, approve=True)

        await person.hear("turn_ended")
        assert shelf.runs == ["fetch"]
        assert (await results(person, 1))["send"]["content"] == CHANGED


async def test_a_stop_ends_the_turn_that_waits(clients: Clients, user: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Go.")
        (question,) = await asked(person)

        assert await person.stop() == posted.turn_id

        await person.hear("turn_ended")
        assert (await person.turn(posted.turn_id))["status"] == "stopped"
        assert (await results(person, 1))["send"]["content"] == STOPPED
        assert await pending(person) == []
        with pytest.raises(ApprovalExpired):
            await say(person, question.id, approve=True)
        assert shelf.runs == ["fetch"]


async def test_what_is_said_meanwhile_waits_its_turn(clients: Clients, user: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        first = await person.say("Go.")
        (question,) = await asked(person)

        second = await person.say("And then?")

        await until(person.rests)
        assert [(await person.turn(turn))["status"] for turn in (first.turn_id, second.turn_id)] == [
            "running",
            "queued",
        ]
        assert shelf.runs == ["fetch"]
        await say(person, question.id, approve=True)
        events = await person.hear("turn_ended", count=2)
        ends = [event["turn_id"] for event in events if event["type"] == "turn_ended"]
        assert ends == [str(first.turn_id), str(second.turn_id)]


async def test_one_of_many_answers_at_once_wins(clients: Clients, user: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        (question,) = await asked(person)

        said = await asyncio.gather(
            *(say(person, question.id, approve=number % 2 == 0) for number in range(8)), return_exceptions=True
        )

        won = [answer for answer in said if not isinstance(answer, BaseException)]
        assert len(won) == 1
        assert [type(answer) for answer in said if isinstance(answer, BaseException)] == [AlreadyAnswered] * 7
        await person.hear("turn_ended")
        assert shelf.counted["send mallory@example.com"] == (won[0].status == "approved")


async def test_an_answer_that_is_delivered_twice_is_one(clients: Clients, user: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        (question,) = await asked(person)

        first = await say(person, question.id, approve=True, key="same")
        again = await say(person, question.id, approve=True, key="same")

        assert first == again
        with pytest.raises(AlreadyAnswered):
            await say(person, question.id, approve=False, key="same")
        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}


async def test_nobody_answers_for_another(clients: Clients, user: UserId, stranger: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        (question,) = await asked(person)
        command = Answer(key="k", approval_id=question.id, approve=True)

        with pytest.raises(ApprovalMissing):
            await person.session.ask(Session.answer, stranger, command)
        with pytest.raises(ApprovalMissing):
            await Person(troupe, user).session.ask(Session.answer, user, command)
        with pytest.raises(ApprovalMissing):
            await say(person, uuid4(), approve=True)

        assert [one.status for one in await pending(person)] == ["pending"]
        assert shelf.runs == ["fetch"]


async def test_who_asked_and_died_before_anybody_heard_is_repeated(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        (question,) = await asked(person)
        async with clients.db.as_nobody() as conn:  # as it is when a host dies between commit and rest
            await conn.execute("update placements set pending = true where key = $1", str(person.conversation))

        await troupe.crash()

        events = await person.hear("approval_requested", count=2)
        told = [event["approval"]["id"] for event in events if event["type"] == "approval_requested"]
        assert told == [str(question.id)] * 2
        await until(person.rests)


async def _ran(shelf: Shelf, name: str) -> bool:
    return name in shelf.runs


def _with(clients: Clients, **changes: object) -> Clients:
    return replace(clients, settings=clients.settings.model_copy(update=changes))
