"""Turns a request of the Messages API into what our models are asked."""

from collections.abc import Sequence
from typing import Literal

from cluster.models.chat_model import Block, ModelMessage, ModelRequest, ToolSchema, Wishes
from serve.compat.messages_wire import Asked, Counted, Message, Output, Text, ThinkingWanted

Effort = Literal["low", "medium", "high", "xhigh", "max"]
BUDGETS: dict[Effort, int] = {"low": 2048, "medium": 8192, "high": 16_384, "xhigh": 32_768, "max": 64_000}
"""Thinking tokens that stand for an effort, on models that take a budget."""
SMALLEST_BUDGET = 1024


def request_of(asked: Asked) -> ModelRequest:
    """The step that a client asks for."""
    output = asked.output_config or Output()
    choice = asked.tool_choice.model_dump(exclude_none=True) if asked.tool_choice else None
    schema = output.format.schema_ if output.format else None
    return ModelRequest(
        model=asked.model,
        system=text_of(asked.system),
        messages=messages_of(asked.messages),
        tools=tools_of(asked),
        max_tokens=asked.max_tokens,
        thinking_tokens=budget(asked.thinking, output.effort, asked.max_tokens),
        temperature=asked.temperature,
        answer_schema=schema,
        wishes=Wishes(tool_choice=choice, stop_sequences=asked.stop_sequences, effort=output.effort),
    )


def counted(asked: Counted) -> ModelRequest:
    """The part of a request that is read by a model."""
    return ModelRequest(
        model=asked.model, system=text_of(asked.system), messages=messages_of(asked.messages), tools=tools_of(asked)
    )


def budget(wanted: ThinkingWanted | None, effort: Effort | None, max_tokens: int) -> int:
    """How many tokens of thinking a request wants, 0 for none; they are part of `max_tokens`."""
    if wanted is None or wanted.type == "disabled":
        return 0
    if wanted.type == "enabled" and wanted.budget_tokens is not None:
        return wanted.budget_tokens
    return max(SMALLEST_BUDGET, min(BUDGETS[effort or "high"], max_tokens - SMALLEST_BUDGET))


def messages_of(messages: Sequence[Message]) -> list[ModelMessage]:
    """The history."""
    return [ModelMessage(role=message.role, content=_blocks(message)) for message in messages]


def tools_of(asked: Counted) -> list[ToolSchema]:
    """The client's tools."""
    return [
        ToolSchema(name=tool.name, description=tool.description, parameters=tool.input_schema)
        for tool in asked.tools or ()
    ]


def text_of(system: str | Sequence[Text] | None) -> str:
    """The system prompt as one text."""
    return system if isinstance(system, str) else "\n\n".join(part.text for part in system or ())


def _blocks(message: Message) -> list[Block]:
    if isinstance(message.content, str):
        return [{"type": "text", "text": message.content}]
    return [part.model_dump(exclude_none=True) for part in message.content]
