"""Puts statements that claim the same into clusters, one after the other; a chain of likes is no cluster."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

K = TypeVar("K")
Agrees = Callable[[K, K], bool]
SHARE = 0.5
"""Of the statements of a cluster, how many one that joins has to agree with."""


def group(new: K, matches: Collection[K], clusters: Iterable[frozenset[K]], agrees: Agrees[K]) -> frozenset[K]:
    """The cluster that holds a new statement: those that it joins, as one, and others that it agrees with.

    `matches` are the statements that the new one agrees with, best first, `clusters` those that hold some of them. It
    is empty when the statement agrees with nobody.
    """
    taken = set[K]().union(*clusters)
    joined = frozenset({new})
    for cluster in sorted(clusters, key=lambda one: -len(one & set(matches))):
        if _agree(joined, cluster, agrees):
            joined |= cluster
    for match in matches:
        if match not in taken and _agree(joined, frozenset({match}), agrees):
            joined |= {match}
    return joined if len(joined) > 1 else frozenset()


def _agree(one: frozenset[K], other: frozenset[K], agrees: Agrees[K]) -> bool:
    """Whether the statements of two clusters agree with each other for the most part."""
    pairs = [(a, b) for a in one for b in other]
    return sum(agrees(a, b) for a, b in pairs) > SHARE * len(pairs) - 1e-9


def middle(members: Collection[K], cosine: Callable[[K, K], float]) -> tuple[K, dict[K, float]]:
    """The statement that is nearest to all others of its cluster, and how near each is to it."""
    best = max(members, key=lambda one: sum(cosine(one, other) for other in members))
    return best, {one: 1.0 if one == best else cosine(one, best) for one in members}
