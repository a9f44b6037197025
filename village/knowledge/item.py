"""One piece of knowledge, and what somebody says to make one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from cluster.ids import ConversationId, KnowledgeId, RealmId, ThreadId, TurnId, UserId, new_id

Origin = Literal["turn", "import", "tool", "person"]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be remembered. The id is the sender's to choose: sent twice, it is one piece of knowledge.

    `thread` is a thread's name, which is begun if it is not there. `agent` is for a person who brings in what an agent
    of theirs said elsewhere; an agent always speaks in its own name. `created_at` is for imports.
    """

    id: KnowledgeId = field(default_factory=lambda: KnowledgeId(new_id()))
    content: str
    category: str = "general"
    kind: str = "fact"
    confidence: float = 1.0
    tags: Sequence[str] = ()
    thread: str | None = None
    agent: str | None = None
    related_agents: Sequence[str] = ()
    origin: Origin = "person"
    source: str = "conversation"
    conversation_id: ConversationId | None = None
    turn_id: TurnId | None = None
    responding_to: Sequence[UUID] = ()
    derived_from: Sequence[UUID] = ()
    trusted: bool = True
    external_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    valid_until: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be different in the next version. None: as before."""

    content: str | None = None
    category: str | None = None
    confidence: float | None = None
    tags: Sequence[str] | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """One version of one piece of knowledge. `thread` is the name of its thread."""

    id: KnowledgeId
    realm_id: RealmId
    user_id: UserId
    agent: str | None
    content: str
    category: str
    kind: str
    confidence: float
    tags: Sequence[str]
    thread_id: ThreadId | None
    thread: str | None
    related_agents: Sequence[str]
    origin: Origin
    source: str
    conversation_id: ConversationId | None
    turn_id: TurnId | None
    responding_to: Sequence[UUID]
    derived_from: Sequence[UUID]
    related: Sequence[UUID]
    trusted: bool
    external_id: str | None
    details: Mapping[str, Any]
    root_id: KnowledgeId
    version: int
    superseded_by: KnowledgeId | None
    valid_from: datetime
    valid_until: datetime | None
    created_at: datetime
    removed_at: datetime | None
    access_count: int
    last_accessed_at: datetime | None
