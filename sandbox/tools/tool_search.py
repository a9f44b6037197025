"""Lets a model find tools that it was not given: with a hundred and more, giving all of them each time would cost most
of a request."""

from typing import Annotated

from pydantic import Field

from sandbox.ranking import ranked
from sandbox.tool import Example, Facts, ToolContext, tool

NAME = "tool_search"
MOST_FOUND = 10


@tool(
    category="library",
    facts=Facts(idempotent=True, seconds=5),
    example=Example(
        arguments={"query": "shuffle or pick at random", "limit": 1},
        result={
            "found": [
                {
                    "name": "random_choice",
                    "description": "Pick one of several at random.",
                    "parameters": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["choices"],
                        "properties": {
                            "choices": {
                                "type": "array",
                                "items": {"maxLength": 1000, "type": "string"},
                                "minItems": 1,
                                "maxItems": 1000,
                                "description": "What to pick from",
                            }
                        },
                    },
                }
            ],
            "note": "These can be called from now on.",
        },
    ),
)
async def tool_search(
    context: ToolContext,
    *,
    query: Annotated[str, Field(min_length=1, max_length=300), "What it should do, in English words"],
    limit: Annotated[int, Field(ge=1, le=MOST_FOUND), "Most tools to find"] = 5,
) -> dict[str, object]:
    """Find a tool for something that none of the tools at hand can do. What is found can be called from then on."""
    others = [each for each in context.library.values() if each.name != NAME]
    found = ranked(others, query)[:limit]
    if found:
        shown = [{"name": each.name, "description": each.description, "parameters": each.parameters} for each in found]
        return {"found": shown, "note": "These can be called from now on."}
    families: dict[str, list[str]] = {}
    for each in sorted(others, key=lambda each: each.name):
        families.setdefault(each.category, []).append(each.name)
    return {"found": [], "note": "No tool has these words. All names, by family:", "names": families}
