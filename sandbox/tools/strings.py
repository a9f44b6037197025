"""Exact changes of texts, which a model would otherwise type out again, with mistakes.

Patterns that the caller writes (`regex_*`) are not here: one pattern can take for ever, so they belong into the jail.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.texts import MAX_CHANGED, PURE

MOST_PARTS = 2000
Text = Annotated[str, Field(max_length=MAX_CHANGED)]
Case = Literal["lower", "upper", "title", "capitalize", "swapcase"]


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"text": "Red roses, red wine", "find": "red", "replace": "white", "case_sensitive": False},
        result={"result": "white roses, white wine", "replacements": 2},
    ),
)
async def string_replace(
    context: ToolContext,
    *,
    text: Annotated[Text, "The text to change"],
    find: Annotated[str, Field(min_length=1, max_length=10_000), "What to replace, letter by letter"],
    replace: Annotated[Text, "What to put in its place"],
    count: Annotated[int, Field(ge=-1), "Most replacements; -1 for all"] = -1,
    case_sensitive: Annotated[bool, "Whether upper and lower case differ"] = True,
) -> dict[str, object]:
    """Replace a text within another, everywhere or some times."""
    places = list(_places(text, find) if case_sensitive else _places(_lowered(text), _lowered(find)))
    if count >= 0:
        places = places[:count]
    if len(text) + len(places) * (len(replace) - len(find)) > MAX_CHANGED:
        raise ToolFailed(f"The result would be longer than {MAX_CHANGED} characters.")
    begins = [0, *(place + len(find) for place in places)]
    kept = [text[begin:end] for begin, end in zip(begins, [*places, len(text)], strict=True)]
    return {"result": replace.join(kept), "replacements": len(places)}


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"text": "a,b,c", "delimiter": ",", "max_splits": 1}, result={"parts": ["a", "b,c"], "count": 2}
    ),
)
async def string_split(
    context: ToolContext,
    *,
    text: Annotated[Text, "The text to split"],
    delimiter: Annotated[str | None, Field(max_length=1000), "Where to split; white space when absent"] = None,
    max_splits: Annotated[int, Field(ge=-1), "Most splits; -1 for all"] = -1,
) -> dict[str, object]:
    """Split a text at a delimiter or at white space."""
    parts = text.split(delimiter or None, max_splits)
    if len(parts) > MOST_PARTS:
        raise ToolFailed(f"That makes {len(parts)} parts, and {MOST_PARTS} are the most; give max_splits.")
    return {"parts": parts, "count": len(parts)}


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"parts": ["salt", "pepper"], "delimiter": " & "},
        result={"result": "salt & pepper", "parts_joined": 2},
    ),
)
async def string_join(
    context: ToolContext,
    *,
    parts: Annotated[list[Text], Field(max_length=MOST_PARTS), "The texts, in order"],
    delimiter: Annotated[str, Field(max_length=1000), "What stands between them"] = "",
) -> dict[str, object]:
    """Join texts into one."""
    if sum(map(len, parts)) + len(delimiter) * len(parts) > MAX_CHANGED:
        raise ToolFailed(f"The result would be longer than {MAX_CHANGED} characters.")
    return {"result": delimiter.join(parts), "parts_joined": len(parts)}


@tool(
    category="string",
    facts=PURE,
    example=Example(arguments={"text": "the old man", "case": "title"}, result={"result": "The Old Man"}),
)
async def string_case(
    context: ToolContext,
    *,
    text: Annotated[Text, "The text to change"],
    case: Annotated[Case, "How it should be written"] = "lower",
) -> dict[str, object]:
    """Change the case of a text: lowercase, uppercase, Every Word, First word, or swapped."""
    match case:
        case "lower":
            changed = text.lower()
        case "upper":
            changed = text.upper()
        case "title":
            changed = " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))
        case "capitalize":
            changed = text.capitalize()
        case "swapcase":
            changed = text.swapcase()
    return {"result": changed}


def _places(text: str, find: str) -> Iterator[int]:
    """Where a text begins within another, without overlaps."""
    place = text.find(find)
    while place >= 0:
        yield place
        place = text.find(find, place + len(find))


def _lowered(text: str) -> str:
    """Lower case, letter for letter: a letter whose lower case is longer stays, so that places stay where they are."""
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)
