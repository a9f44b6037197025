"""What a session is asked for, and what it answers once that is durable."""

from dataclasses import dataclass
from uuid import UUID

from cluster.ids import AttachmentId, ConversationId, MessageId, TurnId


@dataclass(frozen=True, kw_only=True)
class Post:
    """A person says something. `create` makes the conversation when it is not there yet."""

    idempotency_key: str
    message: str
    create: bool = False
    parent_id: MessageId | None = None
    root: bool = False
    model: str | None = None
    agent: str | None = None
    thinking_tokens: int | None = None
    max_tokens: int | None = None
    attachments: tuple[AttachmentId, ...] = ()
    tools: bool = True


@dataclass(frozen=True, kw_only=True)
class Regenerate:
    """A person wants another answer to the user message that `message_id` is, or answers."""

    idempotency_key: str
    message_id: MessageId
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A person says whether a tool may run. `always` makes it the rule for that tool from now on."""

    key: str
    approval_id: UUID
    approve: bool
    always: bool = False


@dataclass(frozen=True, kw_only=True)
class Posted:
    """The command is durable. Events of its turn come after `seq` on the conversation's channel."""

    turn_id: TurnId
    conversation_id: ConversationId
    message_id: MessageId | None
    seq: str
