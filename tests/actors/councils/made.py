"""Councils that tests make up: their committed state, without a database."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from actors.councils.records import Council, Deliberation, Given, Member

COUNCIL = UUID("01900000-0000-7000-8000-000000000001")
OPTIONS = ("tea", "coffee", "water")


def council(members: int = 3, *, options: tuple[str, ...] = OPTIONS, **fields: Any) -> Deliberation:
    """A council in which nobody has said anything."""
    row = Council(id=COUNCIL, user_id=uuid4(), question="What shall we drink?", options=options, **fields)
    return Deliberation(council=row, members=[Member(n=n, name=f"Member{n}") for n in range(1, members + 1)])


def answered(state: Deliberation, round: int, *votes: str | None, error: str | None = None) -> Deliberation:
    """The same, after all members have answered a round; None abstains, or fails with that error."""
    given = [
        Given(
            round=round,
            member=member.n,
            agent_id=uuid4(),
            status="answered" if vote is not None else "failed" if error else "abstained",
            vote=vote,
            answer={"position": f"position {round} of {member.name}", "reasoning": "so it is", "arguments": ["new"]},
            error={"code": error} if error and vote is None else None,
            cost_usd=Decimal("0.01"),
        )
        for member, vote in zip(state.seated(round), votes, strict=True)
    ]
    return replace(state, council=replace(state.council, round=round), answers=[*state.answers, *given])
