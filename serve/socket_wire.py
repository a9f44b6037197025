"""The shapes of the WebSocket and of the event streams: what goes over them in both directions."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from serve.agents_wire import Agent, AgentStatus
from serve.councils_wire import CouncilStatus
from serve.swarms_wire import SwarmItem, SwarmStatus
from serve.wire import (
    Accepted,
    Answer,
    AnswerApproval,
    Approval,
    Command,
    Conversation,
    Message,
    Regenerate,
    SendMessage,
    ToolResult,
    TurnError,
    Usd,
)
from village.events import VillageEventName

# Client to server


class SocketChat(SendMessage):
    type: Literal["chat"]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    """Idempotency key of the command: sent twice, it makes one turn."""


class SocketRegenerate(Regenerate):
    type: Literal["regenerate"]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    conversation_id: UUID


class SocketStop(Command):
    type: Literal["stop"]
    conversation_id: UUID
    turn_id: UUID | None = None


class SocketAnswer(AnswerApproval):
    """Whether a tool may run. Done when `approval_answered` comes on the conversation's channel."""

    type: Literal["answer_approval"]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    """Sent twice, it is one answer."""
    approval_id: UUID


class SocketSubscribe(Command):
    type: Literal["subscribe"]
    channel: Annotated[str, Field(max_length=200)]
    after: Annotated[str, Field(pattern=r"^\d{1,20}(-\d{1,20})?$")] | None = None


class SocketUnsubscribe(Command):
    type: Literal["unsubscribe"]
    channel: Annotated[str, Field(max_length=200)]


class SocketPing(Command):
    type: Literal["ping"]


SocketCommand = Annotated[
    SocketChat | SocketRegenerate | SocketStop | SocketAnswer | SocketSubscribe | SocketUnsubscribe | SocketPing,
    Field(discriminator="type"),
]


# Server to client. Events of a channel carry `seq`; answers to commands don't.


class SocketAccepted(Accepted):
    type: Literal["accepted"] = "accepted"
    id: str
    """The command's id."""


class SocketError(Answer):
    type: Literal["error"] = "error"
    code: str
    title: str
    detail: str | None = None
    id: str | None = None
    """The id of the command that failed, when it had one."""
    retry_after: float | None = None


class SocketReady(Answer):
    type: Literal["ready"] = "ready"
    user_id: UUID
    heartbeat_seconds: int


class SocketPong(Answer):
    type: Literal["pong"] = "pong"


class SocketSubscribed(Answer):
    type: Literal["subscribed"] = "subscribed"
    channel: str


class SocketReload(Answer):
    """Events between what the client had and now are gone: load the channel's state again, then go on after `seq`."""

    type: Literal["reload"] = "reload"
    channel: str
    seq: str


class LogEvent(Answer):
    """An event of a conversation's channel."""

    seq: str
    conversation_id: UUID
    turn_id: UUID


class MessageAdded(LogEvent):
    """A person's message is in the conversation."""

    type: Literal["message_added"] = "message_added"
    message: Message
    command_id: str


class TurnStarted(LogEvent):
    type: Literal["turn_started"] = "turn_started"
    user_message_id: UUID


class StepStarted(LogEvent):
    """The model begins to speak: one message of the answer. An earlier attempt at the same step is void."""

    type: Literal["step_started"] = "step_started"
    message_id: UUID
    parent_id: UUID
    step: int
    model: str


class Token(LogEvent):
    type: Literal["token"] = "token"
    message_id: UUID
    content: str


class Thinking(LogEvent):
    type: Literal["thinking"] = "thinking"
    message_id: UUID
    content: str


class ToolStart(LogEvent):
    type: Literal["tool_start"] = "tool_start"
    message_id: UUID
    id: str
    tool: str
    arguments: dict[str, Any]


class ToolProgress(LogEvent):
    """What a tool that runs does now, in a few words. The newest counts; none of it is kept."""

    type: Literal["tool_progress"] = "tool_progress"
    message_id: UUID
    id: str
    text: str


class ToolComplete(LogEvent):
    type: Literal["tool_complete"] = "tool_complete"
    message_id: UUID
    id: str
    tool: str
    result: ToolResult


