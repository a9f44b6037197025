"""Commands: durable once, worked off in order, bounded; and the branches that they make."""

import asyncio

import pytest

from actors.errors import KeyReused, QueueFull
from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.services import Clients
from tests.actors.conversing import Person, PlayedModel, done, playing, says


@pytest.fixture
async def gate() -> asyncio.Event:
    """Holds the first answer back."""
    return asyncio.Event()


async def test_a_command_sent_twice_makes_one_turn(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"), says("Hello again"))) as troupe:
        person = Person(troupe, user)
        first, _ = await person.converse("Hi", idempotency_key="same")

        second = await person.say("Hi", idempotency_key="same")

        assert second == first
        assert await person.value("select count(*) from turns") == 1
        assert len(await person.branch()) == 2


async def test_a_command_sent_ten_times_at_once_makes_one_turn(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        person = Person(troupe, user)

        posted = await asyncio.gather(*(person.say("Hi", idempotency_key="same") for _ in range(10)))

        assert len({one.turn_id for one in posted}) == 1
        await person.hear("turn_ended")
        assert await person.value("select count(*) from messages") == 2


async def test_a_key_of_another_conversation_is_refused(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        await Person(troupe, user).converse("Hi", idempotency_key="same")

        with pytest.raises(KeyReused):
            await Person(troupe, user).say("Hi", idempotency_key="same")


async def test_posts_wait_their_turn_and_follow_one_another(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel([TextDelta("A"), gate, done("A")], says("B"), says("C"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("first")
        await person.hear("token")
        await person.say("second")
        await person.say("third")

        gate.set()

        await person.hear("turn_ended", count=3)
        assert [message.content for message in await person.branch()] == ["first", "A", "second", "B", "third", "C"]


async def test_too_many_waiting_posts_are_refused(clients: Clients, user: UserId, gate: asyncio.Event) -> None:
    async with playing(clients, PlayedModel([TextDelta("A"), gate, done("A")])) as troupe:
        person = Person(troupe, user)
        for number in range(16):
            await person.say(f"message {number}")

        with pytest.raises(QueueFull):
            await person.say("one too many")

        gate.set()
        await person.hear("turn_ended", count=16)


async def test_an_edit_makes_a_branch_beside_the_old_message(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("A1"), says("A2"), says("A2 again"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        first, _ = await person.converse("one")
        second, _ = await person.converse("two")
        answer_to_first = (await person.branch())[1]

        edited, events = await person.converse("two, but better", parent_id=answer_to_first.id)

        assert [m.content for m in await person.branch()] == ["one", "A1", "two, but better", "A2 again"]
        assert events[0]["message"]["siblings"] == [str(second.message_id), str(edited.message_id)]
        assert len(model.requests[-1].messages) == 3
        assert first.message_id is not None


async def test_an_edit_of_the_first_message_begins_anew(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("A"), says("B"))) as troupe:
        person = Person(troupe, user)
        await person.converse("one")

        _, events = await person.converse("uno", root=True)

        assert [message.content for message in await person.branch()] == ["uno", "B"]
        assert events[0]["message"]["parent_id"] is None
        assert len(events[0]["message"]["siblings"]) == 2


async def test_regenerate_answers_the_same_message_again(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("A"), says("B"))) as troupe:
        person = Person(troupe, user)
        posted, _ = await person.converse("one")
        answer = (await person.branch())[-1]

        again = await person.regenerate(answer.id)

        assert again.message_id == posted.message_id
        events = await person.hear("turn_ended", turn=again.turn_id)
        assert "message_added" not in [e["type"] for e in events if e.get("turn_id") == str(again.turn_id)]
        assert [message.content for message in await person.branch()] == ["one", "B"]
        assert await person.value("select count(*) from messages where parent_id = $1", posted.message_id) == 2


async def test_an_answer_leaves_the_branch_that_the_person_went_to(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel(says("A"), [TextDelta("B"), gate, done("B")])
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("one")
        elsewhere = (await person.branch())[-1].id
        second = await person.say("two")
        await person.hear("token", turn=second.turn_id)
        async with clients.db.as_user(user) as conn:
            await conn.execute("update conversations set leaf_id = $2 where id = $1", person.conversation, elsewhere)

        gate.set()

        events = await person.hear("turn_ended", turn=second.turn_id)
        ended = next(e for e in events if e["type"] == "turn_ended" and e["turn_id"] == str(second.turn_id))
        assert ended["leaf_id"] == str(elsewhere)


async def test_the_model_chosen_in_a_message_stays_the_conversation_s(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("A"))) as troupe:
        person = Person(troupe, user)

        await person.converse("one", model="played")

        assert await person.value("select model from conversations") == "played"
