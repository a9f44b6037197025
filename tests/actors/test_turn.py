"""One turn from the message to its end."""

from decimal import Decimal
from typing import Any

import pytest

from actors.errors import AttachmentMissing, ConversationMissing, MessageMissing
from actors.session.commands import Post
from actors.session.session import Session
from cluster.ids import AttachmentId, MessageId, UserId, new_id
from cluster.models.chat_model import ModelMissing, StepDone, TextDelta, ThinkingDelta
from cluster.services import Clients
from tests.actors.conversing import (
    USED,
    Person,
    PlayedModel,
    asks,
    done,
    kinds,
    playing,
    says,
    text_of,
    until,
)


async def test_a_turn_streams_and_commits(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello", ", ", "you 🎈."))) as troupe:
        person = Person(troupe, user)

        posted, events = await person.converse("Hi there")

        assert kinds(events) == [
            "message_added", "turn_started", "step_started", "token", "step_finished", "turn_ended",
        ]  # fmt: skip
        assert text_of(events) == "Hello, you 🎈."
        question, answer = await person.branch()
        assert (question.role, question.content, question.id) == ("user", "Hi there", posted.message_id)
        assert (answer.role, answer.content, answer.parent_id) == ("assistant", "Hello, you 🎈.", question.id)
        finished = next(event for event in events if event["type"] == "step_finished")
        assert finished["length"] == len("Hello, you ..") + 1
        assert finished["message_id"] == str(answer.id)
        assert (await person.turn(posted.turn_id))["status"] == "completed"


async def test_the_first_delta_is_published_at_once_and_the_next_ones_together(clients: Clients, user: UserId) -> None:
    pieces = [f"{number} " for number in range(300)]
    async with playing(clients, PlayedModel(says(*pieces))) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Count")

        tokens = [event for event in events if event["type"] == "token"]
        assert tokens[0]["content"] == "0 "
        assert text_of(events) == "".join(pieces)
        assert len(tokens) < 20


async def test_usage_and_cost_equal_what_the_provider_counted(clients: Clients, user: UserId) -> None:
    model = PlayedModel(asks(("calculator", {"expression": "6*7"})), says("42"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        posted, events = await person.converse("What is 6*7?")

        answer = (await person.branch())[-1]
        assert answer.tokens_used == 130
        assert answer.cost_usd == USED.cost_usd
        assert answer.usage == {
            "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 7, "cache_write_tokens": 3,
        }  # fmt: skip
        async with clients.db.as_user(user) as conn:
            rows = await conn.fetch("select * from usage_log where turn_id = $1 and endpoint = 'chat'", posted.turn_id)
        assert [row["cost_usd"] for row in rows] == [Decimal("0.00123456")] * 2
        assert [row["tokens_cache_read"] for row in rows] == [7, 7]
        ended = events[-1]
        assert ended["tokens_used"] == 260
        assert ended["cost_usd"] == pytest.approx(0.00246912)


async def test_the_whole_history_goes_to_the_model_with_tools_and_results(clients: Clients, user: UserId) -> None:
    model = PlayedModel(asks(("calculator", {"expression": "6*7"})), says("It is 42."), says("You asked for 6*7."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("What is 6*7?")

        await person.converse("What did I ask?")

        roles = [(m.role, [b["type"] for b in m.content]) for m in model.requests[-1].messages]
        assert roles == [
            ("user", ["text"]), ("assistant", ["text", "tool_use"]), ("user", ["tool_result"]),
            ("assistant", ["text"]), ("user", ["text"]),
        ]  # fmt: skip
        assert '"result":42' in model.requests[-1].messages[2].content[0]["content"]


async def test_tools_of_one_step_run_side_by_side(clients: Clients, user: UserId) -> None:
    calls = [("memory_store", {"key": f"k{number}", "value": number}) for number in range(3)]
    async with playing(clients, PlayedModel(asks(*calls), says("Done."))) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Remember three things")

        assert [e["type"] for e in events if e["type"].startswith("tool_")][:3] == ["tool_start"] * 3
        step = (await person.branch())[1]
        assert {result["id"] for result in step.tool_results} == {call["id"] for call in step.tool_calls}
        assert not any(result["is_error"] for result in step.tool_results)
        assert await person.value("select count(*) from memory") == 3


async def test_a_tool_that_is_not_there_is_an_error_the_model_can_read(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(asks(("fly", {})), says("I cannot fly."))) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Fly!")

        complete = next(event for event in events if event["type"] == "tool_complete")
        assert complete["result"]["is_error"]
        assert "no tool called 'fly'" in complete["result"]["content"]
        assert events[-1]["status"] == "completed"


async def test_a_model_that_only_ever_asks_for_tools_comes_to_an_end(clients: Clients, user: UserId) -> None:
    model = PlayedModel(*(asks(("get_current_time", {})) for _ in range(40)))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("What time is it?")

        assert (events[-1]["status"], events[-1]["error"]["code"]) == ("failed", "too_many_steps")
        assert len(model.requests) == 25


async def test_a_refusal_ends_the_turn_and_stays_out_of_the_history(clients: Clients, user: UserId) -> None:
    refusal = StepDone(blocks=[{"type": "text", "text": "No."}], stop_reason="refusal", usage=USED, model="played")
    model = PlayedModel([TextDelta("No."), refusal], says("Fine."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("Something bad")
        await person.converse("Something good")

        assert events[-1]["error"]["code"] == "refused"
        assert [message.role for message in model.requests[-1].messages] == ["user"]


async def test_thinking_streams_and_goes_back_with_its_signature(clients: Clients, user: UserId) -> None:
    thought: dict[str, Any] = {"type": "thinking", "thinking": "Hm.", "signature": "s1"}
    step = asks(("calculator", {"expression": "1+1"}))[-1]
    assert isinstance(step, StepDone)
    thinking = StepDone(
        blocks=[thought, *step.blocks], stop_reason="tool_use", usage=USED, model="played", tool_calls=step.tool_calls
    )
    model = PlayedModel([ThinkingDelta("Hm."), TextDelta("Let me see."), thinking], says("2"))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        _, events = await person.converse("1+1?", thinking_tokens=2000)

        assert "".join(event["content"] for event in events if event["type"] == "thinking") == "Hm."
        assert model.requests[0].thinking_tokens == 2000
        assert model.requests[1].messages[1].content[0] == thought
        assert (await person.branch())[1].thinking == "Hm."


async def test_a_conversation_of_somebody_else_is_not_there(clients: Clients, user: UserId, stranger: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        person = Person(troupe, user)
        posted, _ = await person.converse("Mine")
        assert posted.message_id is not None
        intruder = Person(troupe, stranger, person.conversation)

        with pytest.raises(ConversationMissing):
            await intruder.say("Let me in", create=False)
        with pytest.raises(ConversationMissing):
            await intruder.say("Let me in", create=True)
        with pytest.raises(MessageMissing):
            await intruder.regenerate(posted.message_id)
        assert await intruder.stop() is None


async def test_what_cannot_be_answered_is_refused_before_it_is_accepted(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel()) as troupe:
        person = Person(troupe, user)

        with pytest.raises(ConversationMissing):
            await person.say("Hi", create=False)
        with pytest.raises(ModelMissing):
            await person.say("Hi", model="no-such-model")
        with pytest.raises(AttachmentMissing):
            await person.say("Hi", attachments=(AttachmentId(new_id()),))
        with pytest.raises(MessageMissing):
            await person.say("Hi", parent_id=MessageId(new_id()))
        assert await person.value("select count(*) from turns") == 0


async def test_text_that_the_database_cannot_hold_is_mended(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("a\x00b"))) as troupe:
        person = Person(troupe, user)

        await person.converse("x\x00y")

        assert [message.content for message in await person.branch()] == ["x\ufffdy", "a\ufffdb"]


async def test_the_person_s_preferences_reach_the_model(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("Ahoy"))
    async with clients.db.as_user(user) as conn:
        settings = {"instructions": "Talk like a sailor.", "thinking_tokens": 1500}
        await conn.execute("update users set settings = $2 where id = $1", user, settings)
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("Hi")

        assert "Talk like a sailor." in model.requests[0].system
        assert model.requests[0].thinking_tokens == 1500


async def test_an_idle_session_leaves_nothing_for_the_sweep(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        person = Person(troupe, user)
        await person.converse("Hi")

        await until(person.rests)


async def test_one_event_list_serves_all_who_listen(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel(says("Hello"))) as troupe:
        person = Person(troupe, user)
        posted, _ = await person.converse("Hi")

        after = await person.events(after=posted.seq)

        assert after[0]["type"] == "message_added"
        updated = await person.hear_user_channel("conversation_updated")
        assert updated[0]["conversation"]["id"] == str(person.conversation)


async def test_a_post_reaches_the_same_session_by_its_plain_reference(clients: Clients, user: UserId) -> None:
    async with playing(clients, PlayedModel([done("Yes")])) as troupe:
        person = Person(troupe, user)
        post = Post(idempotency_key="k", message="Are you there?", create=True)

        posted = await troupe.runtime.ref(Session, str(person.conversation)).ask(Session.post, user, post)

        assert posted.conversation_id == person.conversation
        await person.hear("turn_ended")
