"""An answer is read strictly: what does not keep to the form is no vote."""

from typing import Any

import orjson
import pytest

from actors.councils.answers import Ballot, parse, schema
from actors.councils.errors import Nonsense

TEN = tuple(str(n) for n in range(1, 11))
BLIND = Ballot(options=TEN)


def text(**fields: Any) -> str:
    plain: dict[str, Any] = {
        "vote": "10",
        "position": "Ten.",
        "reasoning": "It is 1 more than 9.",
        "arguments": [],
        "confidence": 0.9,
    }
    return orjson.dumps(plain | fields).decode()


def test_a_vote_is_a_field_not_a_digit_in_prose():
    assert parse(text(position="1, 2 and 3 are wrong"), BLIND).vote == "10"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "nothing"),
        ("  ", "nothing"),
        ("10. It is the largest.", "not JSON"),
        ('Here is my answer: {"vote": "10"}', "not JSON"),
        ("[1]", "not a JSON object"),
        ("10", "not a JSON object"),
        ("{}", "did not vote"),
        (text(vote=10), "did not vote"),
        (text(vote="11"), "not offered"),
        (text(vote="10 or 9"), "not offered"),
        (text(confidence="high"), "confidence"),
        (text(confidence=7), "confidence"),
        (text(confidence=True), "confidence"),
        (text(arguments="many"), "arguments"),
        (text(reasoning={"deep": "very"}), "reasoning"),
        (text(reasoning="x" * 1_000_000), "longer"),
        ("[" * 1000, "not JSON"),
        ("é" * 20_000, "longer"),
    ],
)
def test_what_keeps_not_to_the_form_is_nonsense(answer: str | None, why: str):
    with pytest.raises(Nonsense, match=why):
        parse(answer, BLIND)


def test_texts_are_cut_to_their_room_and_made_storable():
    said = parse(text(position="a\0b\n c" + "x" * 900, arguments=["one"] * 9), BLIND)

    assert said.position.startswith("ab c")
    assert len(said.position) == 300
    assert len(said.arguments) == 5


def test_reviews_are_of_those_who_were_shown():
    ballot = Ballot(options=TEN, labels={"A": 3, "B": 1})
    reviews = [
        {"label": "A", "agrees": True, "comment": "yes"},
        {"label": "A", "agrees": False, "comment": "twice"},
        {"label": "Z", "agrees": True, "comment": "who?"},
        "nonsense",
    ]
    assert parse(text(reviews=reviews[:2]), ballot).reviews == [{"member": 3, "agrees": True, "comment": "yes"}]
    assert parse(text(reviews=reviews[2:]), ballot).reviews == []


def test_without_options_a_vote_is_a_position_in_own_words():
    assert parse(text(vote="Plant  trees"), Ballot()).vote == "Plant trees"


@pytest.mark.parametrize(
    ("vote", "stands_for"), [("A", "Plant trees"), ("keep", "Build dams"), ("new", "Ten."), ("C", None)]
)
def test_without_options_a_later_vote_is_for_a_position_on_the_table(vote: str, stands_for: str | None):
    ballot = Ballot(standing={"A": "Plant trees", "B": "Wait"}, own="Build dams", labels={"A": 1, "B": 2})
    if stands_for is None:
        with pytest.raises(Nonsense):
            parse(text(vote=vote), ballot)
    else:
        assert parse(text(vote=vote), ballot).vote == stands_for


def test_the_schema_offers_what_may_be_voted_for():
    asked = schema(Ballot(options=TEN, labels={"A": 1}))

    assert asked["properties"]["vote"]["enum"] == list(TEN)
    assert asked["properties"]["reviews"]["items"]["properties"]["label"]["enum"] == ["A"]
    assert "reviews" not in schema(BLIND)["properties"]
