"""What a client of the Messages API sends, as far as it is understood here.

Unlike our own shapes, these let unknown fields pass: clients of newer versions send hints that may be ignored. Marks
for the prompt cache are such: our models mark for themselves.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]
MOST_MESSAGES = 100_000
MOST_TOOLS = 1000
Effort = Literal["low", "medium", "high", "xhigh", "max"]


class Sent(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)


class Text(Sent):
    type: Literal["text"] = "text"
    text: str


class Image(Sent):
    type: Literal["image"]
    source: Json


class Document(Sent):
    type: Literal["document"]
    source: Json
    title: str | None = None
    context: str | None = None
    citations: Json | None = None


class ToolUse(Sent):
    type: Literal["tool_use"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    input: Json


class ToolResult(Sent):
    type: Literal["tool_result"]
    tool_use_id: Annotated[str, Field(min_length=1, max_length=200)]
    content: str | list[Annotated[Text | Image | Document, Field(discriminator="type")]] = ""
    is_error: bool = False


class Thinking(Sent):
    type: Literal["thinking"]
    thinking: str
    signature: str


class RedactedThinking(Sent):
    type: Literal["redacted_thinking"]
    data: str


Part = Annotated[
    Text | Image | Document | ToolUse | ToolResult | Thinking | RedactedThinking, Field(discriminator="type")
]


class Message(Sent):
    role: Literal["user", "assistant"]
    content: str | list[Part]


class Tool(Sent):
    """A tool that the client runs itself."""

    type: Literal["custom"] | None = None
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    description: str = ""
    input_schema: Json


class ToolChoice(Sent):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingWanted(Sent):
    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: Annotated[int, Field(ge=1024)] | None = None


class Format(Sent):
    type: Literal["json_schema"]
    schema_: Annotated[Json, Field(alias="schema")]


class Output(Sent):
    effort: Effort | None = None
    format: Format | None = None


class Metadata(Sent):
    """What a request says about itself. `conversation_id` is ours: the conversation that an agent goes on with."""

    user_id: str | None = None
    conversation_id: str | None = None


class Counted(Sent):
    """A request whose input is counted."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    system: str | list[Text] | None = None
    tools: Annotated[list[Tool], Field(max_length=MOST_TOOLS)] | None = None
    tool_choice: ToolChoice | None = None
    thinking: ThinkingWanted | None = None
    output_config: Output | None = None
    mcp_servers: Annotated[Sequence[Any], Field(max_length=0)] | None = None
    """Not offered."""
    container: None = None
    """Not offered."""


class Asked(Counted):
    """A request for a message."""

    max_tokens: Annotated[int, Field(ge=1)]
    stream: bool = False
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    stop_sequences: Annotated[list[str], Field(max_length=100)] = []
    metadata: Metadata | None = None
