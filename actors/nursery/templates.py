"""Makes training examples for a tool out of its schema and its example: a request in words, and the call it becomes.

Every call that is made passes the tool's own check, so a model never learns one that would be refused. The same request
makes the same examples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Literal

import orjson

from actors.nursery.examples import Json, asked, example, said
from sandbox.errors import ArgumentsInvalid
from sandbox.tool import Tool

Variation = Literal["low", "medium", "high"]
TRIES = 12
"""How often it looks for one more different example before it stops."""
OPTIONAL: Mapping[Variation, float] = {"low": 0.0, "medium": 0.35, "high": 0.7}
"""How likely a parameter is given that the tool's example leaves out."""
PHRASES = (
    "{head}: {given}.",
    "Please use {tool} with {given}.",
    "Can you do this for me? {head}. {given}.",
    "I need this: {lower}. {given}.",
    "{given}. {head}, please.",
)
BARE_PHRASES = ("{head}, please.", "Please use {tool}.", "Can you do this for me? {head}.", "I need this: {lower}.")
"""For a tool that takes nothing."""
FIRST_PHRASES = 2
OPENINGS = ("", "Hi! ", "Quick one: ", "When you have a moment: ", "For my notes. ", "One more thing. ")
TEXTS = (
    "The train leaves at seven from platform four.",
    "Red roses grow by the old wall",
    "Please water the plants on Friday",
    "A short note about the garden",
    "Weather: rain in the morning, sun after noon",
    "buy flour, eggs and milk",
    "Meeting moved to Tuesday",
    "the quick brown fox",
    "Every river finds the sea.",
    "Three ideas for the spring concert",
)
NAMES = ("garden", "recipes", "travel", "music", "budget", "reading", "project_a", "birthdays", "meetings", "ideas")
IS_TEXT = {
    "text",
    "query",
    "content",
    "question",
    "message",
    "task",
    "prompt",
    "description",
    "session_summary",
    "fact",
}
IS_NAME = {"key", "name", "title", "dataset_name", "topic", "tag"}
MOST_OF_TEXT = 120
"""Characters of a value that a request spells out."""


def examples_for(tool: Tool, count: int, level: Variation) -> Iterator[Json]:
    """Up to `count` examples, each with words of its own; fewer where there is not so much to vary."""
    rng = Random(f"{tool.name}/{level}")
    seen: set[str] = set()
    missed = 0
    while len(seen) < count and missed < TRIES:
        arguments = _arguments(tool, level, rng)
        request = _request(tool, arguments, level, rng)
        if request in seen:
            missed += 1
            continue
        missed = 0
        seen.add(request)
        call = (f"call_{rng.getrandbits(48):012x}", tool.name, arguments)
        yield example([asked(request), said("", [call])], [tool])


def _arguments(tool: Tool, level: Variation, rng: Random) -> Mapping[str, Any]:
    """Arguments that the tool takes: those of its example with other values, and more of the simple ones."""
    known = dict(tool.example.arguments) if tool.example else {}
    fields: Mapping[str, Mapping[str, Any]] = tool.parameters.get("properties", {})
    for _ in range(TRIES):
        made = {name: _value(name, fields.get(name, {}), value, rng) for name, value in known.items()}
        for name, field in fields.items():
            if (
                name not in made
                and rng.random() < OPTIONAL[level]
                and (field.get("enum") or field.get("type") == "boolean")
            ):
                made[name] = _value(name, field, field.get("default"), rng)
        try:
            tool.check(made)
        except ArgumentsInvalid:
            continue
        return made
    return known


def _value(name: str, field: Mapping[str, Any], known: Any, rng: Random) -> Any:
    """A value for a parameter: of a choice, a number in its bounds, a text where any will do; else the known one."""
    if field.get("enum"):
        return rng.choice(field["enum"])
    kind = field.get("type")
    if kind == "boolean":
        return rng.random() < 0.5
    if kind in ("integer", "number") and isinstance(known, int | float):
        low = max(field.get("minimum", 1), 1)
        high = min(field.get("maximum", 1000), max(20, 2 * known))
        return rng.randint(int(low), int(max(low, high)))
    if kind == "string" and name in IS_TEXT:
        return rng.choice(TEXTS)
    if kind == "string" and name in IS_NAME:
        return rng.choice(NAMES)
    return known


def _request(tool: Tool, arguments: Mapping[str, Any], level: Variation, rng: Random) -> str:
    """The call in a person's words."""
    head = re.split(r"[,;:(]", tool.summary.rstrip("."), maxsplit=1)[0].strip()
    given = "; ".join(f"{name.replace('_', ' ')}: {_spelled(value)}" for name, value in arguments.items())
    phrases: Sequence[str] = PHRASES if given else BARE_PHRASES
    chosen = rng.choice(phrases[:FIRST_PHRASES] if level == "low" else phrases)
    phrase = chosen.format(head=head, lower=head[:1].lower() + head[1:], tool=tool.name, given=given)
    text = f"{rng.choice(OPENINGS)}{phrase}" if level == "high" else phrase
    return text.lower() if level == "high" and not given and rng.random() < 0.3 else text


def _spelled(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= MOST_OF_TEXT else f"{text[:MOST_OF_TEXT]}…"
