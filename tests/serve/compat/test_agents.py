"""Our agents as models: turns that are kept here, told in other protocols' words."""

import asyncio
import base64
from uuid import UUID

import anthropic
import openai
import orjson
import pytest

from cluster.events.log import Entry
from cluster.events.names import conversation_channel, stream_key
from cluster.models.chat_model import TextDelta
from serve.compat.answer import Parted
from serve.compat.turns import Telling
from tests.provider.server import Provider
from tests.serve.compat.clients import Caller
from village.agents import store as agents
from village.agents.profile import Profile

AZOTH = "apex/AZOTH"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOOL = '[[say Let me see.]][[tool calculator {"expression": "6*7"}]][[then]][[say It is 42.]]'


async def streamed(caller: Caller, path: str, key: str, text: str, *, cut: int | None = None) -> bytes:
    """The bytes of a streamed answer, or of its beginning."""
    body = {"model": AZOTH, "max_tokens": 500, "stream": True, "messages": [{"role": "user", "content": text}]}
    heard = b""
    async with caller.http.stream("POST", path, json=body, headers={"Idempotency-Key": key}) as answer:
        assert answer.status_code == 200
        async for data in answer.aiter_raw():
            heard += data
            if cut is not None and len(heard) >= cut:
                break
    return heard


async def test_an_agent_answers_with_our_tools(ada: Caller, provider: Provider):
    message = await ada.claude.messages.create(
        model=AZOTH, max_tokens=500, messages=[{"role": "user", "content": TOOL}]
    )
    assert [block.text for block in message.content if block.type == "text"] == ["Let me see.", "It is 42."]
    assert message.stop_reason == "end_turn"
    chats = [seen for seen in provider.requests if "title" not in str(seen.body.get("system", ""))]
    assert message.usage.output_tokens == sum(seen.usage["output_tokens"] for seen in chats)
    assert "You are Azoth" in str(chats[0].body["system"])


async def test_both_protocols_tell_the_same_turn(ada: Caller):
    completion = await ada.gpt.chat.completions.create(
        model=AZOTH, messages=[{"role": "user", "content": TOOL}], extra_headers={"Idempotency-Key": "k"}
    )
    assert completion.choices[0].message.content == "Let me see.\n\nIt is 42."
    async with ada.claude.messages.stream(
        model=AZOTH,
        max_tokens=500,
        messages=[{"role": "user", "content": TOOL}],
        extra_headers={"Idempotency-Key": "k"},
    ) as stream:
        message = await stream.get_final_message()
    assert [block.text for block in message.content if block.type == "text"] == ["Let me see.", "It is 42."]
    chunks = await ada.gpt.chat.completions.create(
        model=AZOTH,
        stream=True,
        messages=[{"role": "user", "content": TOOL}],
        extra_headers={"Idempotency-Key": "k"},
    )
    text = "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])
    assert text == "Let me see.\n\nIt is 42."
    listed = (await ada.http.get("/api/v1/chat/conversations")).json()["conversations"]
    assert len(listed) == 1


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
async def test_a_client_that_comes_back_gets_the_same_bytes(ada: Caller, provider: Provider, path: str):
    text = "[[count 60]][[speed 200]]"
    beginning = await streamed(ada, path, "k", text, cut=1500)
    whole = await streamed(ada, path, "k", text)
    assert whole.startswith(beginning)
    assert len(whole) > len(beginning)
    assert await streamed(ada, path, "k", text) == whole
    asked = [seen for seen in provider.requests if "[[count 60]]" in str(seen.body["messages"][-1])]
    assert len([seen for seen in asked if "title" not in str(seen.body.get("system", ""))]) == 1


async def test_a_conversation_goes_on_where_it_is_named(ada: Caller, provider: Provider):
    first = await ada.claude.messages.with_raw_response.create(
        model=AZOTH, max_tokens=100, messages=[{"role": "user", "content": "My name is Ada."}]
    )
    conversation = first.headers["x-conversation-id"]
    await ada.claude.messages.create(
        model=AZOTH,
        max_tokens=100,
        messages=[{"role": "user", "content": "Two."}],
        extra_body={"metadata": {"conversation_id": conversation}},
    )
    await ada.gpt.chat.completions.create(
        model=AZOTH, messages=[{"role": "user", "content": "Three."}], metadata={"conversation_id": conversation}
    )
    await ada.gpt.chat.completions.create(
        model=AZOTH,
        messages=[{"role": "user", "content": "Four."}],
        extra_headers={"X-Conversation-Id": conversation},
    )
    said = [m["content"] for m in (await ada.person.open(conversation))["messages"] if m["role"] == "user"]
    assert said == ["My name is Ada.", "Two.", "Three.", "Four."]


async def test_what_was_said_before_goes_along_into_a_new_conversation(ada: Caller, provider: Provider):
    await ada.gpt.chat.completions.create(
        model=AZOTH,
        messages=[
            {"role": "system", "content": "Speak like a sailor."},
            {"role": "user", "content": "My name is Ada."},
            {"role": "assistant", "content": "Ahoy, Ada."},
            {"role": "user", "content": "What is my name?"},
        ],
    )
    told = str(provider.requests[0].body["messages"])
    assert all(part in told for part in ("Speak like a sailor.", "My name is Ada.", "Ahoy, Ada.", "What is my name?"))


