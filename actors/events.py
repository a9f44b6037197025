"""What happens in a conversation, as facts: the JSON of `serve/wire.py` less `seq`, which the log adds.

These classes and the shapes in `serve/wire.py` say the same twice, because floors below the door may not know it; the
contract test holds them equal. The log writes amounts of money as numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from actors.stores.approvals import Approval
from actors.stores.conversations import Conversation
from actors.stores.messages import Message, ToolResult

Ending = Literal["completed", "stopped", "failed"]
MessageStatus = Literal["complete", "stopped", "failed"]


@dataclass(frozen=True, kw_only=True)
class MessageFacts:
    """A message as clients see it."""

    id: UUID
    parent_id: UUID | None
    turn_id: UUID | None
    step: int
    role: Literal["user", "assistant", "system"]
    content: str
    thinking: str | None
    tool_calls: Sequence[Mapping[str, Any]]
    tool_results: Sequence[Mapping[str, Any]]
    attachments: Sequence[Mapping[str, Any]]
    model: str | None
    stop_reason: str | None
    status: MessageStatus
    tokens_used: int | None
    cost_usd: Decimal | None
    agent: str | None
    created_at: datetime
    siblings: Sequence[UUID]

    @classmethod
    def of(cls, message: Message) -> "MessageFacts":
        """What clients see of a stored message."""
        return cls(
            id=message.id,
            parent_id=message.parent_id,
            turn_id=message.turn_id,
            step=message.step,
            role=message.role,
            content=message.content,
            thinking=message.thinking,
            tool_calls=message.tool_calls,
            tool_results=message.tool_results,
            attachments=message.attachments,
            model=message.model,
            stop_reason=message.stop_reason,
            status=message.status,
            tokens_used=message.tokens_used,
            cost_usd=message.cost_usd,
            agent=message.agent,
            created_at=message.created_at,
            siblings=message.siblings,
        )


@dataclass(frozen=True, kw_only=True)
class TurnError:
    """Why a turn failed, for the person whose turn it was."""

    code: Literal[
        "busy", "unreachable", "refused", "too_long", "too_many_steps", "too_many_tokens", "too_much_work",
        "no_progress", "recovery_exhausted", "crashed", "budget_spent", "internal",
    ]  # fmt: skip
    title: str
    detail: str | None = None
    retryable: bool = True


@dataclass(frozen=True, kw_only=True)
class TurnEvent:
    """Something in one turn of one conversation."""

    conversation_id: UUID
    turn_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageAdded(TurnEvent):
    """A person's message is in the conversation. `command_id` is the idempotency key that it was sent with."""

    type: Literal["message_added"] = "message_added"
    message: MessageFacts
    command_id: str


@dataclass(frozen=True, kw_only=True)
class TurnStarted(TurnEvent):
    """An answer begins."""

    type: Literal["turn_started"] = "turn_started"
    user_message_id: UUID

    @property
    def once(self) -> str:
        """The log takes one, whoever else publishes it too: an incarnation that was overtaken may do so late."""
        return f"turn_started:{self.turn_id}"


@dataclass(frozen=True, kw_only=True)
class StepStarted(TurnEvent):
    """The model begins to speak. Without a StepFinished before the turn's end, nothing of this step was kept."""

    type: Literal["step_started"] = "step_started"
    message_id: UUID
    parent_id: UUID
    step: int
    model: str


@dataclass(frozen=True, kw_only=True)
class TokenAdded(TurnEvent):
    """Some more text."""

    type: Literal["token"] = "token"
    message_id: UUID
    content: str


@dataclass(frozen=True, kw_only=True)
class ThinkingAdded(TurnEvent):
    """Some more of the model's thinking."""

    type: Literal["thinking"] = "thinking"
    message_id: UUID
    content: str


@dataclass(frozen=True, kw_only=True)
class ToolStarted(TurnEvent):
    """A tool that the model asked for runs."""

    type: Literal["tool_start"] = "tool_start"
    message_id: UUID
    id: str
    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolProgressed(TurnEvent):
    """What a tool that runs does now, in a few words."""

    type: Literal["tool_progress"] = "tool_progress"
    message_id: UUID
    id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ToolFinished(TurnEvent):
    """A tool's result is committed."""

    type: Literal["tool_complete"] = "tool_complete"
    message_id: UUID
    id: str
    tool: str
    result: ToolResult


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(TurnEvent):
    """A tool waits for the person's word."""

    type: Literal["approval_requested"] = "approval_requested"
    approval: Approval


@dataclass(frozen=True, kw_only=True)
class ApprovalAnswered(TurnEvent):
    """The person's answer is committed."""

    type: Literal["approval_answered"] = "approval_answered"
    approval: Approval


@dataclass(frozen=True, kw_only=True)
class StepFinished(TurnEvent):
    """A step is committed. `length` counts UTF-16 units of its content, as JavaScript does."""

    type: Literal["step_finished"] = "step_finished"
    message_id: UUID
    length: int
    stop_reason: str | None
    status: MessageStatus
    tokens_used: int
    cost_usd: Decimal


@dataclass(frozen=True, kw_only=True)
class TurnRecovering(TurnEvent):
    """The incarnation that ran the turn is gone; this one takes over.

    `moved`: its host gave it up. `crashed`: its host died. `alone`: host after host died with this turn, so it goes on
    in one of its own.
    """

    type: Literal["turn_recovering"] = "turn_recovering"
    reason: Literal["moved", "crashed", "alone"]


@dataclass(frozen=True, kw_only=True)
class TurnResumed(TurnEvent):
    """The turn goes on at this step: what came of it and of later ones before this event is void."""

    type: Literal["turn_resumed"] = "turn_resumed"
    step: int


@dataclass(frozen=True, kw_only=True)
class TurnEnded(TurnEvent):
    """The one last event of a turn."""

    type: Literal["turn_ended"] = "turn_ended"
    status: Ending
    error: TurnError | None
    leaf_id: UUID | None
    tokens_used: int
    cost_usd: Decimal

    @property
    def once(self) -> str:
        """The log takes one, whoever else publishes it too."""
        return f"turn_ended:{self.turn_id}"


@dataclass(frozen=True, kw_only=True)
class ConversationUpdated:
    """A conversation looks different in lists. Published on the conversation's channel and on its user's."""

    type: Literal["conversation_updated"] = "conversation_updated"
    conversation: Conversation


@dataclass(frozen=True, kw_only=True)
class ConversationDeleted:
    """A conversation is gone. Published on the conversation's channel and on its user's."""

    type: Literal["conversation_deleted"] = "conversation_deleted"
    conversation_id: UUID


SessionEvent = (
    MessageAdded | TurnStarted | StepStarted | TokenAdded | ThinkingAdded | ToolStarted | ToolProgressed | ToolFinished
    | ApprovalRequested | ApprovalAnswered | StepFinished | TurnRecovering | TurnResumed | TurnEnded
    | ConversationUpdated | ConversationDeleted
)  # fmt: skip


def utf16_length(text: str) -> int:
    """Length of a text as JavaScript counts it."""
    return len(text) + sum(1 for character in text if character > "\uffff") if not text.isascii() else len(text)
