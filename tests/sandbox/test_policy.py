"""The rule of what runs, what asks and what is refused: each combination, against the rule in words."""

from itertools import product

import pytest

from sandbox.policy import Decision, Known, Rule, decide, rules_of
from sandbox.tool import Facts

FLAGS = ("reads_untrusted", "side_effect", "exfiltrates", "idempotent", "reads_private", "in_conversation")
ALL_KNOWN = [Known(*read) for read in product((False, True), repeat=2)]
ALL_FACTS = [Facts(**dict(zip(FLAGS, flags, strict=True))) for flags in product((False, True), repeat=len(FLAGS))]


@pytest.mark.parametrize(("rule", "decision"), [("always", "run"), ("ask", "ask"), ("never", "refuse")])
@pytest.mark.parametrize("known", ALL_KNOWN, ids=str)
def test_a_rule_of_the_person_stands_above_all(rule: Rule, decision: Decision, known: Known):
    assert {decide(facts, rule, known) for facts in ALL_FACTS} == {decision}


@pytest.mark.parametrize("private", [False, True])
def test_nothing_asks_while_no_stranger_has_spoken(private: bool):
    assert {decide(facts, None, Known(private=private)) for facts in ALL_FACTS} == {"run"}


@pytest.mark.parametrize("facts", ALL_FACTS, ids=str)
def test_once_a_stranger_has_spoken_what_reaches_further_asks(facts: Facts):
    """The table in words: private data and changes ask beyond their conversation, going out where it could tell."""
    decision = decide(facts, None, Known(strangers=True, private=True))
    before = decide(facts, None, Known(strangers=True))

    touches = facts.reads_private or facts.side_effect
    if facts.exfiltrates:
        assert decision == "ask"
        assert before == ("ask" if touches else "run")
    else:
        assert decision == before == ("ask" if touches and not facts.in_conversation else "run")


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        (Facts(), "run"),
        (Facts(reads_untrusted=True), "run"),
        (Facts(reads_untrusted=True, exfiltrates=True), "run"),
        (Facts(reads_private=True), "ask"),
        (Facts(side_effect=True), "ask"),
        (Facts(side_effect=True, idempotent=True), "ask"),
        (Facts(side_effect=True, in_conversation=True), "run"),
        (Facts(reads_private=True, side_effect=True, in_conversation=True), "run"),
        (Facts(side_effect=True, in_conversation=True, exfiltrates=True), "ask"),
    ],
)
def test_some_of_it_spelt_out(facts: Facts, decision: Decision):
    assert decide(facts, None, Known(strangers=True)) == decision


@pytest.mark.parametrize("kept", [None, "ask", ["ask"], {}, {"calculator": "sometimes"}, {"calculator": None}])
def test_settings_that_hold_no_rules_have_none(kept: object):
    assert rules_of(kept) == {}


def test_rules_are_found_among_what_is_none():
    assert rules_of({"a": "always", "b": "ask", "c": "never", "d": 7}) == {"a": "always", "b": "ask", "c": "never"}
