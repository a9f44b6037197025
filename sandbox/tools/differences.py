"""Compares two texts: which lines were added and which removed."""

from typing import Annotated

from pydantic import Field

from sandbox.jail.limits import Limits
from sandbox.jailed import call
from sandbox.tool import Example, Facts, ToolContext, tool

MAX_COMPARED = 200_000
CLOCK = Limits(wall_seconds=10, cpu_seconds=10)

Text = Annotated[str, Field(max_length=MAX_COMPARED)]
Name = Annotated[str, Field(max_length=200, pattern=r"^[^\r\n]*$")]


@tool(
    category="string",
    facts=Facts(idempotent=True, seconds=60),
    example=Example(
        arguments={"before": "one\ntwo\n", "after": "one\n2\n", "context_lines": 0},
        result={
            "diff": "--- before\n+++ after\n@@ -2 +2 @@\n-two\n+2",
            "identical": False,
            "added": 1,
            "removed": 1,
            "similarity": 0.5,
        },
    ),
)
async def text_diff(
    context: ToolContext,
    *,
    before: Annotated[Text, "The old text"],
    after: Annotated[Text, "The new text"],
    context_lines: Annotated[int, Field(ge=0, le=50), "Lines to show around each change"] = 3,
    names: Annotated[list[Name], Field(min_length=2, max_length=2), "What to call the two"] = ["before", "after"],  # noqa: B006 (pydantic copies it)
) -> object:
    """Compare two texts by lines: a unified diff, the lines added and removed, and how alike they are (0 to 1)."""
    arguments = {"before": before, "after": after, "context": context_lines, "names": names}
    return (await call(context, "differences.compare", arguments, limits=CLOCK)).value
