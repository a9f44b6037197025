"""Claude by its real SDK, against the loopback provider: what arrives when all goes well."""

from collections.abc import Callable
from contextlib import aclosing
from decimal import Decimal

import pytest

from cluster.models.card import ModelCard
from cluster.models.chat_model import (
    Block,
    ChatModel,
    ModelEvent,
    StepDone,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolSchema,
    UsageCounted,
)
from cluster.models.claude import CLAUDE
from tests.cluster.models.asking import ask, assistant, result, said, step, text, user
from tests.provider.answers import Answer, ToolUse
from tests.provider.server import Provider

Claude = Callable[[str], ChatModel]
CLOCK = ToolSchema(name="clock", description="The time.", parameters={"type": "object", "properties": {}})
PICTURE: Block = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
PAPER: Block = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A paper."}}


def named(card: ModelCard) -> str:
    return card.id


async def test_text_arrives_in_pieces_and_as_a_block(sonnet: ChatModel):
    events = [event async for event in sonnet.stream(ask("hello"))]
    assert [type(event) for event in events[:-1]] == [UsageCounted, *[TextDelta] * 3]
    assert said(events) == "You said: hello"
    done = events[-1]
    assert isinstance(done, StepDone)
    assert done.blocks == [text("You said: hello")]
    assert (done.stop_reason, done.model) == ("end_turn", "claude-sonnet-5-5")


async def test_the_first_delta_does_not_wait_for_the_second(sonnet: ChatModel, provider: Provider):
    async with aclosing(sonnet.stream(ask("[[count 2]] [[speed 4]]"))) as events:
        assert isinstance(await anext(events), UsageCounted)
        assert await anext(events) == TextDelta("1")
        assert provider.last.outcome == "running"


async def test_tools_are_asked_for_in_parallel(sonnet: ChatModel):
    done = await step(sonnet, ask('[[say Both.]] [[tool clock {"zone": "UTC"}]] [[tool clock {}]]', tools=[CLOCK]))
    assert done.stop_reason == "tool_use"
    assert [(call.name, call.arguments) for call in done.tool_calls] == [("clock", {"zone": "UTC"}), ("clock", {})]
    assert [block["type"] for block in done.blocks] == ["text", "tool_use", "tool_use"]


async def test_a_turn_goes_on_after_its_tools_with_thinking_as_it_was(claude: Claude, provider: Provider):
    opus = claude("claude-opus-5-5")
    asked = user("[[think Let me see.]] [[tool clock {}]]")
    first = await step(opus, ask(asked, model="claude-opus-5-5", tools=[CLOCK], thinking_tokens=2000))
    assert first.blocks[0]["thinking"] == "Let me see."
    back = user(result(first.tool_calls[0].id, "noon"))
    history = [asked, assistant(first.blocks), back]
    second = await step(opus, ask(*history, model="claude-opus-5-5", tools=[CLOCK], thinking_tokens=2000))
    assert second.blocks == [text("The tools answered: noon")]
    assert provider.last.body["messages"][1]["content"][0] == first.blocks[0]


async def test_the_provider_notices_thinking_that_was_changed(claude: Claude, provider: Provider):
    haiku = claude("claude-haiku-4-5")
    request = ask(user("[[think Hm.]] [[say Yes.]]"), model="claude-haiku-4-5", thinking_tokens=2000)
    first = await step(haiku, request)
    changed = [{**first.blocks[0], "thinking": "Something else."}, *first.blocks[1:]]
    history = [*request.messages, assistant(changed), user("And now?")]
    second = await step(haiku, ask(*history, model="claude-haiku-4-5", thinking_tokens=2000))
    assert [recorded.outcome for recorded in provider.requests] == ["complete", "400", "complete"]
    assert said([TextDelta(second.blocks[0]["text"])]) == "You said: And now?"


async def test_thinking_under_another_system_prompt_does_not_end_the_conversation(sonnet: ChatModel):
    request = ask("[[think Hm.]] [[say Yes.]]", thinking_tokens=2000)
    first = await step(sonnet, request)
    history = [*request.messages, assistant(first.blocks), user("Go on.")]
    second = await step(sonnet, ask(*history, system="You are somebody else now.", thinking_tokens=2000))
    assert second.stop_reason == "end_turn"


async def test_redacted_thinking_goes_back_as_it_came(claude: Claude, provider: Provider):
    opus = claude("claude-opus-4-6")
    provider.answer(Answer(redacted="sealed", tools=(ToolUse(name="clock"),)))
    request = ask("What time is it?", model="claude-opus-4-6", tools=[CLOCK], thinking_tokens=2000)
    first = await step(opus, request)
    assert first.blocks[0]["type"] == "redacted_thinking"
    history = [*request.messages, assistant(first.blocks), user(result(first.tool_calls[0].id, "noon"))]
    await step(opus, ask(*history, model="claude-opus-4-6", tools=[CLOCK], thinking_tokens=2000))
    assert provider.last.body["messages"][1]["content"][0] == first.blocks[0]


