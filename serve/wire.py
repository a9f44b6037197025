"""Every JSON shape over HTTP: what clients send and what they get. `socket_wire.py` has the socket's.

`ui/src/wire.ts` is generated from both.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field, PlainSerializer, SecretStr

from sandbox.policy import Reason, Rule
from sandbox.presets import DEFAULT, PresetName

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class Command(BaseModel):
    """What a client sends: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False, use_attribute_docstrings=True)


class Answer(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class Problem(Answer):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    errors: list[dict[str, Any]] | None = None


class Health(Answer):
    status: Literal["ok", "ready"]


# Accounts


class Register(Command):
    email: EmailStr
    password: Annotated[SecretStr, Field(min_length=8, max_length=256)]
    display_name: Annotated[str, Field(max_length=100)] | None = None
    cookie: bool = False
    """Keep the refresh token in an HttpOnly cookie, not in the answer."""


class Login(Command):
    email: EmailStr
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]
    cookie: bool = False


class Refresh(Command):
    refresh_token: str | None = None
    """The refresh token, when it is not in the cookie."""


class User(Answer):
    id: UUID
    email: str
    display_name: str | None
    created_at: datetime
    admin: bool
    """May see the runtime."""


class Tokens(Answer):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    """Seconds."""
    refresh_token: str | None = None
    """Absent when it was put in the cookie."""
    user: User


class Ticket(Answer):
    ticket: str
    expires_in: int


class ProfileChange(Command):
    display_name: Annotated[str, Field(max_length=100)] | None = None


class Preferences(Command):
    """What a person prefers. Unset means the default."""

    model: str | None = None
    context_strategy: Literal["aggressive", "balanced", "conservative", "manual"] = "balanced"
    thinking_tokens: Annotated[int, Field(ge=0, le=64_000)] = 0
    theme: Literal["system", "light", "dark"] = "system"
    send_with: Literal["enter", "ctrl-enter"] = "enter"
    instructions: Annotated[str, Field(max_length=8000)] = ""
    """Added to the system prompt of every conversation."""
    memories: bool = True
    """Agents are given what the village knows about a message, beside it."""
    tool_preset: PresetName = DEFAULT
    """Which tools a model is given from the start; `GET /tools/presets` lists them."""
    tool_rules: Annotated[dict[Annotated[str, Field(max_length=100)], Rule], Field(max_length=500)] = {}
    """Tools that always run, always ask first, or are never offered. For others the policy decides when to ask."""


# Chat


class Model(Answer):
    id: str
    name: str
    provider: Literal["anthropic", "local", "scripted"]
    description: str
    context_tokens: int
    max_output_tokens: int
    thinking: bool
    images: bool
    tools: bool
    input_usd_per_million: float
    output_usd_per_million: float
    demo: bool
    """A small model for trying things out: the page says so."""


class Models(Answer):
    default: str
    models: list[Model]


class Attachment(Answer):
    id: UUID
    name: str
    media_type: str
    kind: Literal["image", "text", "document"]
    size: int


class SendMessage(Command):
    """A message to an agent; without a conversation it begins one."""

    message: Annotated[str, Field(min_length=1)]
    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    """The message that this one follows; the conversation's current end when absent. Naming an earlier one branches."""
    root: bool = False
    """Begin a new first message (edit of the first one): parent_id is then ignored."""
    model: str | None = None
    agent: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    """Which of the user's agents answers from now on; see `GET /village/agents`."""
    thinking_tokens: Annotated[int, Field(ge=0, le=64_000)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=64_000)] | None = None
    attachments: Annotated[list[UUID], Field(max_length=10)] = []
    tools: bool = True


class Regenerate(Command):
    """Answer the user message that `message_id` (a user message, or any message of its answer) belongs to anew."""

    message_id: UUID
    model: str | None = None


class Accepted(Answer):
    """The command is durable; the turn will run."""

    turn_id: UUID
    conversation_id: UUID
    message_id: UUID | None
    seq: str
    """Events of the turn come after this sequence number."""


class ToolCall(Answer):
    id: str
    name: str
    arguments: dict[str, Any]


