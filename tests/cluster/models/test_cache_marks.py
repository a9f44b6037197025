"""Prompt caching: four marks at most, where they are legal, and the next step reads what this one wrote."""

import copy

from cluster.models.chat_model import ChatModel, ModelMessage, ToolSchema
from tests.cluster.models.asking import ask, assistant, result, step, text, user
from tests.provider.server import Provider

TOOLS = [ToolSchema(name=name, description=name, parameters={"type": "object"}) for name in ("one", "two")]
MARK = {"type": "ephemeral"}


async def test_tools_system_and_the_last_two_turns_are_marked(sonnet: ChatModel, provider: Provider):
    await step(sonnet, ask("A", assistant([text("a")]), "B", assistant([text("b")]), "C", tools=TOOLS))
    body = provider.last.body
    assert [tool.get("cache_control") for tool in body["tools"]] == [None, MARK]
    assert body["system"][-1]["cache_control"] == MARK
    marks = [message["content"][-1].get("cache_control") for message in body["messages"]]
    assert marks == [None, None, MARK, None, MARK]


async def test_what_the_caller_holds_is_not_changed(sonnet: ChatModel):
    request = ask(user({"type": "text", "text": "A"}), tools=TOOLS)
    before = copy.deepcopy(request)
    await step(sonnet, request)
    assert request == before


async def test_an_empty_text_at_the_end_is_not_marked(sonnet: ChatModel, provider: Provider):
    await step(sonnet, ask(user("A", "")))
    assert provider.last.body["messages"][0]["content"] == [{**text("A"), "cache_control": MARK}]


async def test_the_next_turn_reads_all_that_was_there_before(sonnet: ChatModel):
    history: list[ModelMessage | str] = ["[[say One.]]"]
    read: list[int] = []
    written: list[int] = []
    for said in ("Two", "Three", "Four"):
        done = await step(sonnet, ask(*history, tools=TOOLS))
        history += [assistant(done.blocks), said]
        read.append(done.usage.cache_read_tokens)
        written.append(done.usage.cache_write_tokens)
    assert read == [0, written[0], written[0] + written[1]]


async def test_a_tool_loop_reads_too(sonnet: ChatModel):
    asked = user("[[tool one {}]] [[then]] [[tool two {}]]")
    first = await step(sonnet, ask(asked, tools=TOOLS))
    answered = user(result(first.tool_calls[0].id, "1"))
    second = await step(sonnet, ask(asked, assistant(first.blocks), answered, tools=TOOLS))
    assert second.usage.cache_read_tokens == first.usage.cache_write_tokens
    assert second.usage.input_tokens == 0
    assert second.tool_calls[0].name == "two"


async def test_the_middle_of_the_history_changes_nothing_before_it(sonnet: ChatModel):
    await step(sonnet, ask("A", assistant([text("a")]), "B", tools=TOOLS))
    done = await step(sonnet, ask("A", assistant([text("other")]), "B", tools=TOOLS))
    assert 0 < done.usage.cache_read_tokens < done.usage.cache_read_tokens + done.usage.cache_write_tokens
