"""What the village knows, and the realms that it lies in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apexaurum.display import Table, table


@dataclass(frozen=True, kw_only=True)
class Knowledge(Table):
    """One version of one piece of knowledge."""

    id: str
    realm_id: str
    user_id: str
    agent: str | None
    content: str
    category: str
    kind: str
    confidence: float
    tags: list[str]
    thread: str | None
    origin: str
    responding_to: list[str]
    derived_from: list[str]
    trusted: bool
    details: dict[str, Any]
    root_id: str
    version: int
    superseded_by: str | None
    valid_until: datetime | None
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ListedKnowledge(Knowledge):
    """Knowledge with the realm that it lies in."""

    realm_name: str
    realm_kind: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a search found something: its place among the nearest meanings, and among those with the words."""

    vector_rank: int | None
    vector_score: float | None
    text_rank: int | None
    text_score: float | None
    decay: float


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that was found."""

    knowledge: ListedKnowledge
    score: float | None = None
    why: Why | None = None

    def _repr_html_(self) -> str:
        known = self.knowledge
        row = (self.score, known.content, known.agent, known.realm_name, known.created_at)
        return table(("score", "content", "agent", "realm", "created"), [row])


@dataclass(frozen=True, kw_only=True)
class Realm(Table):
    """A realm that you may enter."""

    id: str
    kind: str
    name: str
    description: str
    agent: str | None
    role: str
    mine: bool
    home: bool
    members: int
    knowledge: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Realms:
    """Yours and those shared with you."""

    realms: list[Realm]
