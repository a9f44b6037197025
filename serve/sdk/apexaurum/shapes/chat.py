"""Answers, conversations and their messages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from apexaurum.display import Table, paragraphs


@dataclass(frozen=True, kw_only=True)
class TurnError:
    """Why work ended without a result."""

    code: str
    title: str
    detail: str | None = None
    retryable: bool

    def __str__(self) -> str:
        return ": ".join(part for part in (self.title, self.detail) if part)


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool that a model asked for."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What a tool answered a model."""

    id: str
    content: str
    is_error: bool
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole answer."""

    conversation_id: str
    turn_id: str
    status: Literal["completed", "stopped", "failed"]
    content: str
    tokens_used: int
    cost_usd: float
    error: TurnError | None = None

    def __str__(self) -> str:
        return self.content

    def _repr_html_(self) -> str:
        return paragraphs(self.content if self.error is None else f"{self.content}\n\n{self.error}")


@dataclass(frozen=True, kw_only=True)
class Message(Table):
    """One message: a person's, or one step of an answer."""

    id: str
    parent_id: str | None
    turn_id: str | None
    step: int
    role: Literal["user", "assistant", "system"]
    content: str
    thinking: str | None = None
    tool_calls: list[ToolCall] = field(default_factory=list[ToolCall])
    tool_results: list[ToolResult] = field(default_factory=list[ToolResult])
    model: str | None = None
    stop_reason: str | None = None
    status: Literal["complete", "stopped", "failed"]
    tokens_used: int | None = None
    cost_usd: float | None = None
    agent: str | None = None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Conversation(Table):
    """A thread of messages."""

    id: str
    title: str | None
    model: str | None
    agent: str | None
    favorite: bool
    archived: bool
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    waiting: bool


@dataclass(frozen=True, kw_only=True)
class ConversationDetail:
    """A conversation as it stands: the newest messages of its current branch."""

    conversation: Conversation
    messages: list[Message]
    next_cursor: str | None
    tokens_used: int
    cost_usd: float


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A tool that waits for your word, or what became of that."""

    id: str
    conversation_id: str
    tool: str
    arguments: dict[str, Any]
    reason: str
    status: Literal["pending", "approved", "denied", "expired"]
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """What waits."""

    approvals: list[Approval]
