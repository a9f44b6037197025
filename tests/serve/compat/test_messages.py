"""The `anthropic` client against our Messages API, with a model behind it."""

import asyncio
import base64

import anthropic
import pytest
from anthropic.types import MessageParam, TextBlockParam, ToolParam

from tests.provider.server import Provider
from tests.serve.compat.clients import SONNET, Caller
from tests.serve.live.house import eventually

CLOCK: ToolParam = {"name": "clock", "description": "The time.", "input_schema": {"type": "object"}}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 32).decode()


def user(text: str) -> MessageParam:
    return {"role": "user", "content": text}


def results(calls: list[str]) -> MessageParam:
    """What the client's tools say."""
    noon: TextBlockParam = {"type": "text", "text": "12:00"}
    return {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call, "content": [noon]} for call in calls],
    }


async def test_a_whole_message_comes_with_its_usage(ada: Caller, provider: Provider):
    message = await ada.claude.messages.create(model=SONNET, max_tokens=100, messages=[user("[[say Good day.]]")])
    assert [block.type for block in message.content] == ["text"]
    assert message.content[0].text == "Good day."  # type: ignore[union-attr]
    assert (message.role, message.model, message.stop_reason) == ("assistant", SONNET, "end_turn")
    assert message.usage.output_tokens == provider.last.usage["output_tokens"]
    assert message.usage.cache_creation_input_tokens == provider.last.usage["cache_creation_input_tokens"]
    row = await ada.ledger("messages")
    assert row is not None
    assert (row["model"], row["calls"], row["output"]) == (SONNET, 1, message.usage.output_tokens)
    assert row["input"] == message.usage.input_tokens


async def test_a_stream_is_the_messages_api_s(ada: Caller):
    async with ada.claude.messages.stream(
        model=SONNET,
        max_tokens=4000,
        thinking={"type": "adaptive"},
        messages=[user("[[think Let me see.]][[count 20]]")],
    ) as stream:
        kinds = [event.type async for event in stream]
        message = await stream.get_final_message()
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].signature  # type: ignore[union-attr]
    assert message.content[1].text == " ".join(map(str, range(1, 21)))  # type: ignore[union-attr]
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 20


@pytest.mark.parametrize("stream", [False, True])
async def test_the_client_runs_its_own_tools(ada: Caller, provider: Provider, stream: bool):
    said = '[[tool clock {"zone": "UTC"}]][[tool clock {}]][[then]][[say It is noon.]]'
    messages: list[MessageParam] = [user(said)]
    for expected in ("tool_use", "end_turn"):
        if stream:
            async with ada.claude.messages.stream(
                model=SONNET, max_tokens=500, tools=[CLOCK], messages=messages
            ) as events:
                message = await events.get_final_message()
        else:
            message = await ada.claude.messages.create(
                model=SONNET, max_tokens=500, tools=[CLOCK], messages=messages, tool_choice={"type": "auto"}
            )
        assert message.stop_reason == expected
        calls = [block for block in message.content if block.type == "tool_use"]
        messages += [message.to_param(), results([call.id for call in calls])]
        if expected == "tool_use":
            assert [(call.name, call.input) for call in calls] == [("clock", {"zone": "UTC"}), ("clock", {})]
    assert message.content[0].text == "It is noon."  # type: ignore[union-attr]
    assert provider.last.body["tools"][0]["name"] == "clock"


async def test_thinking_goes_back_with_its_signature(ada: Caller, provider: Provider):
    first = user("[[think Hm.]][[tool clock {}]][[then]][[say Noon.]]")
    async with ada.claude.messages.stream(
        model="claude-opus-4-5", max_tokens=4000, tools=[CLOCK], messages=[first],
        thinking={"type": "enabled", "budget_tokens": 2000},
    ) as events:  # fmt: skip
        step = await events.get_final_message()
    call = next(block for block in step.content if block.type == "tool_use")
    result: MessageParam = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "12:00"}],
    }
    last = await ada.claude.messages.create(
        model="claude-opus-4-5", max_tokens=4000, tools=[CLOCK], messages=[first, step.to_param(), result],
        thinking={"type": "enabled", "budget_tokens": 2000},
    )  # fmt: skip
    assert last.content[-1].text == "Noon."  # type: ignore[union-attr]
    assert provider.last.body["max_tokens"] == 4000
    assert provider.last.body["messages"][1]["content"][0]["type"] == "thinking"


async def test_images_and_what_else_a_request_asks_for_reach_the_model(ada: Caller, provider: Provider):
    await ada.claude.messages.create(
        model=SONNET,
        max_tokens=100,
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        stop_sequences=["STOP"],
        tools=[CLOCK],
        tool_choice={"type": "tool", "name": "clock"},
        output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}},
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
                    {"type": "text", "text": "What is it?", "cache_control": {"type": "ephemeral"}},
                ],
            }
        ],
    )
    body = provider.last.body
    assert body["messages"][0]["content"][0]["source"]["data"] == PIXEL
    assert body["system"][0]["text"] == "Be brief."
    assert body["stop_sequences"] == ["STOP"]
    assert body["tool_choice"] == {"type": "tool", "name": "clock"}
    assert body["output_config"]["format"]["schema"] == {"type": "object"}


async def test_the_model_is_hung_up_on_when_the_client_goes(ada: Caller, provider: Provider):
    async with ada.claude.messages.stream(
        model=SONNET, max_tokens=900, messages=[user("[[count 500]][[speed 20]]")]
    ) as stream:
        async for _ in stream.text_stream:
            break
    assert await provider.outcome() == "closed"
    await ada.paid("messages")


async def test_the_model_is_hung_up_on_when_nobody_waits_for_the_whole(ada: Caller, provider: Provider):
    call = asyncio.ensure_future(
        ada.claude.messages.create(model=SONNET, max_tokens=900, messages=[user("[[count 500]][[speed 20]]")])
    )
    await eventually(lambda: bool(provider.requests))
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert await provider.outcome() == "closed"


async def test_tokens_are_counted_roughly(ada: Caller):
    short = await ada.claude.messages.count_tokens(model=SONNET, messages=[user("one two three")])
    long = await ada.claude.messages.count_tokens(model=SONNET, system="x" * 400, messages=[user("x" * 4000)])
    assert 0 < short.input_tokens < 20
    assert 900 < long.input_tokens < 1300


async def test_models_are_listed_and_found(ada: Caller):
    listed = [model async for model in await ada.claude.models.list()]
    ids = [model.id for model in listed]
    assert {SONNET, "scripted", "apex/AZOTH"} <= set(ids)
    one = await ada.claude.models.retrieve("apex/AZOTH")
    assert (one.id, one.display_name, one.type) == ("apex/AZOTH", "Azoth", "model")
    paged = [model.id async for model in await ada.claude.models.list(limit=3)]
    assert paged == ids
    with pytest.raises(anthropic.NotFoundError):
        await ada.claude.models.retrieve("claude-none")
