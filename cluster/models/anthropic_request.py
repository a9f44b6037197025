"""Turns a step that is asked for into the body of a Messages call, within what the model accepts.

Nothing that the caller handed in is changed: marks and repairs are made on copies. Two repairs keep a conversation
alive that would otherwise be refused for ever: blocks that the API rejects (empty text, thinking that broke off before
its signature) are left out, and neighbours of the same role are joined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.models.card import ModelCard
from cluster.models.chat_model import Block, ModelMessage, ModelRequest, Wishes

Json = dict[str, Any]
CACHED: Mapping[str, str] = {"type": "ephemeral"}
MARKED_TURNS = 2
"""With the tools and the system prompt that makes four marks, the most that a request may have."""
SMALLEST_BUDGET = 1024
"""Fewer thinking tokens are refused (docs: extended thinking)."""
UNASKED_THINKING = 4096
"""Room for the thinking of models that always think, on top of what the answer may have."""
BINDING_BETA = "thinking-binding-controls-2026-08-01"
"""Lets a request say that thinking bound to other surroundings is dropped, where it would be refused."""
THINKING = ("thinking", "redacted_thinking")


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is sent: the body of a Messages call, and headers."""

    body: Json
    headers: dict[str, str]

    @property
    def has_thinking(self) -> bool:
        """Whether the history holds thinking, which the provider may no longer accept."""
        return any(block["type"] in THINKING for message in self.body["messages"] for block in message["content"])


def build_call(card: ModelCard, request: ModelRequest, *, keep_thinking: bool = True) -> Call:
    """The call for a request. Without `keep_thinking` the history's thinking is left out and none is asked for."""
    asked = request.thinking_tokens if keep_thinking and card.thinking else 0
    whole = asked > 0 or card.abilities.thinking_off == "low_effort"
    since = len(request.messages) if not keep_thinking else 0 if whole else last_said(request.messages) + 1
    history = merged(request.messages, thinking_since=since)
    body: Json = {
        "model": request.model,
        "messages": marked(history),
        "max_tokens": room(card, request, asked),
        "stream": True,
        **thinking(card, asked),
    }
    if request.system.strip():
        body["system"] = [{"type": "text", "text": request.system, "cache_control": CACHED}]
    if request.tools:
        body["tools"] = tools(request)
    if request.temperature is not None and card.abilities.temperature and asked == 0:
        body["temperature"] = request.temperature
    if request.answer_schema is not None:
        shape = {"type": "json_schema", "schema": dict(request.answer_schema)}
        body["output_config"] = {**body.get("output_config", {}), "format": shape}
    if request.wishes is not None:
        body |= granted(card, request.wishes, body)
    call = Call(body=body, headers={})
    return bound_softly(card, call) if card.abilities.bound_thinking and call.has_thinking else call


def thinking(card: ModelCard, asked: int) -> Json:
    """The arguments that turn thinking on to the depth asked for, or off as far as the model lets it be."""
    abilities = card.abilities
    if asked > 0 and abilities.thinking == "manual":
        return {"thinking": {"type": "enabled", "budget_tokens": max(SMALLEST_BUDGET, asked)}}
    if asked > 0:
        shown = {"type": "adaptive", "display": "summarized"}
        return {"thinking": shown, "output_config": {"effort": effort(asked)}}
    if abilities.thinking_off == "omit":
        return {}
    if abilities.thinking_off == "low_effort":
        return {"output_config": {"effort": "low"}}
    return {"thinking": {"type": abilities.thinking_off}}


def granted(card: ModelCard, wishes: Wishes, body: Json) -> Json:
    """The arguments that a program's wishes come to."""
    said: Json = {}
    if wishes.tool_choice is not None and "tools" in body:
        said["tool_choice"] = dict(wishes.tool_choice)
    if wishes.stop_sequences:
        said["stop_sequences"] = list(wishes.stop_sequences)
    if wishes.effort is not None and card.abilities.thinking == "adaptive":
        said["output_config"] = {**body.get("output_config", {}), "effort": wishes.effort}
    return said


def effort(tokens: int) -> str:
    """The effort that stands for a budget, on models that take no budget."""
    return "low" if tokens < 4096 else "medium" if tokens < 16_384 else "high"


def room(card: ModelCard, request: ModelRequest, asked: int) -> int:
    """Most tokens of the step: the answer's, and what thinking takes out of the same purse."""
    if request.wishes is not None:
        return min(card.max_output_tokens, request.max_tokens)
    always = UNASKED_THINKING if card.abilities.thinking_off == "low_effort" else 0
    extra = max(asked, SMALLEST_BUDGET) if asked else always
    return min(card.max_output_tokens, request.max_tokens + extra)


def tools(request: ModelRequest) -> list[Json]:
    """The tools, the last one marked: the mark covers all of them."""
    listed: list[Json] = [
        {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
        for tool in request.tools
    ]
    listed[-1]["cache_control"] = CACHED
    return listed


def last_said(messages: Sequence[ModelMessage]) -> int:
    """Index of the last message that a person wrote, and not a tool; -1 if there is none."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user" and any(block["type"] != "tool_result" for block in message.content):
            return index
    return -1


def merged(messages: Sequence[ModelMessage], *, thinking_since: int) -> list[Json]:
    """The history with roles that take turns, less what the API rejects and the thinking before an index.

    Where a step wants no thinking, only that of the turn which goes on goes back, as the API demands of tool loops.
    """
    history: list[Json] = []
    for index, message in enumerate(messages):
        kept = [block for block in message.content if sendable(block, thinking=index >= thinking_since)]
        if not kept:
            continue
        if history and history[-1]["role"] == message.role:
            history[-1]["content"] = [*history[-1]["content"], *kept]
        else:
            history.append({"role": message.role, "content": kept})
    return history


def sendable(block: Block, *, thinking: bool) -> bool:
    """Whether the API takes this block back."""
    match block["type"]:
        case "text":
            return bool(block["text"].strip())
        case "thinking":
            return thinking and bool(block.get("signature"))
        case "redacted_thinking":
            return thinking
        case _:
            return True


def marked(history: list[Json]) -> list[Json]:
    """The history with cache marks on the last turns of the user, so that the next step reads up to this one's end."""
    left = MARKED_TURNS
    result = list(history)
    for index in range(len(history) - 1, -1, -1):
        if left == 0:
            break
        if history[index]["role"] == "user":
            content = history[index]["content"]
            result[index] = {"role": "user", "content": [*content[:-1], {**content[-1], "cache_control": CACHED}]}
            left -= 1
    return result


def bound_softly(card: ModelCard, call: Call) -> Call:
    """Let thinking that was written under another prompt, other tools or an edited history be dropped."""
    body = dict(call.body)
    current = body.get("thinking", {"type": "adaptive"})
    if current["type"] != "adaptive":
        return call
    body["thinking"] = {**current, "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    return Call(body=body, headers={**call.headers, "anthropic-beta": BINDING_BETA})
