# pyright: basic
"""Takes parts out of JSON by a path, as JSONPath writes it (RFC 9535) without its filters."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.programs.refusal import Refused

STEP = re.compile(
    r"""\.\.(?P<deep>[\w-]+|\*)|\.?\[(?P<slice>-?\d*:-?\d*)\]|\.?\[(?P<index>-?\d{1,9})\]|\.?\[(?P<all>\*)\]"""
    r"""|\.?\[(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\]|\.(?P<star>\*)|\.(?P<name>[^.\[\]*]+)"""
)
MOST_FOUND, MOST_CHARACTERS, MOST_BYTES = 1000, 30_000, 32 * 1024 * 1024


def query(path: str, wanted: str, most: int) -> dict[str, object]:
    """What is at a path in a file of JSON, or of JSON in each line."""
    found = list(_limited(_follow([_document(path)], _steps(wanted))))
    shown: list[object] = []
    room = MOST_CHARACTERS
    for value in found[:most]:
        room -= len(json.dumps(value, ensure_ascii=False))
        if room < 0:
            break
        shown.append(value)
    told: dict[str, object] = {"values": shown, "count": len(found)}
    if found and not shown:
        told["first_is"] = _outline(found[0])
    return told


def _document(path: str) -> Any:
    opened = gzip.open if path.endswith(".gz") else open
    try:
        with opened(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise Refused(f"{path!r} holds more than {MOST_BYTES // 1024**2} MiB.")
        text = content.decode("utf-8-sig")
        if path.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(f"{path!r} is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from error
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise Refused(f"{path!r} cannot be read: {error}.") from error
    except RecursionError as error:
        raise Refused(f"{path!r} is nested too deep.") from error


def _steps(wanted: str) -> list[re.Match[str]]:
    rest = wanted.strip().removeprefix("$")
    if rest and rest[0] not in ".[":
        rest = f".{rest}"
    steps: list[re.Match[str]] = []
    while rest:
        step = STEP.match(rest)
        if step is None:
            raise Refused(
                f"The path cannot be read from {rest[:50]!r} on. It is made like $.users[*].name or $..price."
            )
        steps.append(step)
        rest = rest[step.end() :]
    return steps


def _follow(values: Iterable[Any], steps: list[re.Match[str]]) -> Iterator[Any]:
    for step in steps:
        values = _each(values, step)
    return iter(values)


def _each(values: Iterable[Any], step: re.Match[str]) -> Iterator[Any]:
    for value in values:
        yield from _one(value, step)


def _one(value: Any, step: re.Match[str]) -> Iterator[Any]:
    kind, asked = step.lastgroup, step[step.lastgroup or 0]
    if kind == "deep":
        yield from _deep(value, asked)
    elif kind in ("all", "star"):
        yield from _inner(value)
    elif kind == "slice":
        begin, _, end = asked.partition(":")
        yield from value[int(begin) if begin else None : int(end) if end else None] if isinstance(value, list) else ()
    elif kind == "index":
        if isinstance(value, list) and -len(value) <= int(asked) < len(value):
            yield value[int(asked)]
    elif isinstance(value, dict) and asked in value:
        yield value[asked]
    elif isinstance(value, list) and asked.isdecimal() and int(asked) < len(value):
        yield value[int(asked)]


def _deep(value: Any, name: str) -> Iterator[Any]:
    """Everything of that name, however deep."""
    level = [value]
    while level:
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict) and name in each:
                yield each[name]
            elif name == "*":
                yield from _inner(each)
            inner.extend(_inner(each))
        level = inner


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []


def _limited(found: Iterator[Any]) -> Iterator[Any]:
    for count, value in enumerate(found):
        if count >= MOST_FOUND:
            return
        yield value


def _outline(value: Any) -> str:
    """What a value is that is too long to show."""
    if isinstance(value, dict):
        return f"an object with {len(value)} names: {', '.join(list(value)[:30])[:500]}"
    return f"a list of {len(value)}" if isinstance(value, list) else f"a text of {len(str(value))} characters"
