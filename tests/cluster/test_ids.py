"""Ids sort by when they were made."""

from itertools import pairwise

from cluster.ids import new_id


def test_ids_that_one_process_makes_after_one_another_sort_so() -> None:
    made = [new_id() for _ in range(2_000)]

    # Two within a quarter of a microsecond may tie; nearly all are further apart.
    assert sum(one > other for one, other in pairwise(made)) < 20
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == len(made)
