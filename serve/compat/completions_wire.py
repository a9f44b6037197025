"""What a client of OpenAI's chat completions sends, as far as it is understood here. Unknown hints may pass."""

from typing import Annotated, Any, Literal

from pydantic import Field

from serve.compat.messages_wire import MOST_MESSAGES, MOST_TOOLS, Sent

Json = dict[str, Any]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Text(Sent):
    type: Literal["text"]
    text: str


class Refusal(Sent):
    type: Literal["refusal"]
    refusal: str


class ImageUrl(Sent):
    url: str


class Image(Sent):
    type: Literal["image_url"]
    image_url: ImageUrl


class FileData(Sent):
    filename: str | None = None
    file_data: str
    """A data URL, or base64."""


class File(Sent):
    type: Literal["file"]
    file: FileData


class CallOf(Sent):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    arguments: str = "{}"


class Call(Sent):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    type: Literal["function"] = "function"
    function: CallOf


class Instruction(Sent):
    role: Literal["system", "developer"]
    content: str | list[Text]


class FromUser(Sent):
    role: Literal["user"]
    content: str | list[Annotated[Text | Image | File, Field(discriminator="type")]]


class FromAssistant(Sent):
    role: Literal["assistant"]
    content: str | list[Annotated[Text | Refusal, Field(discriminator="type")]] | None = None
    tool_calls: list[Call] | None = None


class FromTool(Sent):
    role: Literal["tool"]
    tool_call_id: Annotated[str, Field(min_length=1, max_length=200)]
    content: str | list[Text]


Message = Annotated[Instruction | FromUser | FromAssistant | FromTool, Field(discriminator="role")]


class Function(Sent):
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    description: str | None = None
    parameters: Json | None = None


class Tool(Sent):
    """A function that the client runs itself."""

    type: Literal["function"]
    function: Function


class Named(Sent):
    name: str


class Choice(Sent):
    type: Literal["function"]
    function: Named


class Schema(Sent):
    name: str = ""
    schema_: Annotated[Json | None, Field(alias="schema")] = None


class Format(Sent):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: Schema | None = None


class StreamOptions(Sent):
    include_usage: bool = False


class Asked(Sent):
    """A request for a completion."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    stop: str | Annotated[list[str], Field(max_length=100)] | None = None
    tools: Annotated[list[Tool], Field(max_length=MOST_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | Choice | None = None
    parallel_tool_calls: bool | None = None
    response_format: Format | None = None
    reasoning_effort: Effort | None = None
    metadata: dict[str, str] | None = None
    """`conversation_id` names the conversation that an agent goes on with."""
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = None
    modalities: Annotated[list[Literal["text"]], Field(max_length=1)] | None = None
