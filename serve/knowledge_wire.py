"""The JSON shapes of what the village knows: knowledge, searches, threads, convergence."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from serve.village_wire import AgentName
from serve.wire import Answer, Command
from village.knowledge.item import Origin
from village.realms.store import RealmKind

Label = Annotated[str, Field(min_length=1, max_length=50)]
Content = Annotated[str, Field(min_length=1, max_length=20_000)]
Tags = Annotated[list[Label], Field(max_length=30)]
ThreadName = Annotated[str, Field(min_length=1, max_length=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class Knowledge(Answer):
    """One version of one piece of knowledge, as events tell it too."""

    id: UUID
    """Of this version."""
    realm_id: UUID
    user_id: UUID
    """Who said it, or whose agent did."""
    agent: str | None
    """Null: the person."""
    content: str
    category: str
    kind: str
    """fact, dialogue, observation, question, cultural, …"""
    confidence: float
    tags: list[str]
    thread_id: UUID | None
    thread: str | None
    """The thread's name."""
    related_agents: list[str]
    origin: Origin
    """How it came: said in a turn, brought in, kept by a tool, written by a person."""
    source: str
    conversation_id: UUID | None
    turn_id: UUID | None
    responding_to: list[UUID]
    derived_from: list[UUID]
    """What it is a copy or a summary of, maybe in another realm."""
    related: list[UUID]
    trusted: bool
    """False: it may hold text by strangers, from the web say."""
    external_id: str | None
    details: dict[str, Any]
    root_id: UUID
    """The first version's id: all versions have it."""
    version: int
    superseded_by: UUID | None
    """The next version; null for the current one."""
    valid_from: datetime
    valid_until: datetime | None
    created_at: datetime
    removed_at: datetime | None
    access_count: int
    last_accessed_at: datetime | None


class ListedKnowledge(Knowledge):
    """Knowledge with the realm that it lies in."""

    realm_name: str
    realm_kind: RealmKind


class KnowledgeVector(Answer):
    """A vector that stands for the text in searches."""

    model: str
    dimensions: int


class KnowledgeDetail(Answer):
    """A piece of knowledge with all that it was."""

    knowledge: ListedKnowledge
    """The version that was asked for."""
    versions: list[Knowledge]
    """All versions, the oldest first."""
    vectors: list[KnowledgeVector]
    """None while it waits to be embedded."""
    replies: list[Knowledge]
    """What responds to it, the oldest first; at most 50."""


class WhyFound(Answer):
    """Why a search found something: its place in each of the two lists, and what its age and use did."""

    vector_rank: int | None
    """From 1; null where it is not among the nearest."""
    vector_score: float | None
    """Cosine similarity of the meanings."""
    text_rank: int | None
    """From 1; null where the words are not in it."""
    text_score: float | None
    decay: float
    """What the score was multiplied with; 1 without decay."""


class KnowledgeHit(Answer):
    """One row of a list or of a search. Without a search, there is no score and no why."""

    knowledge: ListedKnowledge
    score: float | None = None
    why: WhyFound | None = None


class KnowledgePage(Answer):
    hits: list[KnowledgeHit]
    """The newest first; in a search, the best first."""
    next_cursor: str | None


class AddKnowledge(Command):
    """Remember something."""

    realm_id: UUID | None = None
    """The village of your own agents when left out."""
    content: Content
    category: Label = "general"
    kind: Label = "fact"
    confidence: Share = 1.0
    tags: Annotated[Tags, Field(default_factory=list[str])]
    thread: ThreadName | None = None
    """Begun if it is not there."""
    agent: AgentName | None = None
    """For what an agent of yours said elsewhere. Null: you say it."""
    related_agents: Annotated[list[AgentName], Field(max_length=30, default_factory=list[str])]
    responding_to: Annotated[list[UUID], Field(max_length=30, default_factory=list[UUID])]
    valid_until: datetime | None = None


class KnowledgeChange(Command):
    """What the next version has; what is left out stays. A conflict unless the id is the current version's."""

    content: Content | None = None
    category: Label | None = None
    confidence: Share | None = None
    tags: Tags | None = None
    valid_until: datetime | None = None


class PromoteKnowledge(Command):
    """Copy it to a realm that more can enter: from a private one to a village, from there to a bridge."""

    realm_id: UUID


class KnowledgeImported(Answer):
    read: int
    """Pieces of knowledge in the file."""
    added: int
    known: int
    """Those that were there already; they stay as they are."""
    threads: int
    """Threads that were begun."""


# Threads


class Thread(Answer):
    """Statements that belong together."""

    id: UUID
    realm_id: UUID
    name: str
    """What tools call it."""
    title: str
    user_id: UUID
    agent: str | None
    """Who began it."""
    position: int
    """Its place in the list."""
    created_at: datetime
    archived_at: datetime | None
    participants: list[str]
    """The agents that spoke, by name."""
    people: list[UUID]
    """The persons that spoke themselves."""
    count: int
    last_at: datetime | None


class Threads(Answer):
    threads: list[Thread]
    """By position."""


class CreateThread(Command):
    realm_id: UUID | None = None
    """The village of your own agents when left out."""
    name: ThreadName
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The name, when left out."""


class ThreadChange(Command):
    """What is left out stays. Its beginner and the realm's keepers change a thread."""

    name: ThreadName | None = None
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    position: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """The others make room."""
    archived: bool | None = None


class ThreadReply(Answer):
    """An arrow of the reply graph: one statement answers another."""

    from_id: UUID
    to_id: UUID


class ThreadView(Answer):
    thread: Thread
    statements: list[Knowledge]
    """What is current, the oldest first."""
    replies: list[ThreadReply]
    """Between statements of this thread; they name current versions."""
    next_cursor: str | None


# Convergence


class ConvergenceStatement(Answer):
    """What one of them said."""

    knowledge_id: UUID
    user_id: UUID
    agent: str | None
    content: str
    """Its first 500 characters."""
    thread: str | None
    created_at: datetime
    similarity: float
    """Cosine to the middle of all of them."""
    echo_of: UUID | None
    """A statement of these that its author had read before writing."""


class Convergence(Answer):
    """Several say the same: two HARMONY, three or more CONSENSUS."""

    id: UUID | None
    """Null for what was only looked for and is not kept: it cannot be answered."""
    realm_id: UUID
    realm_name: str
    kind: Literal["HARMONY", "CONSENSUS"]
    status: Literal["open", "confirmed", "dismissed"]
    independent: bool
    """Nobody had read the others' before."""
    similarity: float
    agents: list[str]
    statements: list[ConvergenceStatement]
    """The oldest first."""
    answered_by: UUID | None
    answered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Convergences(Answer):
    convergences: list[Convergence]
    """Those that changed last first."""
    next_cursor: str | None


class AnswerConvergence(Command):
    """Whether they do agree."""

    status: Literal["confirmed", "dismissed"]


class FindConvergence(Command):
    """Look for agreement among what was said lately."""

    realm_id: UUID
    hours: Annotated[int, Field(ge=1, le=24 * 365)] = 24 * 7
