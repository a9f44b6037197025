"""Finds tools by words: the same ranking for a model that searches and for a person who does.

A word counts more where it says more: in a name more than in a description, and more when few tools have it.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sandbox.tool import Tool

MOST_WORDS = 20
"""Words of a query that count."""
SHORTEST_STEM = 3
"""A word also finds those that begin with it, and those that it begins with, from so many letters on."""
IN_NAME, IN_FAMILY, IN_DESCRIPTION, IN_PARAMETERS = 5.0, 3.0, 1.5, 1.0
BEGINNING = 0.6
"""What the beginning of a word counts, beside the whole word."""
WORD = re.compile(r"[^\W_]+")


def ranked(tools: Iterable[Tool], query: str) -> list[Tool]:
    """The tools that have a word of the query, best first; equals by name."""
    words = list(dict.fromkeys(_words(query)))[:MOST_WORDS]
    entries = [(tool, _entry(tool.name, tool.category, tool.description, _text_of(tool.parameters))) for tool in tools]
    rarity = _rarity([entry for _, entry in entries])
    scored = [(sum(_score(entry, word, rarity) for word in words), tool) for tool, entry in entries]
    return [tool for score, tool in sorted(scored, key=lambda pair: (-pair[0], pair[1].name)) if score > 0]


Entry = Mapping[str, float]
"""The words of a tool, and the weight of the best place that has each."""


@lru_cache(maxsize=1024)
def _entry(name: str, family: str, description: str, parameters: str) -> Entry:
    found: dict[str, float] = {}
    places = ((parameters, IN_PARAMETERS), (description, IN_DESCRIPTION), (family, IN_FAMILY), (name, IN_NAME))
    for text, weight in places:
        found.update(dict.fromkeys(_words(text), weight))
    return found


def _rarity(entries: Sequence[Entry]) -> Mapping[str, float]:
    having = Counter(word for entry in entries for word in entry)
    return {word: math.log(1 + len(entries) / count) for word, count in having.items()}


def _score(entry: Entry, word: str, rarity: Mapping[str, float]) -> float:
    """How well the tool's best matching word fits."""
    if word in entry:
        return entry[word] * rarity[word]
    akin = (weight * rarity[known] for known, weight in entry.items() if _akin(word, known))
    return BEGINNING * max(akin, default=0.0)


def _akin(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= SHORTEST_STEM and longer.startswith(shorter)


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _text_of(parameters: Mapping[str, Any]) -> str:
    """The names and descriptions of parameters, and the values they may have."""
    fields = cast("Mapping[str, Mapping[str, Any]]", parameters.get("properties", {}))
    said = [
        [name, str(field.get("description", "")), *map(str, field.get("enum", ()))] for name, field in fields.items()
    ]
    return " ".join(word for words in said for word in words)
