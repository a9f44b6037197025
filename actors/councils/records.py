"""The committed state of a council: all that its rules decide by, and all that it needs to go on after a death."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

Status = Literal["pending", "running", "paused", "completed", "failed", "cancelled"]
Reason = Literal["consensus", "stability", "max_rounds", "budget", "stopped", "broken"]
AnswerStatus = Literal["running", "answered", "abstained", "failed"]
ENDED: frozenset[str] = frozenset({"completed", "failed", "cancelled"})
OUT_OF_BUDGET = "budget_spent"
"""The code of an answer's error when there was nothing left to pay it with."""
STOPPED = "stopped"
"""The code of an answer's error when the person stopped the council."""
CUT_SHORT = frozenset({OUT_OF_BUDGET, STOPPED})


@dataclass(frozen=True, kw_only=True)
class Council:
    """The row of a council."""

    id: UUID
    user_id: UUID
    question: str
    options: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """`model`, `tools`, and `until`: while paused, rounds up to this one are held all the same."""
    status: Status = "pending"
    reason: Reason | None = None
    round: int = 0
    """Rounds begun."""
    max_rounds: int = 3
    outcome: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    paused: bool = False
    cancel_requested_at: datetime | None = None
    webhook: Mapping[str, Any] | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who sits in a council. `left_round` is the first round without them."""

    n: int
    name: str
    persona: str = ""
    agent: str | None = None
    model: str | None = None
    joined_round: int = 1
    left_round: int | None = None

    def sits(self, round: int) -> bool:
        """Whether they take part in a round."""
        return self.joined_round <= round and (self.left_round is None or round < self.left_round)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a member gave in a round. `answer` holds position, reasoning, arguments, confidence and reviews."""

    round: int
    member: int
    agent_id: UUID
    status: AnswerStatus = "running"
    vote: str | None = None
    answer: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    @property
    def cut_short(self) -> bool:
        """Whether it was ended from outside, not by the member."""
        return self.error is not None and self.error.get("code") in CUT_SHORT


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What the person said in between. `round` is the one that heard it first."""

    id: UUID
    content: str
    round: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Deliberation:
    """A council with all that was committed."""

    council: Council
    members: Sequence[Member]
    answers: Sequence[Given] = ()
    remarks: Sequence[Remark] = ()

    def seated(self, round: int) -> list[Member]:
        """Who takes part in a round."""
        return [member for member in self.members if member.sits(round)]

    def given(self, round: int) -> dict[int, Given]:
        """The answers of a round, by member."""
        return {answer.member: answer for answer in self.answers if answer.round == round}

    def open(self, round: int) -> bool:
        """Whether somebody has not committed yet: until then nobody sees what the others said."""
        given = self.given(round)
        return any(member.n not in given or given[member.n].status == "running" for member in self.seated(round))

    def member(self, n: int) -> Member | None:
        """One of them."""
        return next((member for member in self.members if member.n == n), None)
