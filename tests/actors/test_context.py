"""What goes to the model when the window fills, and what of the past."""

from dataclasses import replace
from typing import Any

import pytest

from actors.session import context
from actors.stores import attachments
from actors.stores.attachments import NewAttachment
from actors.stores.messages import Message
from cluster.ids import AttachmentId, ConversationId, MessageId, UserId, new_id
from cluster.services import Clients
from tests.actors.conversing import CARD, Person, PlayedModel, playing, says

SMALL_WINDOW = replace(CARD, context_tokens=3000, max_output_tokens=1000)
LONG = "word " * 800  # about 1,000 tokens


async def prefer(clients: Clients, user: UserId, strategy: str) -> None:
    """Set the person's context strategy."""
    async with clients.db.as_user(user) as conn:
        await conn.execute("update users set settings = $2 where id = $1", user, {"context_strategy": strategy})


def all_text(request: Any) -> str:
    """All text of a request's messages."""
    return "\n".join(block.get("text", "") for message in request.messages for block in message.content)


async def test_a_full_window_is_summarised_beside_the_history(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "aggressive")
    model = PlayedModel(*(says(f"answer {number}") for number in range(4)))
    async with playing(clients, model, card=SMALL_WINDOW) as troupe:
        person = Person(troupe, user)
        for number in range(3):
            await person.converse(f"question {number} " + (LONG if number == 0 else ""))
        before = await person.branch()

        await person.converse("question 3")

        assert "question 0" in all_text(model.condensed[0])
        assert "THE SUMMARY" in all_text(model.requests[-1])
        assert "question 0" not in all_text(model.requests[-1])
        assert model.requests[-1].messages[0].role == "user"
        assert (await person.branch())[: len(before)] == before
        assert await person.value("select count(*) from usage_log where endpoint = 'summary'") == 1


async def test_a_summary_is_used_again_and_not_on_other_branches(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "aggressive")
    model = PlayedModel(*(says(f"a{number}") for number in range(6)))
    async with playing(clients, model, card=SMALL_WINDOW) as troupe:
        person = Person(troupe, user)
        await person.converse("q0 " + LONG)
        for number in range(1, 4):
            await person.converse(f"q{number}")

        await person.converse("q4")
        assert "THE SUMMARY" in all_text(model.requests[-1])
        await person.converse("a new beginning", root=True)

        assert await person.value("select count(*) from summaries") == 1
        assert all_text(model.requests[-1]) == "a new beginning"


async def test_manual_sends_everything(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "manual")
    model = PlayedModel(*(says(f"answer {number}") for number in range(4)))
    async with playing(clients, model, card=SMALL_WINDOW) as troupe:
        person = Person(troupe, user)
        for number in range(4):
            await person.converse(f"question {number} {LONG}")

        assert len(model.requests[-1].messages) == 7
        assert await person.value("select count(*) from summaries") == 0


async def test_a_summary_that_fails_does_not_fail_the_turn(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "aggressive")
    model = PlayedModel(says("a0"), says("a1"), says("a2"), says("a3"))
    model.summary = None
    async with playing(clients, model, card=SMALL_WINDOW) as troupe:
        person = Person(troupe, user)
        await person.converse("q0 " + LONG)
        await person.converse("q1")
        await person.converse("q2")

        _, events = await person.converse("q3")

        assert events[-1]["status"] == "completed"
        assert "q0" in all_text(model.requests[-1])


@pytest.mark.parametrize(
    ("roles", "recent", "cut"),
    [
        ("uaua", 2, 2),
        ("uauaua", 3, 2),
        ("uaaaaaua", 4, 6),
        ("u", 5, 0),
        ("uaaaaa", 2, 0),
        ("uua", 1, 1),
    ],
)
def test_what_stays_word_for_word_begins_with_a_person(roles: str, recent: int, cut: int) -> None:
    path = [
        Message(
            id=MessageId(new_id()), conversation_id=ConversationId(new_id()), parent_id=None, turn_id=None, step=0,
            role="user" if role == "u" else "assistant", content=role, created_at=None,  # pyright: ignore[reportArgumentType]
        )
        for role in roles
    ]  # fmt: skip

    assert context.cut_before_recent(path, recent) == cut


async def upload(clients: Clients, user: UserId, name: str, kind: Any, data: bytes) -> AttachmentId:
    """Store a file as the door does."""
    id = AttachmentId(new_id())
    media_type = {"image": "image/png", "text": "text/plain", "document": "application/pdf"}[kind]
    await clients.objects.put(user, f"attachments/{id}", data)
    async with clients.db.as_user(user) as conn:
        new = NewAttachment(
            id=id,
            name=name,
            media_type=media_type,
            kind=kind,
            size=len(data),
            sha256=b"",
            object_name=f"attachments/{id}",
        )
        await attachments.add(conn, new)
    return id


async def test_attachments_reach_the_model_and_stay_in_the_history(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("A cat."), says("Still a cat."))
    picture = await upload(clients, user, "cat.png", "image", b"\x89PNG")
    notes = await upload(clients, user, "notes.txt", "text", b"Its name is Mia.")
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("What is this?", attachments=(picture, notes))
        await person.converse("Sure?")

        first = model.requests[1].messages[0].content
        assert [block["type"] for block in first] == ["image", "text", "text"]
        assert first[0]["source"] == {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
        assert first[1]["text"] == '<file name="notes.txt">\nIts name is Mia.\n</file>'
        assert [file["name"] for file in events[0]["message"]["attachments"]] == ["cat.png", "notes.txt"]


async def test_an_attachment_that_is_gone_is_said_to_be(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("Which cat?"))
    picture = await upload(clients, user, "cat.png", "image", b"\x89PNG")
    await clients.objects.delete(user, f"attachments/{picture}")
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("What is this?", attachments=(picture,))

        assert "cat.png is not at hand" in all_text(model.requests[0])


async def test_a_stranger_s_attachment_cannot_be_sent(clients: Clients, user: UserId, stranger: UserId) -> None:
    picture = await upload(clients, stranger, "cat.png", "image", b"\x89PNG")
    async with playing(clients, PlayedModel()) as troupe:
        with pytest.raises(Exception, match="attachment"):
            await Person(troupe, user).say("What is this?", attachments=(picture,))
