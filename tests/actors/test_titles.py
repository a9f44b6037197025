"""Titles that nobody typed."""

import asyncio

from actors.session.titles import first_words, tidy
from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.services import Clients
from tests.actors.conversing import Person, PlayedModel, done, playing, says, until


async def test_the_first_answer_gives_the_conversation_a_title(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        person = Person(troupe, user)

        await person.converse("Hi")

        await until(lambda: person.value("select title from conversations"))
        assert await person.value("select title from conversations") == "A fine title"
        assert await person.value("select titled_by from conversations") == "model"
        assert await person.value("select count(*) from usage_log where endpoint = 'title'") == 1
        await person.hear("conversation_updated", count=3)


async def test_a_person_s_title_is_never_replaced(clients: Clients, user: UserId) -> None:
    gate = asyncio.Event()
    async with playing(clients, PlayedModel([TextDelta("A"), gate, done("A")], says("B"))) as troupe:
        person = Person(troupe, user)
        await person.say("one")
        await person.hear("token")
        async with clients.db.as_user(user) as conn:
            await conn.execute("update conversations set title = 'Mine', titled_by = 'person'")

        gate.set()
        await person.hear("turn_ended")
        await person.converse("two")

        assert await person.value("select title from conversations") == "Mine"


def test_titles_are_tidied() -> None:
    assert tidy('"A **fine** day"\nand more') == "A fine day"
    assert tidy("x" * 200) == "x" * 79 + "…"
    assert first_words("  one two\nthree four five six seven eight nine ") == "one two three four five six seven eight"
    assert first_words(" \n ") == "Conversation"
