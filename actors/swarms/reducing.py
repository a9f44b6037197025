"""How many results become one: by one agent if they fit, else by a tree of them. Pure, like progress.py.

A level is a list of texts. It is cut into groups that fit what one agent is given; each group becomes one text of the
next level, until a single group is left, whose answer is the swarm's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from uuid import UUID

GROUP_CHARS = 60_000
"""Characters of results that one agent is given."""
TEXT_CHARS = 28_000
"""Characters of one result at most, so that two fit; the rest is cut off, and the agent is told so."""
AROUND = 80
"""Characters that the mark around a result takes."""

Place: TypeAlias = tuple[int, int]
"""Level and group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The latest agent of a group: how it stands, and how long its result is. `again`: it is to be tried once more."""

    id: UUID
    attempt: int
    status: Literal["working", "completed", "failed"]
    size: int = 0
    again: bool = False

    def tried_again(self, again: bool) -> "Made":
        """The same, to be tried once more or not."""
        return replace(self, again=again)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Texts of a level that one agent is given: places in the level. `attempt` counts from 1."""

    level: int
    number: int
    of: int
    members: range
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done: groups to begin; or the answer's agent, or the agent whose failure ends it all."""

    begin: Sequence[Group] = ()
    answer: UUID | None = None
    failed: UUID | None = None


def grouped(sizes: Sequence[int]) -> list[range]:
    """A level in groups that fit, in order. Whatever the sizes, two texts fit."""
    groups: list[range] = []
    start = taken = 0
    for place, size in enumerate(sizes):
        room = min(size, TEXT_CHARS) + AROUND
        if place > start and taken + room > GROUP_CHARS:
            groups.append(range(start, place))
            start, taken = place, 0
        taken += room
    return [*groups, range(start, len(sizes))] if sizes else groups


def plan(sizes: Sequence[int], made: Mapping[Place, Made]) -> Plan:
    """What is to be done, with so many characters in each result and what was made of them so far."""
    level = 0
    while True:
        groups = grouped(sizes)
        there = [made.get((level, number)) for number in range(len(groups))]
        lost = next((one for one in there if one and one.status == "failed" and not one.again), None)
        if lost is not None:
            return Plan(failed=lost.id)
        begin = [
            Group(level=level, number=number, of=len(groups), members=groups[number], attempt=_next(one))
            for number, one in enumerate(there)
            if one is None or one.status == "failed"
        ]
        finished = [one for one in there if one is not None and one.status == "completed"]
        if begin or len(finished) < len(groups):
            return Plan(begin=begin)
        if len(groups) == 1:
            return Plan(answer=finished[0].id)
        sizes = [one.size for one in finished]
        level += 1


def _next(made: Made | None) -> int:
    return 1 if made is None else made.attempt + 1
