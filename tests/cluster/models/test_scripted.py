"""The scripted model: always the same answer."""

from contextlib import aclosing

import pytest

from cluster.models.catalogue import SCRIPTED
from cluster.models.chat_model import ModelBusy, ModelRequest, TextDelta, ThinkingDelta
from cluster.models.scripted import ScriptedChatModel
from tests.cluster.models.asking import ask, assistant, result, said, step, user

FAST = ScriptedChatModel(SCRIPTED, tokens_per_second=100_000)


def asking(*messages: object, **more: object) -> ModelRequest:
    return ask(*messages, model="scripted", **more)  # pyright: ignore[reportArgumentType]


async def test_it_echoes():
    events = [event async for event in FAST.stream(asking("hello  there"))]
    assert said(events) == "You said: hello  there"
    assert len([event for event in events if isinstance(event, TextDelta)]) == 4


async def test_it_asks_for_tools_and_reads_their_answers():
    first = await step(FAST, asking('use tool calculator with {"expression": "{1}"} and use tool clock with {}'))
    assert [(call.name, call.arguments) for call in first.tool_calls] == [
        ("calculator", {"expression": "{1}"}),
        ("clock", {}),
    ]
    answers = [result(call.id, "42") for call in first.tool_calls]
    second = await step(FAST, asking("use tool ...", assistant(first.blocks), user(*answers)))
    assert second.blocks[0]["text"] == "The tools answered: 42; 42"


async def test_it_counts_as_far_as_allowed():
    done = await step(FAST, asking("count to 500", max_tokens=10))
    assert (done.stop_reason, done.blocks[0]["text"]) == ("max_tokens", "1 2 3 4 5 6 7 8 9 10")
    assert done.usage.output_tokens == 10


async def test_it_thinks_when_asked():
    events = [event async for event in FAST.stream(asking("hello", thinking_tokens=1024))]
    assert isinstance(events[0], ThinkingDelta)


async def test_it_fails_on_demand_after_it_has_spoken():
    async with aclosing(FAST.stream(asking("please fail busy"))) as events:
        assert said([await anext(events) for _ in range(5)]) == "You said: please fail busy"
        with pytest.raises(ModelBusy) as caught:
            await anext(events)
    assert caught.value.usage is not None
