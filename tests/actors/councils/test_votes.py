"""Votes are counted as they should be, whoever is missing."""

from dataclasses import replace

import pytest

from actors.councils.records import Member
from actors.councils.votes import changed, count, decisive, outcome
from tests.actors.councils.made import answered, council


def test_all_options_are_counted_most_votes_first():
    state = answered(council(4), 1, "water", "tea", "water", None)

    tallies = count(state, 1).tallies

    assert [(tally.option, tally.votes, tally.members) for tally in tallies] == [
        ("water", 2, [1, 3]), ("tea", 1, [2]), ("coffee", 0, []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("votes", "consensus", "winner"),
    [
        (["tea", "tea", "tea", "coffee", "water"], True, "tea"),
        (["tea", "tea", "coffee", "coffee", "water"], False, None),
        (["tea", "tea", None, None], False, "tea"),
        (["tea", "tea", None], True, "tea"),
        ([None, None], False, None),
    ],
)
def test_a_consensus_is_more_than_half_of_all_members(votes: list[str | None], consensus: bool, winner: str | None):
    counted = count(answered(council(len(votes)), 1, *votes), 1)

    assert (counted.consensus, counted.winner) == (consensus, winner)


def test_agreement_is_a_share_of_all_members():
    assert count(answered(council(4), 1, "tea", "tea", None, None), 1).agreement == 0.5


def test_who_was_not_there_before_has_changed_nothing():
    state = answered(council(2), 1, "tea", "coffee")
    state = replace(state, members=[*state.members, Member(n=3, name="Late", joined_round=2)])
    state = answered(state, 2, "tea", "tea", "water")

    assert changed(state, 2) == 1


def test_the_outcome_shows_the_baseline_the_cost_of_debate_and_the_minority():
    state = answered(answered(council(3), 1, "tea", "tea", "coffee"), 2, "coffee", "tea", "coffee")

    result = outcome(state)

    assert (result["winner"], result["baseline"]) == ("coffee", "tea")
    assert (result["baseline_cost_usd"], result["debate_cost_usd"]) == ("0.03", "0.03")
    assert [voice["name"] for voice in result["minority"]] == ["Member2"]
    assert result["minority"][0]["position"] == "position 2 of Member2"


def test_the_outcome_counts_a_round_that_was_held_to_its_end():
    state = answered(answered(council(3), 1, "tea", "tea", "coffee"), 2, "coffee", None, None, error="budget_spent")

    assert decisive(state) == 1
    assert outcome(state)["winner"] == "tea"