async def test_an_image_goes_along(ada: Caller, provider: Provider):
    image = base64.b64encode(PIXEL).decode()
    await ada.claude.messages.create(
        model=AZOTH,
        max_tokens=100,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": image}},
                    {"type": "text", "text": "What is it?"},
                ],
            }
        ],
    )
    assert provider.requests[0].body["messages"][0]["content"][0]["source"]["data"] == image


async def test_another_s_conversation_is_not_there(ada: Caller, bob: Caller):
    first = await ada.claude.messages.with_raw_response.create(
        model=AZOTH, max_tokens=100, messages=[{"role": "user", "content": "a secret"}]
    )
    hers = first.headers["x-conversation-id"]
    for stream in (True, False):
        with pytest.raises(anthropic.NotFoundError) as theirs:
            await bob.claude.messages.create(
                model=AZOTH,
                max_tokens=100,
                stream=stream,
                messages=[{"role": "user", "content": "x"}],
                extra_headers={"X-Conversation-Id": hers},
            )
        with pytest.raises(openai.NotFoundError) as others:
            await bob.gpt.chat.completions.create(
                model=AZOTH,
                stream=stream,
                messages=[{"role": "user", "content": "x"}],
                metadata={"conversation_id": hers},
            )
        assert "secret" not in str(theirs.value) + str(others.value)


async def test_keys_of_different_people_are_different(ada: Caller, bob: Caller):
    answers = [
        await caller.claude.messages.with_raw_response.create(
            model=AZOTH,
            max_tokens=100,
            messages=[{"role": "user", "content": "hello"}],
            extra_headers={"Idempotency-Key": "same"},
        )
        for caller in (ada, bob)
    ]
    assert len({answer.headers["x-conversation-id"] for answer in answers}) == 2


async def test_agents_of_others_are_no_models(ada: Caller, bob: Caller):
    hers = Profile(agent="HERS", display_name="Hers", generation="2", lineage="", specialization="", persona="secret")
    async with ada.house.services.db.as_user(ada.id) as conn:
        assert await agents.summon(conn, ada.id, hers)
    assert (await ada.claude.models.retrieve("apex/HERS")).display_name == "Hers"
    for model in ("apex/HERS", "apex/NOBODY"):
        with pytest.raises(anthropic.NotFoundError, match=model):
            await bob.claude.models.retrieve(model)
        with pytest.raises(anthropic.NotFoundError):
            await bob.claude.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": "x"}])
    assert "apex/HERS" not in [model.id async for model in await bob.claude.models.list()]


async def test_an_agent_is_not_given_tools_and_answers_people_only(ada: Caller):
    with pytest.raises(anthropic.BadRequestError, match="tools of its own"):
        await ada.claude.messages.create(
            model=AZOTH,
            max_tokens=9,
            tools=[{"name": "clock", "input_schema": {"type": "object"}}],
            messages=[{"role": "user", "content": "x"}],
        )
    with pytest.raises(anthropic.BadRequestError, match="message of the user"):
        await ada.claude.messages.create(
            model=AZOTH,
            max_tokens=9,
            messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}],
        )


async def test_a_turn_that_fails_is_an_error_of_theirs(ada: Caller):
    text = "[[fault overloaded retry_after=60]]"
    with pytest.raises(anthropic.InternalServerError) as theirs:
        await ada.claude.messages.create(model=AZOTH, max_tokens=9, messages=[{"role": "user", "content": text}])
    assert theirs.value.type == "overloaded_error"
    with pytest.raises(openai.InternalServerError):
        await ada.gpt.chat.completions.create(model=AZOTH, stream=True, messages=[{"role": "user", "content": text}])


async def test_an_answer_goes_on_when_its_client_is_gone(ada: Caller, provider: Provider):
    text = "[[count 60]][[speed 200]]"
    call = asyncio.ensure_future(
        ada.claude.messages.create(
            model=AZOTH,
            max_tokens=500,
            messages=[{"role": "user", "content": text}],
            extra_headers={"Idempotency-Key": "k"},
        )
    )
    await provider.until(lambda: bool(provider.requests))
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert await provider.outcome(0) == "complete"
    again = await ada.claude.messages.create(
        model=AZOTH,
        max_tokens=500,
        messages=[{"role": "user", "content": text}],
        extra_headers={"Idempotency-Key": "k"},
    )
    assert again.content[0].text.endswith(" 60")  # type: ignore[union-attr]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
async def test_what_the_log_has_lost_comes_from_the_database(ada: Caller, provider: Provider, path: str):
    await streamed(ada, path, "k", TOOL)
    [conversation] = (await ada.http.get("/api/v1/chat/conversations")).json()["conversations"]
    await ada.house.services.redis.delete(stream_key(conversation_channel(UUID(conversation["id"]))))
    again = await streamed(ada, path, "k", TOOL)
    assert b"Let me see.\\n\\nIt is 42." in again
    assert again.rstrip().endswith(b"[DONE]" if "chat" in path else b'{"type":"message_stop"}')


async def test_a_step_that_is_made_again_is_told_again_apart():
    told = Telling(thinking=False)
    events = [("token", "a", "One t"), ("turn_resumed", "", ""), ("token", "b", "One two."), ("turn_ended", "", "")]
    entries = [Entry(f"{n}-0", orjson.dumps({"type": t, "message_id": m, "content": c}))
               for n, (t, m, c) in enumerate(events)]  # fmt: skip
    assert list(told.of(entries)) == [TextDelta("One t"), Parted(), TextDelta("One two.")]
    assert told.ended