async def test_thinking_streams_apart_from_text(sonnet: ChatModel):
    events = [event async for event in sonnet.stream(ask("[[think One two.]] [[say Three.]]", thinking_tokens=2000))]
    assert [event for event in events if isinstance(event, ThinkingDelta)] == [
        ThinkingDelta("One"),
        ThinkingDelta(" two."),
    ]
    assert said(events) == "Three."


async def test_pictures_and_papers_are_sent_as_they_are(sonnet: ChatModel, provider: Provider):
    await step(sonnet, ask(user(PICTURE, PAPER, "What is this?")))
    assert provider.last.body["messages"][0]["content"][:2] == [PICTURE, PAPER]


@pytest.mark.parametrize("thinking", [0, 500, 20_000])
@pytest.mark.parametrize("card", CLAUDE, ids=named)
async def test_every_model_gets_what_it_accepts(claude: Claude, card: ModelCard, thinking: int):
    """The provider refuses what the real one refuses: thinking types, budgets, temperatures, efforts."""
    request = ask(
        "[[think Hm.]] [[say Yes.]]", model=card.id, thinking_tokens=thinking, temperature=0.3, max_tokens=500
    )
    first = await step(claude(card.id), request)
    history = [*request.messages, assistant(first.blocks), user("More")]
    again = ask(*history, model=card.id, thinking_tokens=thinking, temperature=0.3, max_tokens=500)
    assert (await step(claude(card.id), again)).stop_reason == "end_turn"


@pytest.mark.parametrize("other", ["claude-haiku-5-5", "claude-opus-4-5", "claude-sonnet-5-5"])
async def test_a_conversation_changes_its_model_and_its_thinking(claude: Claude, other: str):
    request = ask("[[think Hm.]] [[say Yes.]]", model="claude-opus-5-5", thinking_tokens=2000)
    first = await step(claude("claude-opus-5-5"), request)
    history = [*request.messages, assistant(first.blocks), user("More")]
    assert (await step(claude(other), ask(*history, model=other))).stop_reason == "end_turn"


async def test_what_the_api_would_refuse_is_left_out(sonnet: ChatModel, provider: Provider):
    broken: list[Block] = [{"type": "thinking", "thinking": "cut sh", "signature": ""}, text(" ")]
    await step(sonnet, ask("One", assistant(broken), "Two", system=" "))
    assert [message["role"] for message in provider.last.body["messages"]] == ["user"]
    assert "system" not in provider.last.body


async def test_a_longer_answer_than_allowed_ends_with_max_tokens(sonnet: ChatModel):
    events: list[ModelEvent] = [event async for event in sonnet.stream(ask("[[count 50]]", max_tokens=5))]
    done = events[-1]
    assert isinstance(done, StepDone)
    assert (done.stop_reason, said(events)) == ("max_tokens", "1 2 3 4 5")


async def test_half_a_tool_call_is_not_a_tool_call(sonnet: ChatModel, provider: Provider):
    provider.answer(Answer(text="Look:", tools=(ToolUse(name="clock", input={"zone": "Europe/Vienna"}),)))
    done = await step(sonnet, ask("Time?", tools=[CLOCK], max_tokens=2))
    assert (done.stop_reason, done.tool_calls, done.blocks) == ("max_tokens", [], [text("Look:")])


@pytest.mark.parametrize("reason", ["refusal", "pause_turn", "stop_sequence"])
async def test_stop_reasons_are_kept(sonnet: ChatModel, reason: str):
    assert (await step(sonnet, ask(f"[[say No.]] [[stop {reason}]]"))).stop_reason == reason


async def test_a_full_window_counts_as_max_tokens(sonnet: ChatModel):
    done = await step(sonnet, ask("[[say No.]] [[stop model_context_window_exceeded]]"))
    assert done.stop_reason == "max_tokens"


async def test_usage_and_cost_are_the_providers(sonnet: ChatModel, provider: Provider):
    first = ask("[[say Yes.]]")
    one = await step(sonnet, first)
    two = await step(sonnet, ask(*first.messages, assistant(one.blocks), "Again"))
    total = provider.app.total()
    assert one.usage.cache_write_tokens + two.usage.cache_write_tokens == total["cache_creation_input_tokens"]
    assert one.usage.output_tokens + two.usage.output_tokens == total["output_tokens"]
    assert two.usage.cache_read_tokens == one.usage.cache_write_tokens == total["cache_read_input_tokens"]
    expected = (
        total["input_tokens"] * Decimal(2)
        + total["output_tokens"] * Decimal(10)
        + total["cache_read_input_tokens"] * Decimal("0.10")
        + total["cache_creation_input_tokens"] * Decimal("2.50")
    ) / 1_000_000
    assert one.usage.cost_usd + two.usage.cost_usd == expected


async def test_connections_are_used_again(sonnet: ChatModel, provider: Provider):
    for _ in range(3):
        await step(sonnet, ask("hello"))
    assert len(provider.app.clients) == 1


async def test_a_call_of_a_tool_without_arguments_has_none(sonnet: ChatModel):
    done = await step(sonnet, ask("[[tool clock {}]]", tools=[CLOCK]))
    assert done.tool_calls == [ToolCall(id=done.tool_calls[0].id, name="clock", arguments={})]
