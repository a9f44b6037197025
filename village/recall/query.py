"""What somebody asks of memory, and what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cluster.errors import Invalid
from cluster.ids import RealmId
from village.knowledge.item import Knowledge
from village.realms.store import RealmKind

Mode = Literal["hybrid", "vector", "text"]
MOST = 100
"""Hits that one recall brings at most."""
PERSON = ""
"""Among `agents`: what the person said themselves."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is asked. None: any. Filters hold together; of several values in one, any does, but all of the `tags`.

    `since` and `before` bound when it was said; `confidence` is the least. `decay` ranks what is old and unused lower.
    """

    text: str
    realms: Sequence[RealmId] | None = None
    kinds: Sequence[RealmKind] | None = None
    agents: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    thread: str | None = None
    tags: Sequence[str] | None = None
    since: datetime | None = None
    before: datetime | None = None
    confidence: float | None = None
    trusted_only: bool = False
    mode: Mode = "hybrid"
    decay: bool = False
    limit: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST:
            raise Invalid(f"a recall brings 1 to {MOST} hits, not {self.limit}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stood in one list, from 1, and by what: cosine similarity, or the share of the words (BM25)."""

    rank: int
    score: float


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why something was found. None: it was not in that list. `decay` is what age and use left of its score."""

    vector: Place | None = None
    text: Place | None = None
    decay: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that is known about what was asked; the highest score comes first."""

    knowledge: Knowledge
    score: float
    why: Why
