"""The labelled statements, and how well a decision about pairs, and the clusters that follow from it, meet the labels.

Statements under one `claim` say the same, in the words of different agents; all others do not. Thresholds are chosen on
`choose.txt`; `held_out.txt`, on other topics, only judges them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from village.convergence.grouping import group

FOLDER = Path(__file__).parent
AGENTS = ("AZOTH", "ELYSIAN", "VAJRA", "KETHER", "CLAUDE")


@dataclass(frozen=True)
class Statement:
    """A statement, what it claims ("kiln main", "kiln negation"), and by whom."""

    text: str
    topic: str
    claim: str
    agent: str


@dataclass(frozen=True)
class Score:
    """How many were found that should be, and what else was."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Of what was found, the share that should be."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Of what should be found, the share that was."""
        return self.right / max(1, self.right + self.missed)

    def __str__(self) -> str:
        counts = f"{self.right} right, {self.wrong} wrong, {self.missed} missed"
        return f"precision {self.precision:.3f}   recall {self.recall:.3f}   ({counts})"


def statements(part: str) -> list[Statement]:
    """All statements of "choose" or "held_out"."""
    topic = claim = ""
    found: list[Statement] = []
    said = 0
    for line in (FOLDER / f"{part}.txt").read_text().splitlines():
        if line.startswith("topic "):
            topic = line.removeprefix("topic ")
        elif line.startswith("claim "):
            claim, said = line.removeprefix("claim "), 0
        elif line.strip():
            found.append(Statement(line.strip(), topic, f"{topic} {claim}", AGENTS[said % len(AGENTS)]))
            said += 1
    return found


Pairs = set[tuple[int, int]]


def labelled_pairs(given: Sequence[Statement]) -> Pairs:
    """The pairs that claim the same."""
    return {(i, j) for (i, a), (j, b) in combinations(enumerate(given), 2) if a.claim == b.claim}


def decided_pairs(given: Sequence[Statement], decide: Callable[[int, int], bool]) -> Pairs:
    """The pairs of which a decision says so."""
    return {(i, j) for i, j in combinations(range(len(given)), 2) if decide(i, j)}


def joined(pairs: Iterable[tuple[int, int]]) -> Pairs:
    """The pairs that lie in one cluster when these are joined."""
    cluster: dict[int, set[int]] = {}
    for i, j in pairs:
        both = cluster.get(i, {i}) | cluster.get(j, {j})
        cluster |= dict.fromkeys(both, both)
    return {(i, j) for i, members in cluster.items() for j in members if i < j}


def score(found: Pairs, labelled: Pairs) -> Score:
    """What was found beside what should be."""
    return Score(len(found & labelled), len(found - labelled), len(labelled - found))


def grouped(count: int, decide: Callable[[int, int], bool]) -> Pairs:
    """The pairs that lie in one cluster when statements come one after the other, as they do in a realm."""
    clusters: list[frozenset[int]] = []
    for new in range(count):
        matches = [old for old in range(new) if decide(old, new)]
        touched = [cluster for cluster in clusters if cluster & set(matches)]
        cluster = group(new, matches, touched, lambda a, b: decide(min(a, b), max(a, b)))
        clusters = [one for one in clusters if not one <= cluster] + ([cluster] if cluster else [])
    return {(i, j) for cluster in clusters for i, j in combinations(sorted(cluster), 2)}