class ToolResult(Answer):
    id: str
    content: str
    is_error: bool
    seconds: float | None = None


class Message(Answer):
    """One message: a person's, or one step of an answer. Steps of one answer share `turn_id` and follow one another."""

    id: UUID
    parent_id: UUID | None
    turn_id: UUID | None
    step: int
    role: Literal["user", "assistant", "system"]
    content: str
    thinking: str | None = None
    tool_calls: list[ToolCall] = []
    tool_results: list[ToolResult] = []
    attachments: list[Attachment] = []
    model: str | None = None
    stop_reason: str | None = None
    status: Literal["complete", "stopped", "failed"]
    tokens_used: int | None = None
    cost_usd: Usd | None = None
    agent: str | None = None
    """Which agent says it; null for what people say, and where nobody noted it."""
    created_at: datetime
    siblings: list[UUID] = []
    """Messages with the same parent and role, oldest first, this one among them: the branches at this point."""


class TurnError(Answer):
    code: str
    """busy, unreachable, refused, too_long, too_many_steps, too_many_tokens, too_much_work, no_progress,
    recovery_exhausted, crashed, budget_spent, internal."""
    title: str
    detail: str | None = None
    retryable: bool


class Turn(Answer):
    id: UUID
    status: Literal["queued", "running", "completed", "stopped", "failed"]
    user_message_id: UUID | None
    message: str | None = None
    """The text of a message that still waits for its turn; it is in no branch yet."""
    error: TurnError | None = None


class Approval(Answer):
    """A tool that waits for the person's word, or what became of that. The answer counts once, for these arguments."""

    id: UUID
    conversation_id: UUID
    turn_id: UUID
    message_id: UUID
    call_id: str
    tool: str
    arguments: dict[str, Any]
    reason: Reason
    """rule: this person wants to be asked. untrusted: text by strangers is in what the model has read."""
    status: Literal["pending", "approved", "denied", "expired"]
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None


class Approvals(Answer):
    approvals: list[Approval]
    """Oldest first."""


class AnswerApproval(Command):
    """Whether a tool may run. `always` makes this answer the rule for that tool: it always runs, or never."""

    approve: bool
    always: bool = False


class Conversation(Answer):
    id: UUID
    title: str | None
    model: str | None
    agent: str | None
    """Which of the user's agents speaks; null for the assistant."""
    favorite: bool
    archived: bool
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    leaf_id: UUID | None
    waiting: bool
    """A tool waits for your word."""


class Match(Answer):
    """Where a search found its words."""

    message_id: UUID
    snippet: str
    """An excerpt of the message. The words found stand between U+0002 and U+0003."""


class ListedConversation(Conversation):
    match: Match | None = None
    """In a search, unless only the title has the words."""


class Conversations(Answer):
    conversations: list[ListedConversation]
    next_cursor: str | None


class ConversationDetail(Answer):
    """A conversation as it stands: the newest messages of the current branch, what runs, and where to listen on."""

    conversation: Conversation
    messages: list[Message]
    """Oldest first, the end of the current branch last."""
    next_cursor: str | None
    """For the messages before these."""
    turns: list[Turn]
    """Queued, running, and the last failed one."""
    approvals: list[Approval]
    """What the running turn waits for, oldest first."""
    seq: str
    """Follow the channel after this number; the events of a running turn come whole."""
    tokens_used: int
    cost_usd: Usd


class MessagesPage(Answer):
    messages: list[Message]
    next_cursor: str | None


class ConversationChange(Command):
    title: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    favorite: bool | None = None
    archived: bool | None = None
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=50)]], Field(max_length=30)] | None = None
    leaf_id: UUID | None = None
    """Any message: the branch through it becomes the current one."""
    model: str | None = None
    deleted: Literal[False] | None = None
    """Undo a deletion (within 30 days)."""


class MessageAnswer(Answer):
    """The whole answer, for clients that do not stream."""

    conversation_id: UUID
    turn_id: UUID
    status: Literal["completed", "stopped", "failed"]
    content: str
    messages: list[Message]
    tokens_used: int
    cost_usd: Usd
    error: TurnError | None = None
