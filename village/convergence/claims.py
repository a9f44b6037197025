"""Decides whether two statements claim the same: near in meaning, and nothing said that makes them differ.

A vector hears what a sentence is about better than what it says of it: "must" and "must not", Monday and Tuesday, two
and four lie close together. So nearness is asked for first, more of it the more words the two share (shared words alone
bring vectors together), and then the words are read for what would make the two differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from village.convergence.opposites import ALL, MAY, MUST, OPPOSITES, PLACES, SETS, SOME, stem
from village.convergence.reading import Reading, read, sentences

THRESHOLD = 0.7
"""Cosine from which statements that share no word count as the same. Chosen on the labelled statements of the tests."""
FOR_SHARED_WORDS = 0.1
"""How much more is asked for of two that share all their words."""
FOR_LEFT_OUT = 0.05
"""How much more is asked for when only one of them gives a number or a name."""
SHARED = 0.5
"""Sentences of longer texts that share so much of their words speak of the same, and are held side by side."""
LEAST_WORDS = 2
"""Content words that a statement needs to claim something."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two statements claim the same, and why (not)."""

    same: bool
    reason: str


def same_claim(a: str, b: str, cosine: float, *, threshold: float = THRESHOLD) -> Verdict:
    """Whether two statements claim the same, given the cosine of their vectors."""
    if cosine < threshold:
        return Verdict(False, f"not near enough: {cosine:.2f} < {threshold:.2f}")
    ones, others = [read(one) for one in sentences(a)], [read(one) for one in sentences(b)]
    one, other = _together(ones), _together(others)
    if min(len(one), len(other)) < LEAST_WORDS:
        return Verdict(False, "too short to claim anything")
    if one == other and [x.words for x in ones] == [x.words for x in others]:
        return Verdict(True, "the same words")
    for x, y in _side_by_side(ones, others):
        for differs in CHECKS:
            reason = differs(x, y)
            if reason is not None:
                return Verdict(False, reason)
    wanted = threshold + FOR_SHARED_WORDS * overlap(one, other) + FOR_LEFT_OUT * _left_out(ones, others)
    if cosine < wanted:
        return Verdict(False, f"near because of the words that they share: {cosine:.2f} < {wanted:.2f}")
    return Verdict(True, f"near in meaning: {cosine:.2f}")


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the words of both that both have."""
    return len(one & other) / max(1, len(one | other))


def _together(readings: list[Reading]) -> frozenset[str]:
    return frozenset[str]().union(*(one.said for one in readings))


def _left_out(ones: list[Reading], others: list[Reading]) -> bool:
    def given(readings: list[Reading]) -> tuple[bool, bool]:
        return any(one.numbers for one in readings), any(one.names for one in readings)

    return given(ones) != given(others)


def _side_by_side(ones: list[Reading], others: list[Reading]) -> list[tuple[Reading, Reading]]:
    if len(ones) == len(others) == 1:
        return [(ones[0], others[0])]
    return [(x, y) for x in ones for y in others if overlap(x.said, y.said) >= SHARED]


def _polarity(a: Reading, b: Reading) -> str | None:
    """Each "not", each pair of opposites and each turned comparison flips what is said; two flips undo each other."""
    contrary = _contrary(a, b)
    turned = _turned(a, b)
    negated = abs(a.negations - b.negations) % 2
    flips = len(contrary) + turned + negated
    if flips % 2 == 0 and (flips == 0 or _undone(a, b, contrary, turned)) and not _denied_twice(a, b):
        return None
    if contrary:
        return "opposites: " + ", ".join(contrary)
    return "the comparison is turned round" if turned else "one says that it is not so"


def _undone(a: Reading, b: Reading, contrary: list[str], turned: int) -> bool:
    """Whether two flips are of one thing: "not slowly" is "fast", "slowly, or else" is "too fast"."""
    words = {stem(word) for pair in contrary for word in pair.split("/")}
    return bool(turned or a.warnings != b.warnings or words & (a.negated | b.negated))


def _denied_twice(a: Reading, b: Reading) -> bool:
    """Whether one denies two things that the other says: these do not undo each other."""
    both = a.said & b.said if abs(a.negations - b.negations) >= 2 else frozenset[str]()
    return max(len((a.negated - b.negated) & both), len((b.negated - a.negated) & both)) >= 2


def _contrary(a: Reading, b: Reading) -> list[str]:
    mine, theirs = ({stem(word): word for word in one.words} for one in (a, b))
    found: dict[str, str] = {}
    for word in mine.keys() - theirs.keys():
        for other in OPPOSITES.get(word, frozenset()) & (theirs.keys() - mine.keys()):
            both_here = OPPOSITES[word] & mine.keys() or OPPOSITES[other] & theirs.keys()
            if not both_here and _of_the_same(a, mine[word], b, theirs[other]):
                found.setdefault(other, f"{mine[word]}/{theirs[other]}")
    return sorted(set(found.values()))


def _of_the_same(a: Reading, word: str, b: Reading, other: str) -> bool:
    """Before and after are opposites of each other only before the same thing."""
    return not ({word, other} & PLACES) or _next(a, word) == _next(b, other)


def _next(one: Reading, word: str) -> str | None:
    following = map(stem, one.words[one.words.index(word) + 1 :])
    return next((found for found in following if found in one.said), None)


def _turned(a: Reading, b: Reading) -> int:
    if a.contrast is None or b.contrast is None:
        return 0
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    moved = len(a1 & b2 - a2) + len(a2 & b1 - b2)
    return int(moved > len(a2 & b2))


def _halves(one: Reading) -> tuple[frozenset[str], frozenset[str]]:
    """What is said before its "than", and after it."""
    place = one.contrast or 0
    before, after = (frozenset(map(stem, words)) & one.said for words in (one.words[:place], one.words[place + 1 :]))
    return before, after


def _numbers(a: Reading, b: Reading) -> str | None:
    return _apart("numbers", a.numbers, b.numbers)


def _names(a: Reading, b: Reading) -> str | None:
    return _apart("names", a.names, b.names)


def _sets(a: Reading, b: Reading) -> str | None:
    mine, theirs = ({word.removesuffix("s") for word in one.words} | set(one.words) for one in (a, b))
    for members in SETS:
        reason = _apart("one of a set", frozenset(mine & members), frozenset(theirs & members))
        if reason is not None:
            return reason
    return None


def _quantifiers(a: Reading, b: Reading) -> str | None:
    def one_of(words: tuple[str, ...]) -> tuple[bool, bool]:
        return bool(ALL & set(words)), bool(SOME & set(words))

    return "all or only some" if {one_of(a.words), one_of(b.words)} == {(True, False), (False, True)} else None


def _modality(a: Reading, b: Reading) -> str | None:
    def allows(one: Reading) -> bool | None:
        must, may = bool(MUST & set(one.words)), bool(MAY & set(one.words))
        return None if must == may or one.negations or "only" in one.words else may

    mine, theirs = allows(a), allows(b)
    return "must or may" if mine is not None and theirs is not None and mine != theirs else None


def _replaced(a: Reading, b: Reading) -> str | None:
    """The same sentence with another word in one place says something else."""
    match = SequenceMatcher(None, a.words, b.words, autojunk=False)
    if match.ratio() < 0.7:
        return None
    for kind, i, j, k, m in match.get_opcodes():
        if kind != "replace":
            continue
        mine = {stem(word) for word in a.words[i:j]} & a.said - b.said
        theirs = {stem(word) for word in b.words[k:m]} & b.said - a.said
        if mine and theirs:
            return f"another word in the same place: {'/'.join(sorted(mine | theirs))}"
    return None


def _apart(what: str, mine: frozenset[str], theirs: frozenset[str]) -> str | None:
    if not mine or not theirs or mine <= theirs or theirs <= mine:
        return None
    return f"other {what}: {', '.join(sorted(mine))} / {', '.join(sorted(theirs))}"


CHECKS: tuple[Callable[[Reading, Reading], str | None], ...] = (
    _polarity, _numbers, _names, _sets, _quantifiers, _modality, _replaced,
)  # fmt: skip
"""Each answers what makes two sentences differ, or None."""
