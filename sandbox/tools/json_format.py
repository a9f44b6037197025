"""Lets a model see whether a text is JSON, and take one part out of a large one."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, cast

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool

MAX_CHARS = 100_000
DEEPEST = 100
TYPES: Mapping[type[Any], str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
}


@tool(
    category="utility",
    facts=Facts(idempotent=True, seconds=5),
    example=Example(
        arguments={"json_string": '{"cats": [{"name": "Mia"}]}', "path": "cats.0.name"},
        result={"valid": True, "type": "string", "formatted": '"Mia"'},
    ),
)
async def json_format(
    context: ToolContext,
    *,
    json_string: Annotated[str, Field(max_length=MAX_CHARS), "The JSON text"],
    path: Annotated[str | None, Field(max_length=1000), "A part of it, such as users.0.name"] = None,
    indent: Annotated[int, Field(ge=0, le=8), "Spaces for each level; 0 for one line"] = 2,
) -> dict[str, object]:
    """Check a JSON text and lay it out, or take one part out of it."""
    try:
        value = json.loads(json_string, parse_constant=_refused)
    except RecursionError as error:
        raise ToolFailed(f"This is nested deeper than {DEEPEST} levels.") from error
    except json.JSONDecodeError as error:
        told = f"{error.msg}, line {error.lineno}, column {error.colno}"
        return {"valid": False, "error": told}
    except ValueError as error:
        return {"valid": False, "error": str(error)}
    part = _part(value, path) if path else value
    _check_depth(part)
    laid_out = json.dumps(part, ensure_ascii=False, indent=indent or None)
    return {"valid": True, "type": _type_of(part), "formatted": laid_out}


def _type_of(value: Any) -> str:
    return next((name for kind, name in TYPES.items() if isinstance(value, kind)), "null")


def _part(value: Any, path: str) -> Any:
    """What is at a path of names and numbers. Raises ToolFailed, saying how far it goes."""
    gone: list[str] = []
    for step in path.replace("[", ".").replace("]", "").removeprefix("$").strip(".").split("."):
        if isinstance(value, dict) and step in value:
            value = cast("dict[str, Any]", value)[step]
        elif isinstance(value, list) and _is_index(step, len(cast("list[Any]", value))):
            value = cast("list[Any]", value)[int(step)]
        else:
            raise ToolFailed(f"There is no {step!r} in {'.'.join(gone) or 'the whole'}.{_choices(value)}")
        gone.append(step)
    return value


def _is_index(step: str, length: int) -> bool:
    return step.isascii() and step.isdecimal() and len(step) < 9 and int(step) < length


def _choices(value: Any) -> str:
    if isinstance(value, dict):
        return f" It has: {', '.join(list(cast('dict[str, Any]', value))[:20])[:300]}."
    return f" It is a list of {len(cast('list[Any]', value))}." if isinstance(value, list) else ""


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth >= DEEPEST:
            raise ToolFailed(f"This is nested deeper than {DEEPEST} levels.")
        level = [inner for each in level for inner in _inside(each)]
        depth += 1


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return cast("list[Any]", value) if isinstance(value, list) else []


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
