"""Claude when things go wrong: each fault becomes one of our errors, with what was counted by then."""

import asyncio
import pickle
from contextlib import aclosing

import pytest

from cluster.models.anthropic import AnthropicChatModel, AnthropicConnection
from cluster.models.chat_model import (
    ChatModel,
    ModelBusy,
    ModelError,
    ModelEvent,
    ModelRefused,
    ModelRequest,
    ModelUnreachable,
    TextDelta,
    UsageCounted,
)
from cluster.models.claude import CLAUDE
from tests.cluster.models.asking import ask, said, step
from tests.provider.server import Provider

THREE = "one two three"


async def until_it_fails(model: ChatModel, request: ModelRequest) -> tuple[str, ModelError]:
    """What was said before the error, and the error."""
    events: list[ModelEvent] = []
    try:
        async for event in model.stream(request):
            events.append(event)
    except ModelError as error:
        return said(events), error
    pytest.fail("it did not fail")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("cut", ModelUnreachable),
        ("malformed", ModelUnreachable),
        ("silence", ModelUnreachable),
        ("error type=overloaded_error", ModelBusy),
        ("error type=rate_limit_error", ModelBusy),
        ("error type=api_error", ModelUnreachable),
        ("error type=invalid_request_error", ModelRefused),
    ],
)
async def test_a_stream_that_breaks_keeps_what_arrived(
    sonnet: ChatModel, provider: Provider, fault: str, expected: type[ModelError]
):
    told, error = await until_it_fails(sonnet, ask(f"[[fault {fault} after=3]]"))
    assert (told, type(error)) == (THREE, expected)
    assert error.usage is not None
    assert error.usage.cache_write_tokens == provider.last.usage["cache_creation_input_tokens"]
    assert len(provider.requests) == 1, "after the first delta nothing is tried again"


async def test_silence_ends_in_the_time_that_was_set(sonnet: ChatModel):
    async with asyncio.timeout(3):
        _, error = await until_it_fails(sonnet, ask("[[fault silence after=1 seconds=30]]"))
    assert "silent" in str(error)


async def test_pings_are_no_silence(provider: Provider):
    """Four tokens a second, and half a second of silence allowed: every byte counts."""
    connection = AnthropicConnection("a key", provider.url, silence=0.5)
    done = await step(AnthropicChatModel(CLAUDE[0], connection), ask("[[count 5]] [[speed 4]]"))
    await connection.close()
    assert done.blocks[0]["text"] == "1 2 3 4 5"


@pytest.mark.parametrize("fault", ["overloaded", "rate_limit", "server_error", "error after=0", "cut after=0"])
async def test_what_passes_is_tried_again(sonnet: ChatModel, provider: Provider, fault: str):
    done = await step(sonnet, ask(f"[[fault {fault} times=1 retry_after=0.05]] [[say Yes.]]"))
    assert done.blocks[0]["text"] == "Yes."
    assert len(provider.requests) == 2


async def test_retry_after_is_obeyed(sonnet: ChatModel, provider: Provider):
    await step(sonnet, ask("[[fault overloaded times=1 retry_after=0.4]]"))
    first, second = provider.requests
    assert second.at - first.at >= 0.4


async def test_a_long_retry_after_is_not_waited_for(sonnet: ChatModel, provider: Provider):
    async with asyncio.timeout(3):
        _, error = await until_it_fails(sonnet, ask("[[fault rate_limit retry_after=3600]]"))
    assert isinstance(error, ModelBusy)
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("overloaded", ModelBusy), ("rate_limit", ModelBusy), ("server_error", ModelUnreachable)],
)
async def test_what_does_not_pass_is_given_up(
    sonnet: ChatModel, provider: Provider, fault: str, expected: type[ModelError]
):
    _, error = await until_it_fails(sonnet, ask(f"[[fault {fault} retry_after=0.01]]"))
    assert type(error) is expected
    assert len(provider.requests) == 3


@pytest.mark.parametrize("fault", ["refused", "unauthorized"])
async def test_what_is_refused_is_not_tried_again(sonnet: ChatModel, provider: Provider, fault: str):
    _, error = await until_it_fails(sonnet, ask(f"[[fault {fault}]]"))
    assert isinstance(error, ModelRefused)
    assert len(provider.requests) == 1


async def test_nobody_listening_is_unreachable():
    connection = AnthropicConnection("a key", "http://127.0.0.1:9", silence=0.5)
    _, error = await until_it_fails(AnthropicChatModel(CLAUDE[0], connection), ask("hello"))
    await connection.close()
    assert isinstance(error, ModelUnreachable)


async def test_closing_the_stream_closes_the_call(sonnet: ChatModel, provider: Provider):
    async with aclosing(sonnet.stream(ask("[[count 1000]] [[speed 50]]"))) as events:
        assert isinstance(await anext(events), UsageCounted)
        assert await anext(events) == TextDelta("1")
    assert await provider.outcome() == "closed"


async def test_cancelling_who_listens_closes_the_call(sonnet: ChatModel, provider: Provider):
    async def listen() -> None:
        async with aclosing(sonnet.stream(ask("[[count 1000]] [[speed 50]]"))) as events:
            async for _ in events:
                heard.set()

    heard = asyncio.Event()
    listening = asyncio.create_task(listen())
    await heard.wait()
    listening.cancel()
    await asyncio.wait({listening})
    assert await provider.outcome() == "closed"


async def test_cancelling_before_the_first_token_closes_the_call(sonnet: ChatModel, provider: Provider):
    waiting = asyncio.create_task(step(sonnet, ask("[[first 30]]")))
    await provider.until(lambda: bool(provider.requests))
    waiting.cancel()
    await asyncio.wait({waiting})
    assert await provider.outcome() == "closed"


async def test_an_error_travels_with_its_usage(sonnet: ChatModel):
    _, error = await until_it_fails(sonnet, ask("[[fault cut]]"))
    received = pickle.loads(pickle.dumps(error))
    assert (type(received), str(received), received.usage) == (type(error), str(error), error.usage)
