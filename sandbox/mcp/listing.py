"""Checks and bounds what a server says of its tools, once: all of it is a stranger's text.

What no model can be given is left out, and counted.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import mcp_types as mcp
import orjson
from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator

from sandbox.mcp.names import name_of
from sandbox.mcp.servers import ListedTool, Listing

MOST_TOOLS = 100
"""Of one server."""
MOST_BYTES = 256 * 1024
"""Of all that one server says of its tools, as JSON."""
MOST_SCHEMA_BYTES = 16 * 1024
DEEPEST_SCHEMA = 20
LONGEST_DESCRIPTION = 1000
PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
COMBINATORS = frozenset({"oneOf", "anyOf", "allOf", "not", "if", "then", "else"})
"""What providers refuse at the top of a schema."""


def listing_of(server: str, told: Sequence[mcp.Tool]) -> Listing:
    """What of a server's own list is kept."""
    kept: dict[str, ListedTool] = {}
    room = MOST_BYTES
    for tool in told:
        shown = _shown(tool)
        if shown is None or len(kept) >= MOST_TOOLS:
            continue
        size = len(orjson.dumps(shown))
        if size <= room:
            room -= size
            kept.setdefault(name_of(server, tool.name), shown)
    return Listing(tools=list(kept.values()), left_out=len(told) - len(kept))


def _shown(tool: mcp.Tool) -> ListedTool | None:
    """A tool as it is kept; None for one that no model can be given."""
    parameters = _parameters(tool.input_schema)
    if parameters is None or not 0 < len(tool.name) <= 200 or not _is_text(tool.name):
        return None
    hints = tool.annotations
    return ListedTool(
        name=tool.name,
        description=_plain(tool.description or tool.title or "")[:LONGEST_DESCRIPTION],
        parameters=parameters,
        read_only=hints is not None and hints.read_only_hint is True,
    )


def _parameters(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A schema that every provider takes, or None."""
    try:
        size = len(orjson.dumps(schema))
    except orjson.JSONEncodeError:
        return None
    if size > MOST_SCHEMA_BYTES or _depth(schema) > DEEPEST_SCHEMA or "\\u0000" in orjson.dumps(schema).decode():
        return None
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or schema.get("type", "object") != "object":
        return None
    if not all(PROPERTY.fullmatch(name) for name in cast("dict[str, Any]", properties)):
        return None
    kept = {key: value for key, value in schema.items() if key not in COMBINATORS and key != "$schema"}
    made: dict[str, Any] = {**kept, "type": "object", "properties": properties}
    try:
        Draft202012Validator.check_schema(made)
    except SchemaError:
        return None
    return made


def _depth(value: object) -> int:
    """How deep a value is nested; counting stops where it is too deep anyway."""
    level: list[object] = [value]
    for depth in range(DEEPEST_SCHEMA + 1):
        inner = [each for one in level for each in _inner(one)]
        if not inner:
            return depth
        level = inner
    return DEEPEST_SCHEMA + 1


def _inner(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else ()


def _is_text(text: str) -> bool:
    return text.isprintable()


def _plain(text: str) -> str:
    """Without characters that are seen by models and not by people."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
