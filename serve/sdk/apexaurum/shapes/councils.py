"""Councils: several minds on one question, in rounds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from apexaurum.display import Table, table
from apexaurum.shapes.agents import ENDED, Budget
from apexaurum.shapes.chat import TurnError

CouncilStatus = Literal["pending", "running", "paused", "completed", "failed", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """Who is to sit in a council: an agent of your village by name, or somebody made up for it."""

    agent: str | None = None
    name: str | None = None
    persona: str | None = None
    model: str | None = None

    def told(self) -> dict[str, Any]:
        """What is sent of it."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Member(Table):
    """Who sits there."""

    n: int
    name: str
    agent: str | None
    persona: str
    model: str | None
    joined_round: int
    left_round: int | None
    cost_usd: float
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a member says of another's answer, which it saw without a name."""

    member: int
    agrees: bool
    comment: str


@dataclass(frozen=True, kw_only=True)
class CouncilAnswer(Table):
    """What a member said in a round; hidden while others have not committed."""

    round: int
    member: int
    agent_id: str
    status: Literal["running", "answered", "abstained", "failed"]
    hidden: bool
    vote: str | None
    position: str | None
    reasoning: str | None
    arguments: list[str]
    confidence: float | None
    reviews: list[Review]
    error: TurnError | None
    cost_usd: float
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Tally(Table):
    """How many voted for something."""

    option: str
    votes: int
    members: list[int]


@dataclass(frozen=True, kw_only=True)
class Round(Table):
    """A round, and how far they agreed in it."""

    round: int
    open: bool
    agreement: float | None
    tallies: list[Tally]
    changed: int
    cost_usd: float


@dataclass(frozen=True, kw_only=True)
class MinorityVoice(Table):
    """Who was outvoted, and why they think otherwise."""

    member: int
    name: str
    vote: str | None
    position: str | None
    reasoning: str | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it; `baseline` is what a bare majority of the blind first answers said."""

    winner: str | None
    consensus: bool
    votes: list[Tally]
    abstained: list[int]
    baseline: str | None
    baseline_votes: list[Tally]
    baseline_cost_usd: float
    debate_cost_usd: float
    minority: list[MinorityVoice]


@dataclass(frozen=True, kw_only=True)
class Remark(Table):
    """What a person said to a council."""

    id: str
    content: str
    round: int | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class CouncilState:
    """A council as it stands."""

    id: str
    question: str
    options: list[str]
    status: CouncilStatus
    reason: str | None
    round: int
    max_rounds: int
    paused: bool
    members: list[Member]
    rounds: list[Round]
    answers: list[CouncilAnswer]
    remarks: list[Remark]
    outcome: Outcome | None
    error: TurnError | None
    cost_usd: float
    budget: Budget
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def ended(self) -> bool:
        """Nothing more will come of it."""
        return self.status in ENDED

    def name_of(self, member: int) -> str:
        """Who has that seat."""
        return next((each.name for each in self.members if each.n == member), f"member {member}")

    def _repr_html_(self) -> str:
        rows = [
            (answer.round, self.name_of(answer.member), answer.status, answer.vote or answer.position, answer.reasoning)
            for answer in self.answers
        ]
        won = None if self.outcome is None else self.outcome.winner
        title = f"{self.question} ({self.status}{'' if won is None else f': {won}'}, ${self.cost_usd:.4f})"
        return table(("round", "member", "status", "vote", "reasoning"), rows, title=title)


@dataclass(frozen=True, kw_only=True)
class CouncilListed(Table):
    """A council, as lists show it."""

    id: str
    question: str
    status: CouncilStatus
    reason: str | None
    round: int
    max_rounds: int
    winner: str | None
    cost_usd: float
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class CouncilEvent:
    """Something that happened in a council; fetch its state for what was said."""

    event: str
    status: CouncilStatus
    round: int
    member: int | None = None


@dataclass(frozen=True, kw_only=True)
class OneShotAnswer:
    """What came of a question that each member answered once."""

    id: str
    question: str
    votes: dict[str, int]
    reasoning: dict[str, str]
    consensus: bool
    winner: str | None
    agents: list[Member]
    cost_usd: float

    def _repr_html_(self) -> str:
        rows = list(self.votes.items())
        return table(("option", "votes"), rows, title=f"{self.question}: {self.winner or 'no winner'}")
