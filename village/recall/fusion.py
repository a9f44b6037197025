"""Joins the list of what means the same with the list of what has the same words; touches nothing."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from village.knowledge.item import Knowledge
from village.recall.query import Hit, Place, Why

K = 60
"""Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009, with the constant of that paper."""
LEAST_WORDS, LEAST_OF_BEST = 0.3, 0.5
"""Hits by words that count beside those by meaning have this share of the question, and of what the best of them has:
a rank says nothing of how good it is, and there is always a text with one word of the question. The figures were chosen
on the corpus of tests/village/corpus."""
HALF_LIFE = 30.0
"""Days after which what nobody has used has lost half of what it can lose; use stretches them by its logarithm."""
FLOOR = 0.5
"""What no age takes away: what is old and fits stands above what is new and does not."""


def fused(vector: Mapping[UUID, Place], text: Mapping[UUID, Place]) -> dict[UUID, float]:
    """A score for everything in either list: the sum of 1 / (K + rank)."""
    scores: dict[UUID, float] = {}
    for places in (vector, text):
        for id, place in places.items():
            scores[id] = scores.get(id, 0.0) + 1 / (K + place.rank)
    return scores


def placed(scored: Sequence[tuple[UUID, float]]) -> dict[UUID, Place]:
    """Places in a list whose best comes first."""
    return {id: Place(rank, score) for rank, (id, score) in enumerate(scored, 1)}


def telling(text: Mapping[UUID, Place]) -> Mapping[UUID, Place]:
    """The hits by words that have enough of them to count."""
    best = max((place.score for place in text.values()), default=0.0)
    least = max(LEAST_WORDS, LEAST_OF_BEST * best)
    return {id: place for id, place in text.items() if place.score >= least}


def retention(knowledge: Knowledge, now: datetime) -> float:
    """What age and use leave of a score, from FLOOR to 1: half goes in a half-life since it was said or last read."""
    since = max(knowledge.created_at, knowledge.last_accessed_at or knowledge.created_at)
    days = max(0.0, (now - since).total_seconds() / 86400)
    half_life = HALF_LIFE * (1 + math.log1p(knowledge.access_count))
    return FLOOR + (1 - FLOOR) * 0.5 ** (days / half_life)


def ranked(
    known: Sequence[Knowledge],
    vector: Mapping[UUID, Place],
    text: Mapping[UUID, Place],
    *,
    now: datetime | None,
) -> list[Hit]:
    """The hits, best first. With `now`, age and use count."""
    scores = fused(vector, text)
    hits: list[Hit] = []
    for one in known:
        decay = 1.0 if now is None else retention(one, now)
        why = Why(vector=vector.get(one.id), text=text.get(one.id), decay=decay)
        hits.append(Hit(knowledge=one, score=scores[one.id] * decay, why=why))
    return sorted(hits, key=lambda hit: (-hit.score, hit.knowledge.id.int))