class ApprovalRequested(LogEvent):
    """A tool waits for the person's word. The same one may be told twice."""

    type: Literal["approval_requested"] = "approval_requested"
    approval: Approval


class ApprovalAnswered(LogEvent):
    type: Literal["approval_answered"] = "approval_answered"
    approval: Approval


class StepFinished(LogEvent):
    """A step is committed. When `length` (UTF-16 units of its content) is not what the client has, it fetches it."""

    type: Literal["step_finished"] = "step_finished"
    message_id: UUID
    length: int
    stop_reason: str | None
    status: Literal["complete", "stopped", "failed"]
    tokens_used: int
    cost_usd: Usd


class TurnRecovering(LogEvent):
    """The host of the turn is gone (moved: it let go; crashed: it died); another goes on with it (alone: just it)."""

    type: Literal["turn_recovering"] = "turn_recovering"
    reason: Literal["moved", "crashed", "alone"] | None = None


class TurnResumed(LogEvent):
    """The turn goes on at this step: what came of this step and later ones before this event is void."""

    type: Literal["turn_resumed"] = "turn_resumed"
    step: int


class TurnEnded(LogEvent):
    type: Literal["turn_ended"] = "turn_ended"
    status: Literal["completed", "stopped", "failed"]
    error: TurnError | None = None
    leaf_id: UUID | None
    tokens_used: int
    cost_usd: Usd


class ConversationUpdated(Answer):
    """On the user's channel `user:<id>` and on the conversation's."""

    seq: str
    type: Literal["conversation_updated"] = "conversation_updated"
    conversation: Conversation


class ConversationDeleted(Answer):
    seq: str
    type: Literal["conversation_deleted"] = "conversation_deleted"
    conversation_id: UUID


class AgentUpdate(Answer):
    """Something changed about an agent; on its own channel, and on that of the agent, swarm or council at the top."""

    seq: str
    type: Literal["agent_update"] = "agent_update"
    agent_id: UUID
    status: AgentStatus
    agent: Agent


class SwarmUpdate(Answer):
    """On `swarm:<id>`, and without `item` on the user's: how far it is, and which item changed.

    An input of more than 2,000 bytes and a result of more than 32,000 characters are left out: fetch the item.
    """

    seq: str
    type: Literal["swarm_update"] = "swarm_update"
    swarm_id: UUID
    status: SwarmStatus
    total: int
    completed: int
    failed: int
    cost_usd: Usd
    item: SwarmItem | None = None


class CouncilUpdate(Answer):
    """On `council:<id>`: what happened. Fetch the council for more; what is hidden there is not told here either."""

    seq: str
    type: Literal["council_update"] = "council_update"
    council_id: UUID
    event: Literal[
        "started", "round_began", "answer_committed", "round_closed", "remark_queued", "remark_heard", "member_joined",
        "member_left", "paused", "resumed", "ended",
    ]  # fmt: skip
    status: CouncilStatus
    round: int
    member: int | None = None


class VillageEvent(Answer):
    """Something happened in a realm, on its channel `realm:<id>`. What `data` holds depends on `event`.

    knowledge_…: `knowledge`, a Knowledge. convergence, convergence_answered: `convergence_id`; fetch it. agent_moved:
    `user_id`, `agent`, `zone`, `tool`; agent_idle: `user_id`, `agent`. presence: `here`, a list of Presence.
    realm_changed: `what`, an action of RealmLogEntry; load the realm again.
    """

    seq: str
    type: Literal["village_event"] = "village_event"
    event: VillageEventName
    realm_id: UUID
    data: dict[str, Any]


SocketEvent = Annotated[
    SocketAccepted
    | SocketError
    | SocketReady
    | SocketPong
    | SocketSubscribed
    | SocketReload
    | MessageAdded
    | TurnStarted
    | StepStarted
    | Token
    | Thinking
    | ToolStart
    | ToolProgress
    | ToolComplete
    | ApprovalRequested
    | ApprovalAnswered
    | StepFinished
    | TurnRecovering
    | TurnResumed
    | TurnEnded
    | ConversationUpdated
    | ConversationDeleted
    | AgentUpdate
    | SwarmUpdate
    | CouncilUpdate
    | VillageEvent,
    Field(discriminator="type"),
]
