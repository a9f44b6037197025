"""The JSON shapes of tools: what there is, what one takes, what a run of it came to."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from actors.stores.tool_runs import ShownOutcome
from sandbox.presets import PresetName
from serve.wire import Answer, Command


class ToolFacts(Answer):
    """What a tool does beyond answering."""

    reads_untrusted: bool
    """Its result may hold text by strangers."""
    side_effect: bool
    """It changes something."""
    exfiltrates: bool
    """It can send data out."""
    idempotent: bool
    """Run again with the same arguments, it changes nothing more."""
    in_conversation: bool
    """It works on a conversation: name one to run it."""
    seconds: float
    """How long one run may take."""


class ToolExample(Answer):
    """One use of a tool, and what comes back."""

    arguments: dict[str, Any]
    result: Any
    varies: bool
    """Another run gives other values under the same names."""


class ListedTool(Answer):
    name: str
    family: str
    summary: str
    missing: str | None
    """What has to be set up before it can run here; None when it can. Until then it is offered to no model."""
    facts: ToolFacts


class ToolFamily(Answer):
    name: str
    title: str
    description: str
    tools: int
    """How many of its tools the list has, over all pages."""


class Tools(Answer):
    tools: list[ListedTool]
    """By family and name; in a search, best first."""
    families: list[ToolFamily]
    total: int
    next_cursor: str | None


class ToolSchema(ListedTool):
    """All that a model and a form need to know of a tool."""

    description: str
    parameters: dict[str, Any]
    """A JSON Schema of an object."""
    example: ToolExample | None


class ToolPreset(Answer):
    """Which tools a model is given from the start."""

    name: PresetName
    title: str
    description: str
    tools: list[str]
    bytes: int
    """What they add to every request, as JSON."""


class ToolPresets(Answer):
    default: PresetName
    presets: list[ToolPreset]
    """The cheapest first."""


class KeptToolRun(Answer):
    """A run as it is kept: its arguments and what it said are cut at 4,000 characters each."""

    id: UUID
    tool: str
    arguments: dict[str, Any]
    arguments_sha256: str
    """Of the whole arguments, as canonical JSON."""
    outcome: ShownOutcome
    content: str
    seconds: float | None
    """None when it never ran to an end."""
    limits: dict[str, Any]
    """What it was allowed, and what its programs used of it."""
    by: Literal["agent", "person"]
    conversation_id: UUID | None
    ended_at: datetime
    """When it began, while it is running."""


class ToolRuns(Answer):
    """The newest first."""

    runs: list[KeptToolRun]
    next_cursor: str | None


class ExecuteTool(Command):
    """Run a tool with these arguments."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: Annotated[dict[str, Any], Field(default_factory=dict[str, Any])]
    conversation_id: UUID | None = None
    """The conversation that it works on."""


class ToolRun(Answer):
    """What a run came to. A tool that could not do it says why in `content`, and `is_error` is true."""

    name: str
    content: str
    """Text, or JSON as text. At most 50,000 characters; what is cut off is told at its end."""
    is_error: bool
    seconds: float
