"""One case of several minds that say the same, and what each of them said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from cluster.ids import KnowledgeId, RealmId, UserId

Kind = Literal["HARMONY", "CONSENSUS"]
Status = Literal["open", "confirmed", "dismissed"]
Author = tuple[UserId, str | None]
"""A person and one of their agents; without an agent, the person."""
SHOWN = 500
"""Characters of each statement that are shown."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What one of them said. `echo_of` names a statement of the others that its author knew of before."""

    knowledge_id: KnowledgeId
    user_id: UserId
    agent: str | None
    content: str
    thread: str | None
    created_at: datetime
    similarity: float
    echo_of: UUID | None

    @property
    def author(self) -> Author:
        """Who said it."""
        return self.user_id, self.agent


@dataclass(frozen=True, kw_only=True)
class Convergence:
    """Several say the same, the oldest statement first. Independent: none of them knew of the others' before.

    One that was only looked for, and is not kept, has no id.
    """

    id: UUID | None
    realm_id: RealmId
    kind: Kind
    status: Status
    independent: bool
    similarity: float
    agents: Sequence[str]
    statements: Sequence[Statement]
    answered_by: UserId | None = None
    answered_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


def kind_of(authors: int) -> Kind:
    """What it is called when so many agree."""
    return "CONSENSUS" if authors >= 3 else "HARMONY"


def called(authors: Sequence[Author]) -> list[str]:
    """What the authors are called, each once."""
    return sorted({agent or "a person" for _, agent in authors})
