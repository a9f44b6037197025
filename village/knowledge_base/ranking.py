"""Ranks texts by the words of a question: BM25 with a longer arm.

BM25 as Robertson and Zaragoza give it ("The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.1).
A word also finds those that begin like it, at a part of the weight, since documents say `migrations` where people ask
for `migrate`; a title's words count several times.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

WORD = re.compile(r"[^\W_]+")
COMMON = frozenset(
    """a an and are as at be been but by can could did do does for from had has have how i if in into is it its may me
    must my no not of on or our shall should so than that the their them then there these they this to was we were what
    when where which while who whom whose why will with would you your""".split()
)
"""Words that say nothing about what a question is about."""
K1, B = 1.2, 0.75
TITLE_TIMES = 4
"""How often a title's words count."""
SHORTEST_STEM = 4
"""Words are akin when their beginnings agree in so many letters or more, and all but the last few."""
LONGEST_ENDING = 4
AKIN = 0.6


class Index:
    """Texts with titles, ready to be asked. Holds their words' counts, not the texts."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        """Takes pairs of title and text."""
        self._counts = [_counted(title, text) for title, text in texts]
        lengths = [counts.total() for counts in self._counts]
        mean = sum(lengths) / max(1, len(lengths))
        self._room = [K1 * (1 - B + B * length / mean) if mean else K1 for length in lengths]
        having: Counter[str] = Counter(word for counts in self._counts for word in counts)
        self._rarity: Mapping[str, float] = {
            word: math.log(1 + (len(texts) - count + 0.5) / (count + 0.5)) for word, count in having.items()
        }

    def ranked(self, question: str) -> list[tuple[int, float]]:
        """Which texts have words of the question, best first, each with its score."""
        arms = [self._arm(word) for word in dict.fromkeys(words_of(question))]
        scores = [(place, sum(self._score(place, arm) for arm in arms)) for place in range(len(self._counts))]
        return sorted(((place, score) for place, score in scores if score > 0), key=lambda pair: (-pair[1], pair[0]))

    def _arm(self, word: str) -> Mapping[str, float]:
        """The words that a question's word finds, and what each is worth."""
        worth = {known: AKIN * rarity for known, rarity in self._rarity.items() if akin(word, known)}
        if word in self._rarity:
            worth[word] = self._rarity[word]
        return worth

    def _score(self, place: int, arm: Mapping[str, float]) -> float:
        counts, room = self._counts[place], self._room[place]
        best = (
            worth * counts[word] * (K1 + 1) / (counts[word] + room) for word, worth in arm.items() if word in counts
        )
        return max(best, default=0.0)


def words_of(question: str) -> list[str]:
    """The words that a question is about; all of them when each is a common one."""
    words = list(_words(question))
    return [word for word in words if word not in COMMON] or words


def akin(one: str, other: str) -> bool:
    """Whether two words begin alike and end differently, as `sandbox` and `sandboxes` do."""
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    endings = max(len(one), len(other)) - shared
    return one != other and shared >= SHORTEST_STEM and endings <= min(LONGEST_ENDING, shared - 1)


def _counted(title: str, text: str) -> Counter[str]:
    counts = Counter(_words(text))
    for word in _words(title):
        counts[word] += TITLE_TIMES
    return counts


def _words(text: str) -> Iterator[str]:
    return (found[0].lower() for found in WORD.finditer(text))
