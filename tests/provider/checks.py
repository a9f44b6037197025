"""Refuses what the real Messages API refuses, so that a request which passes here would pass there.

The table of models is written down a second time on purpose (docs: thinking-troubleshooting, preserved-thinking): the
catalogue must agree with it, not be its source. One rule is stricter than the API: roles must take turns.
"""

import hashlib
import re
from typing import Any, cast

import orjson

Json = dict[str, Any]
FIELDS = {
    *("model", "messages", "max_tokens", "stream", "system", "tools", "tool_choice", "thinking", "temperature"),
    *("output_config", "metadata", "stop_sequences"),
}
MANUAL_ONLY = re.compile(r"claude-(opus|haiku|sonnet)-4-5")
BOTH = re.compile(r"claude-(opus|sonnet)-4-6")
NEVER_OFF = re.compile(r"claude-(fable-|opus-5-5)")
BETWEEN_TOOLS = re.compile(r"claude-sonnet-5-5")
BOUND = re.compile(r"claude-(fable-5-[12]|opus-5-5|sonnet-5-5|haiku-5-5)")
BINDING_BETA = "thinking-binding-controls-2026-08-01"
THINKING = ("thinking", "redacted_thinking")


class Refused(Exception):
    """The request is not valid: status 400 with this message."""


def check(body: Json, headers: dict[str, str]) -> None:
    """Raises Refused."""
    if unknown := set(body) - FIELDS:
        raise Refused(f"{sorted(unknown)[0]}: Extra inputs are not permitted")
    if not 1 <= body.get("max_tokens", 0) <= 128_000:
        raise Refused("max_tokens: Input should be between 1 and 128000")
    check_thinking(body, headers)
    check_marks(body)
    check_messages(body["messages"])
    check_tools(body["messages"])
    check_signatures(body)


def check_thinking(body: Json, headers: dict[str, str]) -> None:
    """Which thinking a model takes, and what goes with it."""
    model: str = body["model"]
    thinking: Json = body.get("thinking") or {}
    kind = thinking.get("type")
    manual = bool(MANUAL_ONLY.match(model) or BOTH.match(model))
    rejected = {
        "enabled": not manual,
        "adaptive": bool(MANUAL_ONLY.match(model)),
        "disabled": bool(NEVER_OFF.match(model) or BETWEEN_TOOLS.match(model)),
        "between_tools": not BETWEEN_TOOLS.match(model),
    }
    if kind is not None and rejected[kind]:
        raise Refused(f'"thinking.type.{kind}" is not supported for this model.')
    if kind == "enabled" and not 1024 <= thinking["budget_tokens"] < body["max_tokens"]:
        raise Refused("`max_tokens` must be greater than `thinking.budget_tokens`, and the budget at least 1024")
    if "block_binding" in thinking and BINDING_BETA not in headers.get("anthropic-beta", ""):
        raise Refused("thinking.block_binding: Extra inputs are not permitted")
    if "temperature" in body and not manual:
        raise Refused("`temperature` is deprecated for this model.")
    if body.get("temperature", 1) != 1 and kind in ("enabled", "adaptive"):
        raise Refused("`temperature` may only be set to 1 when thinking is enabled.")
    if "output_config" in body and MANUAL_ONLY.match(model):
        raise Refused("This model does not support the effort parameter.")


def check_marks(body: Json) -> None:
    """At most four cache marks, none on thinking or empty text."""
    places = [*body.get("tools", ()), *blocks_of(body.get("system", ()))]
    places += [block for message in body["messages"] for block in blocks_of(message["content"])]
    marks = [block for block in places if "cache_control" in block]
    if len(marks) > 4:
        raise Refused(f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")
    for block in marks:
        if block.get("type") in THINKING:
            raise Refused("cache_control cannot be set for thinking blocks")
        if block.get("type") == "text" and not block["text"]:
            raise Refused("cache_control cannot be set for empty text blocks")


def check_messages(messages: list[Json]) -> None:
    """Roles, and content that is there."""
    if not messages or messages[0]["role"] != "user":
        raise Refused("messages: first message must use the `user` role")
    for index, message in enumerate(messages):
        if index and message["role"] == messages[index - 1]["role"]:
            raise Refused(f"messages.{index}: roles must alternate")
        if not message["content"]:
            raise Refused(f"messages.{index}: content must not be empty")
        for block in blocks_of(message["content"]):
            if block["type"] == "text" and not block["text"].strip():
                raise Refused(f"messages.{index}: text content blocks must contain non-whitespace text")


def check_tools(messages: list[Json]) -> None:
    """Each tool use is answered in the next message, and nothing else is."""
    asked: list[str] = []
    for index, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        given = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if message["role"] == "user":
            if missing := set(asked) - set(given):
                raise Refused(f"messages.{index}: `tool_use` ids without `tool_result` blocks: {sorted(missing)}")
            if unknown := set(given) - set(asked):
                raise Refused(f"messages.{index}: unexpected `tool_use_id`: {sorted(unknown)}")
        asked = [block["id"] for block in blocks if block["type"] == "tool_use"]
    if asked:
        raise Refused("`tool_use` ids were found without `tool_result` blocks")


def check_signatures(body: Json) -> None:
    """Thinking comes back as it was written; on some models after exactly what it was written after."""
    thinking: Json = body.get("thinking") or {}
    drop = thinking.get("block_binding", {}).get("prefix_mismatch_behavior") == "drop_block"
    for index, message in enumerate(body["messages"]):
        for place, block in enumerate(blocks_of(message["content"])):
            if block["type"] not in THINKING:
                continue
            written, _, after = signature_of(block).partition(".")
            where = f"messages.{index}.content.{place}: Invalid `signature` in `thinking` block."
            if written != digest(block.get("thinking", "redacted")):
                raise Refused(where)
            if BOUND.match(body["model"]) and not drop and after != prefix(body, index):
                raise Refused(f"{where} The block is bound to a different conversation.")
    if thinking.get("type") == "enabled" and len(body["messages"]) > 1:
        last = blocks_of(body["messages"][-2]["content"])
        if any(block["type"] == "tool_use" for block in last) and last[0]["type"] not in THINKING:
            raise Refused("Expected `thinking` or `redacted_thinking`, but found `tool_use`.")


def signature_of(block: Json) -> str:
    """A thinking block's signature, wherever it keeps it."""
    return block["signature"] if block["type"] == "thinking" else block["data"]


def sign(body: Json, thinking: str) -> str:
    """The signature of thinking that answers a request."""
    return f"{digest(thinking)}.{prefix(body, len(body['messages']))}"


def prefix(body: Json, index: int) -> str:
    """Everything before a message."""
    return digest([unmarked(body.get("system")), unmarked(body.get("tools")), unmarked(body["messages"][:index])])


def digest(value: Any) -> str:
    """A short name for a value."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def unmarked(value: Any) -> Any:
    """A value without its cache marks, which change nothing."""
    if isinstance(value, dict):
        return {key: unmarked(item) for key, item in cast("Json", value).items() if key != "cache_control"}
    return [unmarked(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def blocks_of(content: Any) -> list[Json]:
    """Content as blocks, from text or blocks."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
