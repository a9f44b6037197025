"""Votes: how they are counted, when members agree, who disagrees, and what a bare majority would have said at first.

A consensus is more than half of *all* who sit in the round; who abstained or failed sits there, too. A winner has more
votes than any other; where two have the most, there is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from actors.councils.records import Deliberation, Given

BLIND = 1
"""The round in which nobody has seen anything of the others."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many voted for something, and who."""

    option: str
    votes: int
    members: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Count:
    """A round, counted. `seated` counts all members of it."""

    tallies: Sequence[Tally]
    seated: int

    @property
    def winner(self) -> str | None:
        """What has more votes than any other."""
        best = self.tallies[0] if self.tallies else None
        if best is None or best.votes == 0 or (len(self.tallies) > 1 and self.tallies[1].votes == best.votes):
            return None
        return best.option

    @property
    def agreement(self) -> float | None:
        """The greatest share of the members that one option has."""
        return self.tallies[0].votes / self.seated if self.tallies and self.seated else None

    @property
    def consensus(self) -> bool:
        """Whether more than half of all members say the same."""
        return bool(self.tallies) and self.tallies[0].votes * 2 > self.seated

    @property
    def unanimous(self) -> bool:
        """Whether all members say the same."""
        return bool(self.tallies) and self.tallies[0].votes == self.seated > 0


def count(deliberation: Deliberation, round: int) -> Count:
    """Count a round. Options that nobody voted for count, too; the order is by votes, then as they were offered."""
    seats = [member.n for member in deliberation.seated(round)]
    voters: dict[str, list[int]] = {option: [] for option in deliberation.council.options}
    given = deliberation.given(round)
    for n in seats:
        if n in given and (vote := voted(given[n])) is not None:
            voters.setdefault(vote, []).append(n)
    tallies = [Tally(option=option, votes=len(who), members=who) for option, who in voters.items()]
    return Count(tallies=sorted(tallies, key=lambda tally: -tally.votes), seated=len(seats))


def voted(answer: Given) -> str | None:
    """What somebody voted for."""
    return answer.vote if answer.status == "answered" else None


def changed(deliberation: Deliberation, round: int) -> int:
    """How many members vote otherwise than in the round before; who was not there then has changed nothing."""
    before, now = deliberation.given(round - 1), deliberation.given(round)
    return sum(voted(before[n]) != voted(now[n]) for n in now if n in before)


def decisive(deliberation: Deliberation) -> int:
    """The round that the outcome is read from: the last that was held to its end and not cut short; else the first."""
    last = deliberation.council.round
    for round in range(last, BLIND, -1):
        given = deliberation.given(round).values()
        whole = given and not deliberation.open(round) and not any(answer.cut_short for answer in given)
        if whole and any(voted(answer) is not None for answer in given):
            return round
    return BLIND


def outcome(deliberation: Deliberation) -> dict[str, Any]:
    """What came of a council, in the shape of the wire's Outcome; amounts of money as text, so that none is rounded."""
    round = decisive(deliberation)
    last, first = count(deliberation, round), count(deliberation, BLIND)
    given = deliberation.given(round)
    blind = sum((answer.cost_usd for answer in deliberation.answers if answer.round == BLIND), Decimal(0))
    whole = sum((answer.cost_usd for answer in deliberation.answers), Decimal(0))
    return {
        "winner": last.winner,
        "consensus": last.consensus,
        "votes": [asdict(tally) for tally in last.tallies],
        "abstained": [m.n for m in deliberation.seated(round) if m.n not in given or voted(given[m.n]) is None],
        "baseline": first.winner,
        "baseline_votes": [asdict(tally) for tally in first.tallies],
        "baseline_cost_usd": str(blind),
        "debate_cost_usd": str(whole - blind),
        "minority": minority(deliberation, round, last.winner),
    }


def minority(deliberation: Deliberation, round: int, winner: str | None) -> list[dict[str, Any]]:
    """The members whose vote is not the winner, with their reasons in full; without a winner, all that voted."""
    given = deliberation.given(round)
    voices: list[dict[str, Any]] = []
    for member in deliberation.seated(round):
        vote = voted(given[member.n]) if member.n in given else None
        if vote is None or vote == winner:
            continue
        said: Mapping[str, Any] = given[member.n].answer or {}
        voice = {"member": member.n, "name": member.name, "vote": vote}
        voices.append(voice | {name: said.get(name) for name in ("position", "reasoning")})
    return voices
