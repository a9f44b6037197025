"""The `openai` client against our chat completions, with a model behind it."""

import asyncio
import base64

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.provider.server import Provider
from tests.serve.compat.clients import SONNET, Caller
from tests.serve.live.house import eventually

CLOCK: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "clock", "description": "The time.", "parameters": {"type": "object"}},
}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 32).decode()


def user(text: str) -> ChatCompletionMessageParam:
    return {"role": "user", "content": text}


async def test_a_whole_completion_comes_with_its_usage(ada: Caller, provider: Provider):
    completion = await ada.gpt.chat.completions.create(
        model=SONNET, messages=[{"role": "system", "content": "Be brief."}, user("[[say Good day.]]")]
    )
    [choice] = completion.choices
    assert (choice.message.content, choice.finish_reason) == ("Good day.", "stop")
    assert provider.last.body["system"][0]["text"] == "Be brief."
    assert completion.usage is not None
    row = await ada.ledger("completions")
    assert row is not None
    assert completion.usage.completion_tokens == row["output"] == provider.last.usage["output_tokens"]
    assert completion.usage.prompt_tokens == row["input"] + row["read"] + row["written"]
    assert (await ada.gpt.models.retrieve(SONNET)).id == completion.model


async def test_chunks_stream_to_their_end_with_the_usage(ada: Caller):
    stream = await ada.gpt.chat.completions.create(
        model=SONNET, messages=[user("[[count 20]]")], stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == " ".join(map(str, range(1, 21)))
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens >= 20
    assert all(chunk.usage is None for chunk in chunks[:-1])


@pytest.mark.parametrize("stream", [False, True])
async def test_the_client_runs_its_own_tools(ada: Caller, provider: Provider, stream: bool):
    said = user('[[tool clock {"zone": "UTC"}]][[tool clock {}]][[then]][[say It is noon.]]')
    calls = await calls_of(ada, [said], stream=stream)
    assert [(name, arguments.replace(" ", "")) for _, name, arguments in calls] == [
        ("clock", '{"zone":"UTC"}'),
        ("clock", "{}"),
    ]
    asked: ChatCompletionMessageParam = {
        "role": "assistant",
        "tool_calls": [
            {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for id, name, arguments in calls
        ],
    }
    results: list[ChatCompletionMessageParam] = [
        {"role": "tool", "tool_call_id": id, "content": "12:00"} for id, _, _ in calls
    ]
    last = await ada.gpt.chat.completions.create(model=SONNET, messages=[said, asked, *results], tools=[CLOCK])
    assert last.choices[0].message.content == "It is noon."
    assert len(provider.last.body["messages"][2]["content"]) == 2


async def calls_of(
    caller: Caller, messages: list[ChatCompletionMessageParam], *, stream: bool
) -> list[tuple[str, str, str]]:
    """The tools that an answer asks for."""
    if not stream:
        whole = await caller.gpt.chat.completions.create(model=SONNET, messages=messages, tools=[CLOCK])
        assert whole.choices[0].finish_reason == "tool_calls"
        found = whole.choices[0].message.tool_calls or []
        return [(call.id, call.function.name, call.function.arguments) for call in found if call.type == "function"]
    async with caller.gpt.chat.completions.stream(model=SONNET, messages=messages, tools=[CLOCK]) as events:
        final = await events.get_final_completion()
    assert final.choices[0].finish_reason == "tool_calls"
    return [
        (call.id, call.function.name, call.function.arguments) for call in final.choices[0].message.tool_calls or []
    ]


async def test_what_a_request_asks_for_reaches_the_model(ada: Caller, provider: Provider):
    await ada.gpt.chat.completions.create(
        model=SONNET,
        max_completion_tokens=300,
        stop="STOP",
        tools=[CLOCK],
        tool_choice="required",
        parallel_tool_calls=False,
        response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}},
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
                ],
            }
        ],
    )
    body = provider.last.body
    assert body["messages"][0]["content"][1]["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": PIXEL,
    }
    assert body["max_tokens"] == 300
    assert body["stop_sequences"] == ["STOP"]
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert body["output_config"]["format"]["schema"] == {"type": "object"}


async def test_reasoning_is_asked_for_by_effort(ada: Caller, provider: Provider):
    completion = await ada.gpt.chat.completions.create(
        model=SONNET, reasoning_effort="medium", messages=[user("[[think Hm.]][[say Yes.]]")]
    )
    assert provider.last.body["output_config"]["effort"] == "medium"
    assert completion.choices[0].message.content == "Yes."
    assert (completion.choices[0].message.model_extra or {})["reasoning_content"] == "Hm."


async def test_the_model_is_hung_up_on_when_the_client_goes(ada: Caller, provider: Provider):
    stream = await ada.gpt.chat.completions.create(
        model=SONNET, messages=[user("[[count 500]][[speed 20]]")], stream=True
    )
    await anext(aiter(stream))
    await stream.close()
    assert await provider.outcome() == "closed"
    await ada.paid("completions")


async def test_the_model_is_hung_up_on_when_nobody_waits_for_the_whole(ada: Caller, provider: Provider):
    call = asyncio.ensure_future(
        ada.gpt.chat.completions.create(model=SONNET, messages=[user("[[count 500]][[speed 20]]")])
    )
    await eventually(lambda: bool(provider.requests))
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert await provider.outcome() == "closed"


async def test_the_scripted_model_and_its_tools_are_there_too(ada: Caller):
    stream = await ada.gpt.chat.completions.create(
        model="scripted", messages=[user('use tool clock with {"zone": "UTC"}')], tools=[CLOCK], stream=True
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert "".join(call.function.arguments or "" for call in calls if call.function) == '{"zone":"UTC"}'


async def test_models_are_listed_and_found(ada: Caller):
    listed = [model async for model in await ada.gpt.models.list()]
    assert {SONNET, "apex/AZOTH"} <= {model.id for model in listed}
    assert (await ada.gpt.models.retrieve("apex/AZOTH")).owned_by == "apexaurum"
    with pytest.raises(openai.NotFoundError):
        await ada.gpt.models.retrieve("gpt-none")
