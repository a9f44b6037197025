"""The rule of what runs, what asks and what is refused: each combination, against the rule in words."""

from itertools import product

import pytest

from sandbox.policy import Decision, Rule, decide, rules_of
from sandbox.tool import Facts

FLAGS = ("reads_untrusted", "side_effect", "exfiltrates", "idempotent", "reads_private", "in_conversation")
ALL_FACTS = [Facts(**dict(zip(FLAGS, flags, strict=True))) for flags in product((False, True), repeat=len(FLAGS))]


@pytest.mark.parametrize(("rule", "decision"), [("always", "run"), ("ask", "ask"), ("never", "refuse")])
@pytest.mark.parametrize("tainted", [False, True])
def test_a_rule_of_the_person_stands_above_all(rule: Rule, decision: Decision, tainted: bool):
    assert {decide(facts, rule, tainted=tainted) for facts in ALL_FACTS} == {decision}


def test_nothing_asks_while_no_stranger_has_spoken():
    assert {decide(facts, None, tainted=False) for facts in ALL_FACTS} == {"run"}


@pytest.mark.parametrize("facts", ALL_FACTS, ids=str)
def test_once_a_stranger_has_spoken_what_reaches_further_asks(facts: Facts):
    """The table in words: sending out always asks; private data and changes ask beyond their own conversation."""
    decision = decide(facts, None, tainted=True)

    if facts.exfiltrates:
        assert decision == "ask"
    elif facts.in_conversation:
        assert decision == "run"
    else:
        assert decision == ("ask" if facts.reads_private or facts.side_effect else "run")


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        (Facts(), "run"),
        (Facts(reads_untrusted=True), "run"),
        (Facts(reads_untrusted=True, exfiltrates=True), "ask"),
        (Facts(reads_private=True), "ask"),
        (Facts(side_effect=True), "ask"),
        (Facts(side_effect=True, idempotent=True), "ask"),
        (Facts(side_effect=True, in_conversation=True), "run"),
        (Facts(reads_private=True, side_effect=True, in_conversation=True), "run"),
        (Facts(side_effect=True, in_conversation=True, exfiltrates=True), "ask"),
    ],
)
def test_some_of_it_spelt_out(facts: Facts, decision: Decision):
    assert decide(facts, None, tainted=True) == decision


@pytest.mark.parametrize("kept", [None, "ask", ["ask"], {}, {"calculator": "sometimes"}, {"calculator": None}])
def test_settings_that_hold_no_rules_have_none(kept: object):
    assert rules_of(kept) == {}


def test_rules_are_found_among_what_is_none():
    assert rules_of({"a": "always", "b": "ask", "c": "never", "d": 7}) == {"a": "always", "b": "ask", "c": "never"}
