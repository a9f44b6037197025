"""Finds and replaces by patterns. They run in a jail with a short clock: one pattern can take for ever."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from sandbox import jailed
from sandbox.jail.limits import Limits
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.texts import MAX_CHANGED, MAX_COUNTED

SHORT = replace(Limits(), wall_seconds=2.0)
FACTS = Facts(idempotent=True, seconds=30)
Pattern = Annotated[str, Field(min_length=1, max_length=2000)]
Flags = Annotated[str, Field(max_length=6)]
FLAGS = "Of i (ignore case), m (^ and $ at lines), s (. matches line ends), x (verbose), a (ASCII)"


@tool(
    category="string",
    facts=FACTS,
    example=Example(
        arguments={"text": "Ada 1815, Alan 1912", "pattern": r"(\w+) (\d+)"},
        result={
            "matches": [
                {"match": "Ada 1815", "start": 0, "end": 8, "groups": ["Ada", "1815"]},
                {"match": "Alan 1912", "start": 10, "end": 19, "groups": ["Alan", "1912"]},
            ],
            "count": 2,
        },
    ),
)
async def regex_match(
    context: ToolContext,
    *,
    text: Annotated[str, Field(max_length=MAX_COUNTED), "Where to look"],
    pattern: Annotated[Pattern, "A regular expression, as in Python"],
    flags: Annotated[Flags, FLAGS] = "",
) -> Any:
    """Find all matches of a regular expression."""
    asked = {"text": text, "pattern": pattern, "flags": flags}
    return (await jailed.call(context, "patterns.match", asked, limits=SHORT)).value


@tool(
    category="string",
    facts=FACTS,
    example=Example(
        arguments={"text": "2026-11-23", "pattern": r"(\d+)-(\d+)-(\d+)", "replacement": r"\3.\2.\1"},
        result={"result": "23.11.2026", "replacements": 1},
    ),
)
async def regex_replace(
    context: ToolContext,
    *,
    text: Annotated[str, Field(max_length=MAX_CHANGED), "What to change"],
    pattern: Annotated[Pattern, "A regular expression, as in Python"],
    replacement: Annotated[str, Field(max_length=MAX_CHANGED), "What to put in; \\1 or \\g<name> for a group"],
    flags: Annotated[Flags, FLAGS] = "",
    count: Annotated[int, Field(ge=0), "Most replacements; 0 for all"] = 0,
) -> Any:
    """Replace all matches of a regular expression."""
    asked = {"text": text, "pattern": pattern, "replacement": replacement, "flags": flags, "count": count}
    return (await jailed.call(context, "patterns.replace", {**asked, "longest": MAX_CHANGED}, limits=SHORT)).value


REGEX_TOOLS = (regex_match, regex_replace)
