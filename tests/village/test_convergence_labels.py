"""How well agreement is told from what only looks like it: precision and recall on the labelled statements."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from cluster.models.embeddings.minilm import LocalEmbedding
from tests.village.convergence.labelled import decided_pairs, grouped, labelled_pairs, score, statements
from village.convergence.claims import same_claim


async def test_agreement_is_told_from_what_only_looks_like_it(record_property: Callable[[str, object], None]) -> None:
    given = statements("held_out")
    vectors = await LocalEmbedding("labels", cast("Any", None)).embed([one.text for one in given])

    def decide(i: int, j: int) -> bool:
        cosine = sum(a * b for a, b in zip(vectors[i], vectors[j], strict=True))
        return same_claim(given[i].text, given[j].text, cosine).same

    pairs = decided_pairs(given, decide)
    clusters = grouped(len(given), lambda i, j: (i, j) in pairs)
    labels = labelled_pairs(given)
    record_property("pairs", str(score(pairs, labels)))
    record_property("clusters", str(score(clusters, labels)))

    assert score(pairs, labels).precision >= 0.9
    assert score(pairs, labels).recall >= 0.8
    assert score(clusters, labels).precision >= 0.85
    assert score(clusters, labels).recall >= 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The door must be locked.", "The door must not be locked."),
        ("The door is always locked.", "The door is never locked."),
        ("Coffee increases the heart rate.", "Coffee decreases the heart rate."),
        ("All windows are closed.", "Some windows are closed."),
        ("The meeting is on Monday.", "The meeting is on Tuesday."),
        ("Bake it for twenty minutes.", "Bake it for forty minutes."),
        ("Anna listens to Peter more than to Paul.", "Anna listens to Paul more than to Peter."),
        ("You may leave early.", "You must leave early."),
        ("We don't use tabs.", "We use tabs."),
    ],
)
def test_the_contrary_and_the_other_do_not_agree_however_near(one: str, other: str) -> None:
    assert not same_claim(one, other, 0.99).same
