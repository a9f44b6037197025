"""What a member has to answer, as a JSON Schema, and how it is read: strictly, or not at all.

A vote is the field `vote` of a JSON object and nothing else. An answer that is no such object, that votes for what is
not offered, or that is far too long, is nonsense: the member is asked once more, then it has abstained. Nobody looks
for digits or phrases in what it said instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from actors.councils.errors import Nonsense

LONGEST = 32_000
"""Bytes of a whole answer; what is longer is not looked at."""
POSITION, REASONING, ARGUMENT, COMMENT = 300, 2000, 300, 300
"""Characters that are kept of each."""
MOST_ARGUMENTS = 5
TRIES = 2
"""How often a member is asked in a round."""
KEEP, NEW = "keep", "new"
"""Votes where nothing is offered: for what the member said before, or for a position of its own."""


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """What a member may vote for.

    With `options`, for one of them. Without, for a position in its own words; once positions are on the table, for one
    of them by its label (`standing`), for what it said before (`own`), or for a new one.
    """

    options: Sequence[str] = ()
    standing: Mapping[str, str] | None = None
    own: str | None = None
    labels: Mapping[str, int] | None = None
    """The members that it reviews, by the labels it sees them under; None when it is blind."""

    def choices(self) -> list[str] | None:
        """The values that `vote` may have; None for any text."""
        if self.options:
            return list(self.options)
        if not self.standing:
            return None
        return [*self.standing, *([KEEP] if self.own is not None else []), NEW]


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer that keeps to what was asked for."""

    vote: str
    position: str
    reasoning: str
    arguments: Sequence[str]
    confidence: float | None
    reviews: Sequence[Mapping[str, Any]]

    def kept(self) -> dict[str, Any]:
        """What is stored beside the vote."""
        return {
            "position": self.position,
            "reasoning": self.reasoning,
            "arguments": list(self.arguments),
            "confidence": self.confidence,
            "reviews": [dict(review) for review in self.reviews],
        }


def schema(ballot: Ballot) -> dict[str, Any]:
    """The JSON Schema of an answer. It bounds no lengths and no numbers: providers refuse schemas that do."""
    choices = ballot.choices()
    fields: dict[str, Any] = {
        "vote": {"type": "string"} | ({"enum": choices} if choices else {}),
        "position": {"type": "string", "description": f"Your position in one sentence, {POSITION} characters at most."},
        "reasoning": {"type": "string", "description": f"Why, {REASONING} characters at most."},
        "arguments": {
            "type": "array",
            "items": {"type": "string"},
            "description": f"What is new in your answer: {MOST_ARGUMENTS} at most, each in one sentence.",
        },
        "confidence": {"type": "number", "description": "From 0 to 1."},
    }
    if ballot.labels:
        review = {
            "label": {"type": "string", "enum": list(ballot.labels)},
            "agrees": {"type": "boolean"},
            "comment": {"type": "string", "description": "In one sentence."},
        }
        fields["reviews"] = {"type": "array", "items": _object(review)}
    return _object(fields)


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def parse(text: str | None, ballot: Ballot) -> Said:
    """Read an answer. Raises Nonsense, which says what is wrong with it."""
    if text is None or not text.strip():
        raise Nonsense("it said nothing")
    if len(text) > LONGEST or len(text.encode()) > LONGEST:
        raise Nonsense(f"its answer is longer than {LONGEST:,} bytes")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Nonsense("its answer is not JSON") from error
    if not isinstance(value, dict):
        raise Nonsense("its answer is not a JSON object")
    fields = cast("dict[str, Any]", value)
    return Said(
        vote=_vote(fields, ballot),
        position=_text(fields, "position", POSITION),
        reasoning=_text(fields, "reasoning", REASONING),
        arguments=[each for each in _arguments(fields) if each],
        confidence=_confidence(fields.get("confidence")),
        reviews=_reviews(fields.get("reviews"), ballot.labels or {}),
    )


def _vote(fields: Mapping[str, Any], ballot: Ballot) -> str:
    vote = fields.get("vote")
    if not isinstance(vote, str) or not vote.strip():
        raise Nonsense("it did not vote")
    choices = ballot.choices()
    if choices is not None and vote not in choices:
        vote = vote.strip()
        if vote not in choices:
            raise Nonsense(f"it voted for {vote[:60]!r}, which is not offered")
    if ballot.options:
        return vote
    if choices is None:
        return _plain(vote, POSITION)
    if vote == KEEP and ballot.own is not None:
        return ballot.own
    standing = ballot.standing or {}
    stated = standing.get(vote) or _text(fields, "position", POSITION)
    if not stated:
        raise Nonsense("it voted for a new position, but did not say which")
    return stated


def _text(fields: Mapping[str, Any], name: str, most: int) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise Nonsense(f"its {name} is not a text")
    return _plain(value, most)


def _plain(text: str, most: int) -> str:
    """Text that can be stored and shown on one line of a prompt."""
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    return " ".join(clean.split())[:most]


def _arguments(fields: Mapping[str, Any]) -> list[str]:
    value = fields.get("arguments", [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in cast("list[Any]", value)):
        raise Nonsense("its arguments are not a list of texts")
    return [_plain(each, ARGUMENT) for each in cast("list[str]", value)[:MOST_ARGUMENTS]]


def _confidence(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Nonsense("its confidence is not a number from 0 to 1")
    return float(value)


def _reviews(value: object, labels: Mapping[str, int]) -> list[dict[str, Any]]:
    """What it says of others; reviews of what it was not shown are left out."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Nonsense("its reviews are not a list")
    kept: dict[int, dict[str, Any]] = {}
    for each in cast("list[Any]", value)[: len(labels)]:
        fields = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
        label, agrees = fields.get("label"), fields.get("agrees")
        if isinstance(label, str) and label in labels and isinstance(agrees, bool):
            comment = fields.get("comment")
            said = _plain(comment, COMMENT) if isinstance(comment, str) else ""
            kept.setdefault(labels[label], {"member": labels[label], "agrees": agrees, "comment": said})
    return list(kept.values())
