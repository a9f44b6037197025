"""Turns a request for a chat completion into what our models are asked."""

import re
from typing import Any, Literal, assert_never

import orjson

from cluster.errors import Invalid
from cluster.models.chat_model import Block, ModelMessage, ModelRequest, ToolSchema, Wishes
from serve.compat.completions_wire import (
    Asked,
    Call,
    Choice,
    Effort,
    File,
    FromAssistant,
    FromTool,
    FromUser,
    Image,
    Instruction,
    Refusal,
    Text,
)
from serve.compat.messages_request import BUDGETS, SMALLEST_BUDGET

Json = dict[str, Any]
ANSWER_TOKENS = 8192
"""Most tokens of an answer for which no limit was asked."""
DATA_URL = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)
JSON_ONLY = "Answer with one JSON object and nothing else."
EFFORTS: dict[Effort, Literal["low", "medium", "high", "xhigh", "max"]] = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}


def request_of(asked: Asked) -> ModelRequest:
    """The step that a client asks for. Raises Invalid."""
    effort = EFFORTS.get(asked.reasoning_effort) if asked.reasoning_effort else None
    most = asked.max_completion_tokens or asked.max_tokens
    thinking = 0 if effort is None else budget(BUDGETS[effort], most)
    format = asked.response_format
    schema = format.json_schema.schema_ if format is not None and format.json_schema is not None else None
    system = [text_of(m.content) for m in asked.messages if isinstance(m, Instruction)]
    if format is not None and format.type == "json_object":
        system.append(JSON_ONLY)
    said = [said_by(message) for message in asked.messages if not isinstance(message, Instruction)]
    if not said:
        raise Invalid("messages: there is no message besides instructions")
    return ModelRequest(
        model=asked.model,
        system="\n\n".join(system),
        messages=said,
        tools=tools_of(asked),
        max_tokens=most or ANSWER_TOKENS + thinking,
        thinking_tokens=thinking,
        temperature=None if asked.temperature is None else min(1.0, asked.temperature),
        answer_schema=schema,
        wishes=Wishes(
            tool_choice=choice_of(asked),
            stop_sequences=[asked.stop] if isinstance(asked.stop, str) else asked.stop or (),
            effort=effort,
        ),
    )


def budget(wanted: int, most: int | None) -> int:
    """Thinking tokens for an effort, within what the whole answer may have; 0 where there is no room for any."""
    if most is None:
        return wanted
    return min(wanted, most - SMALLEST_BUDGET) if most >= 2 * SMALLEST_BUDGET else 0


def said_by(message: FromUser | FromAssistant | FromTool) -> ModelMessage:
    """A message in the blocks of the Messages API. Raises Invalid."""
    match message:
        case FromUser():
            content = message.content
            parts = [Text(type="text", text=content)] if isinstance(content, str) else content
            return ModelMessage(role="user", content=[block_of(part) for part in parts])
        case FromAssistant():
            text = text_of(message.content)
            blocks: list[Block] = [{"type": "text", "text": text}] if text else []
            return ModelMessage(role="assistant", content=[*blocks, *map(call_of, message.tool_calls or ())])
        case FromTool():
            result = {
                "type": "tool_result",
                "tool_use_id": message.tool_call_id,
                "content": text_of(message.content),
            }
            return ModelMessage(role="user", content=[result])
        case _:
            assert_never(message)


def text_of(content: str | list[Text] | list[Text | Refusal] | None) -> str:
    """Content as one text."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n\n".join(part.text if isinstance(part, Text) else part.refusal for part in content)


def block_of(part: Text | Image | File) -> Block:
    """A part of a user's message. Raises Invalid."""
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Image():
            return {"type": "image", "source": source_of(part.image_url.url)}
        case File():
            data = part.file.file_data
            if not data.startswith("data:"):
                data = f"data:application/pdf;base64,{data}"
            name = {"title": part.file.filename} if part.file.filename else {}
            return {"type": "document", "source": source_of(data), **name}
        case _:
            assert_never(part)


def source_of(url: str) -> Json:
    """Where an image or a document comes from: its data, or an address that the model's provider reads."""
    if (found := DATA_URL.fullmatch(url)) is not None:
        return {"type": "base64", "media_type": found[1], "data": found[2]}
    if url.startswith("https://"):
        return {"type": "url", "url": url}
    raise Invalid("an image's url is a data: URL in base64, or begins with https://")


def call_of(call: Call) -> Block:
    """A tool call of an earlier answer. Raises Invalid."""
    try:
        arguments: Any = orjson.loads(call.function.arguments or "{}")
    except orjson.JSONDecodeError as error:
        raise Invalid(f"the arguments of the tool call {call.id} are not JSON") from error
    if not isinstance(arguments, dict):
        raise Invalid(f"the arguments of the tool call {call.id} are not an object")
    return {"type": "tool_use", "id": call.id, "name": call.function.name, "input": arguments}


def tools_of(asked: Asked) -> list[ToolSchema]:
    """The client's functions."""
    return [
        ToolSchema(
            name=tool.function.name,
            description=tool.function.description or "",
            parameters=tool.function.parameters or {"type": "object", "properties": {}},
        )
        for tool in asked.tools or ()
    ]


def choice_of(asked: Asked) -> Json | None:
    """Which tool is to be called, as the Messages API says it."""
    match asked.tool_choice:
        case Choice(function=named):
            choice: Json | None = {"type": "tool", "name": named.name}
        case "required":
            choice = {"type": "any"}
        case "none":
            return {"type": "none"}
        case "auto":
            choice = {"type": "auto"}
        case None:
            choice = None
    if asked.parallel_tool_calls is False:
        return {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return choice
