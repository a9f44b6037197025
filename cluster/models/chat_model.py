"""What every chat model does: take a request, give a stream of events, end with what the step said and cost."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias

from cluster.errors import ApexError, Permanent, Temporary

Block: TypeAlias = Mapping[str, Any]
"""A content block in the shape of the Anthropic Messages API: text, thinking, redacted_thinking, tool_use, tool_result,
image, document."""


@dataclass(frozen=True, kw_only=True)
class ModelMessage:
    """One message of the history."""

    role: Literal["user", "assistant"]
    content: Sequence[Block]


@dataclass(frozen=True, kw_only=True)
class ToolSchema:
    """A tool as the model sees it; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a program that speaks to a model by itself may want beyond what conversations do. Claude models know it.

    Such a step is told block by block (`BlockBegan`, `Signed`, `InputDelta`), and `max_tokens` bounds its thinking too.
    """

    tool_choice: Block | None = None
    """Whether to use a tool, and which, as the Messages API says it."""
    stop_sequences: Sequence[str] = ()
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One step that a model is asked for. `thinking_tokens` 0 means no extended thinking."""

    model: str
    system: str
    messages: Sequence[ModelMessage]
    tools: Sequence[ToolSchema] = ()
    max_tokens: int = 8192
    thinking_tokens: int = 0
    temperature: float | None = None
    answer_schema: Mapping[str, Any] | None = None
    """A JSON Schema of an object: the answer's text is to be JSON that keeps to it."""
    wishes: Wishes | None = None
    """What a program wants beyond that."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them. `input_tokens` leaves out what was read from or written to the cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    @property
    def total(self) -> int:
        """All tokens of the step."""
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Some more text."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """Some more of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class BlockBegan:
    """A block begins, as the Messages API tells it; told to those with wishes."""

    block: Block


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature of the thinking that was just told; told to those with wishes."""

    signature: str


@dataclass(frozen=True, slots=True)
class InputDelta:
    """Some more of a tool call's arguments, as JSON; told to those with wishes."""

    json: str


@dataclass(frozen=True, slots=True)
class UsageCounted:
    """What the provider has counted by now: a step that is stopped before its end has cost at least this."""

    usage: Usage


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """The model asks for a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """The last event of a step: its blocks in order (ready to be sent back), why it stopped, what it used."""

    blocks: Sequence[Block]
    stop_reason: Literal["end_turn", "max_tokens", "tool_use", "stop_sequence", "refusal", "pause_turn"]
    usage: Usage
    model: str
    tool_calls: Sequence[ToolCall] = field(default=())
    stop_sequence: str | None = None
    """Which of the wished stop sequences ended it."""


ModelEvent: TypeAlias = UsageCounted | TextDelta | ThinkingDelta | BlockBegan | Signed | InputDelta | StepDone


class ModelError(ApexError):
    """A model's step went wrong."""

    def __init__(self, detail: str = "", usage: Usage | None = None) -> None:
        super().__init__(*([detail] if detail else []))
        self.usage = usage
        """What the provider had counted by then, when known."""


class ModelBusy(ModelError, Temporary):
    """The model's provider is overloaded or limits our rate."""


class ModelUnreachable(ModelError, Temporary):
    """The model's provider does not answer, or the answer broke off."""


class ModelRefused(ModelError, Permanent):
    """The model's provider refused the request."""


class ModelMissing(Permanent):
    """This model is not offered here."""


class ChatModel(Protocol):
    """A model that answers one step at a time."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Deltas as they come and one StepDone at the end.

        Closing it (`aclosing`) closes the call upstream at once. Raises ModelBusy, ModelUnreachable, ModelRefused;
        the usage that a broken step had reported by then is in the error's `usage` when known.
        """
        ...
