"""Tools, and what came of running one."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apexaurum.display import Table, paragraphs


@dataclass(frozen=True, kw_only=True)
class ToolFacts:
    """What a tool does beyond answering."""

    reads_untrusted: bool
    side_effect: bool
    exfiltrates: bool
    idempotent: bool
    in_conversation: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Tool(Table):
    """A tool, as lists show it."""

    name: str
    family: str
    summary: str
    missing: str | None
    facts: ToolFacts


@dataclass(frozen=True, kw_only=True)
class ToolExample:
    """One use of a tool, and what comes back."""

    arguments: dict[str, Any]
    result: Any
    varies: bool


@dataclass(frozen=True, kw_only=True)
class ToolSchema(Tool):
    """A tool with its parameters, as a JSON Schema."""

    description: str
    parameters: dict[str, Any]
    example: ToolExample | None


@dataclass(frozen=True, kw_only=True)
class ToolRun:
    """What a run came to."""

    name: str
    content: str
    is_error: bool
    seconds: float

    @property
    def value(self) -> Any:
        """The content as JSON, or as it is when it is text."""
        try:
            return json.loads(self.content)
        except ValueError:
            return self.content

    def __str__(self) -> str:
        return self.content

    def _repr_html_(self) -> str:
        return paragraphs(self.content)


@dataclass(frozen=True, kw_only=True)
class KeptToolRun(Table):
    """A run as it is kept."""

    id: str
    tool: str
    arguments: dict[str, Any]
    outcome: str
    content: str
    seconds: float | None
    by: str
    conversation_id: str | None
    ended_at: datetime
