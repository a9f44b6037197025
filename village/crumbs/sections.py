"""The sections of a crumb, in the shapes that models send them: values, or the same as JSON in a text.

The predecessor took lists and objects as JSON texts, and prompts still say so; plain sentences come, too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

MOST_ENTRIES = 30
MAX_ENTRY = 1000
"""Characters of one entry."""

Given = str | Sequence[Any] | Mapping[str, Any] | None


def entries(given: Given) -> list[str]:
    """A list of short texts: out of a list, a JSON text of one, or lines."""
    value = _opened(given)
    if isinstance(value, str):
        value = [line.strip().removeprefix("- ") for line in value.splitlines()]
    if isinstance(value, Mapping):
        value = [f"{name}: {_text(inner)}" for name, inner in value.items()]
    texts = [_text(entry) for entry in value or ()]
    return [text[:MAX_ENTRY] for text in texts if text][:MOST_ENTRIES]


def mood(given: Given) -> object:
    """An emotional state: an object as it is, anything else as one text."""
    value = _opened(given)
    if isinstance(value, Mapping):
        return {str(name)[:100]: inner for name, inner in list(value.items())[:MOST_ENTRIES]}
    return "; ".join(entries(value)) or None


def references(given: Given) -> dict[str, list[str]]:
    """What a crumb points to, by sort. A bare list points to messages, as the predecessor's did."""
    value = _opened(given)
    if not isinstance(value, Mapping):
        bare = entries(value)
        return {"message_ids": bare} if bare else {}
    named = value
    found = {str(sort)[:100]: entries(inner if _is_many(inner) else [inner]) for sort, inner in named.items()}
    return {sort: ids for sort, ids in list(found.items())[:MOST_ENTRIES] if ids}


def _opened(given: Given) -> Given:
    """A JSON text of a list or an object as what it says."""
    if not isinstance(given, str) or given.lstrip()[:1] not in ("[", "{"):
        return given
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        return given


def _is_many(value: object) -> bool:
    return isinstance(value, list | tuple)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()
