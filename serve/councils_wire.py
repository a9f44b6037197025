"""The JSON shapes of councils: members, rounds, votes, and what came of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from serve.agents_wire import Allowance, Budget, ModelId, Webhook
from serve.wire import Answer, Command, TurnError, Usd

CouncilStatus = Literal["pending", "running", "paused", "completed", "failed", "cancelled"]
EndReason = Literal["consensus", "stability", "max_rounds", "budget", "stopped", "broken"]
Option = Annotated[str, Field(min_length=1, max_length=500)]


class NewMember(Command):
    """Who sits in a council: a founder or an agent of your village by name, or somebody made up for it."""

    agent: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Its agent's, when left out."""
    persona: Annotated[str, Field(max_length=20_000)] | None = None
    model: ModelId | None = None


class CreateCouncil(Command):
    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    options: list[Option] = Field(default_factory=list[str], max_length=50)
    """What may be voted for. Without options, members say their position in their own words."""
    members: Annotated[list[NewMember], Field(min_length=1, max_length=12)] | None = None
    """The four founders, when left out."""
    num_agents: Annotated[int, Field(ge=1, le=12)] | None = None
    """So many members of different tempers, instead of `members`."""
    max_rounds: Annotated[int, Field(ge=1, le=20)] = 3
    model: ModelId | None = None
    tools: Annotated[str, Field(max_length=50)] | None = None
    """A tool preset that members may use in their first answers; none when left out."""
    budget: Allowance = Allowance()
    start: bool = True
    """False: it waits for /resume."""
    webhook: Webhook | None = None


class OneShot(Command):
    """A question that each member answers once, blind, and a count of their votes."""

    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    options: list[Option] = Field(default_factory=list[str], max_length=50)
    num_agents: Annotated[int, Field(ge=1, le=12)] = 3
    members: Annotated[list[NewMember], Field(min_length=1, max_length=12)] | None = None
    model: ModelId | None = None
    budget: Allowance = Allowance()


class Member(Answer):
    n: int
    name: str
    agent: str | None
    persona: str
    model: str | None
    joined_round: int
    left_round: int | None
    cost_usd: Usd
    tokens: int


class Review(Answer):
    """What a member says of another's answer, which it saw without a name."""

    member: int
    """Who was reviewed."""
    agrees: bool
    comment: str


class CouncilAnswer(Answer):
    """What a member said in a round. While others have not committed, only their status is shown."""

    round: int
    member: int
    agent_id: UUID
    status: Literal["running", "answered", "abstained", "failed"]
    hidden: bool
    """The round is open: vote and words are shown once all have committed."""
    vote: str | None
    position: str | None
    reasoning: str | None
    arguments: list[str]
    """What is new in it."""
    confidence: float | None
    reviews: list[Review]
    error: TurnError | None
    cost_usd: Usd
    tokens: int


class Tally(Answer):
    option: str
    votes: int
    members: list[int]


class Round(Answer):
    round: int
    open: bool
    agreement: float | None
    """The greatest share of the votes that one option has, 0 to 1; null while the round is open."""
    tallies: list[Tally]
    changed: int
    """Members that vote otherwise than in the round before."""
    cost_usd: Usd


class MinorityVoice(Answer):
    member: int
    name: str
    vote: str | None
    position: str | None
    reasoning: str | None


class Outcome(Answer):
    winner: str | None
    """Null: a tie, or nobody voted."""
    consensus: bool
    """More than half of all members, those that abstained or failed included."""
    votes: list[Tally]
    abstained: list[int]
    baseline: str | None
    """What a bare majority of the blind first answers would have said, without any debate."""
    baseline_votes: list[Tally]
    baseline_cost_usd: Usd
    debate_cost_usd: Usd
    """What the debate cost on top of it."""
    minority: list[MinorityVoice]


class Remark(Answer):
    id: UUID
    content: str
    round: int | None
    """The round that heard it first; null while it waits."""
    created_at: datetime


class Council(Answer):
    id: UUID
    question: str
    options: list[str]
    status: CouncilStatus
    reason: EndReason | None
    round: int
    max_rounds: int
    paused: bool
    members: list[Member]
    rounds: list[Round]
    answers: list[CouncilAnswer]
    remarks: list[Remark]
    outcome: Outcome | None
    error: TurnError | None
    cost_usd: Usd
    budget: Budget
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class CouncilListed(Answer):
    id: UUID
    question: str
    status: CouncilStatus
    reason: EndReason | None
    round: int
    max_rounds: int
    winner: str | None
    cost_usd: Usd
    created_at: datetime


class Councils(Answer):
    councils: list[CouncilListed]
    next_cursor: str | None


class SharedCouncil(Answer):
    """A council as its read-only link shows it."""

    council: Council


class AddRemark(Command):
    content: Annotated[str, Field(min_length=1, max_length=4000)]


class CreateShare(Command):
    days: Annotated[int, Field(ge=1, le=365)] = 30


class Share(Answer):
    """Shown once: the token is kept as its hash only."""

    token: str
    path: str
    """Of the page, without the host."""
    expires_at: datetime


class OneShotAnswer(Answer):
    """Of POST /agents/council, once all have answered."""

    id: UUID
    question: str
    votes: dict[str, int]
    reasoning: dict[str, str]
    consensus: bool
    winner: str | None
    agents: list[Member]
    cost_usd: Usd
