"""Patterns that somebody wrote: they find, they replace, and the terrible ones end."""

from typing import Any

import orjson
import pytest

from sandbox.registry import Toolset
from sandbox.tool import ToolContext
from sandbox.tools.regex import REGEX_TOOLS

TOOLS = Toolset(REGEX_TOOLS)


async def told(context: ToolContext, name: str, **arguments: Any) -> Any:
    """What a model is told, as JSON."""
    outcome = await TOOLS.run(name, context, arguments)
    assert not outcome.is_error, outcome.content
    return orjson.loads(outcome.content)


@pytest.mark.parametrize(("name", "more"), [("regex_match", {}), ("regex_replace", {"replacement": ""})])
async def test_a_catastrophic_pattern_ends_within_its_time(context: ToolContext, name: str, more: dict[str, str]):
    outcome = await TOOLS.run(name, context, {"text": "a" * 60 + "b", "pattern": "^(a+)+$", **more})
    assert (outcome.is_error, outcome.content) == (True, "It was ended: it took longer than 2 seconds.")
    assert outcome.seconds < 10


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"pattern": "("}, "The pattern is wrong: missing ), unterminated subpattern at position 0."),
        ({"pattern": "a", "flags": "iz"}, "There is no flag 'z'; there is i, m, s, x, a, u."),
        ({"pattern": "a", "replacement": "\\7"}, "The replacement is wrong: invalid group reference 7"),
        ({"pattern": "", "replacement": ""}, "at least 1 character"),
        ({"pattern": "a?", "replacement": "b" * 30_000}, "The result would be longer than 40000 characters."),
        ({"pattern": "(" * 900 + ")" * 900}, None),
    ],
)
async def test_what_is_wrong_is_said(context: ToolContext, arguments: dict[str, str], error: str | None):
    name = "regex_replace" if "replacement" in arguments else "regex_match"
    outcome = await TOOLS.run(name, context, {"text": "aa", **arguments})
    assert outcome.is_error
    assert len(outcome.content) < 600
    assert error is None or error in outcome.content


async def test_flags_groups_and_names(context: ToolContext):
    found = await told(context, "regex_match", text="A1\nb2", pattern=r"^(?P<letter>[a-z])(\d)?$", flags="IM")
    assert found["count"] == 2
    assert found["matches"][1] == {"match": "b2", "start": 3, "end": 5, "groups": ["b", "2"], "named": {"letter": "b"}}


async def test_of_many_matches_some_are_shown_and_all_counted(context: ToolContext):
    found = await told(context, "regex_match", text="a" * 200_000, pattern="a")
    assert (found["count"], len(found["matches"]), found["not_shown"]) == (200_000, 500, 199_500)


async def test_a_replacement_may_be_bounded_and_name_groups(context: ToolContext):
    replaced = await told(
        context, "regex_replace", text="x1 x2 x3", pattern=r"x(?P<n>\d)", replacement=r"\g<n>y", count=2
    )
    assert replaced == {"result": "1y 2y x3", "replacements": 2}
