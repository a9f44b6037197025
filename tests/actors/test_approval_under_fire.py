"""Whatever happens while a tool waits for the person: no answer is lost, counts twice, or counts for another."""

import asyncio
from uuid import uuid4

import pytest

from actors.errors import AlreadyAnswered, ApprovalExpired, ApprovalMissing
from actors.session.commands import Answer
from actors.session.session import Session
from actors.session.tool_runs import INTERRUPTED, STOPPED
from cluster.ids import UserId
from cluster.services import Clients
from tests.actors.asking import MALLORY, Shelf, asked, lured, pending, results, rule, say
from tests.actors.conversing import Person, PlayedModel, asks, kinds, of_turn, playing, says, until


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
        assert "turn_resumed" not in kinds(await person.events())
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
