"""Chance for a model, which has none of its own: asked for a random number, it says seven far too often."""

import secrets
import uuid
from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool

MOST = 2**53
"""Whole numbers beyond lose digits in most JSON readers."""
Bound = Annotated[int | float, Field(ge=-MOST, le=MOST)]
CHANCE = Facts(idempotent=True, seconds=5)
DICE = secrets.SystemRandom()


@tool(
    category="utility",
    facts=CHANCE,
    example=Example(
        arguments={"min": 1, "max": 6, "count": 2},
        result={"values": [4, 1], "min": 1, "max": 6, "type": "integer"},
        varies=True,
    ),
)
async def random_number(
    context: ToolContext,
    *,
    min: Annotated[Bound, "Smallest, included"] = 1,
    max: Annotated[Bound, "Largest, included"] = 100,
    type: Annotated[Literal["integer", "float"], "Kind of number"] = "integer",
    count: Annotated[int, Field(ge=1, le=100), "How many"] = 1,
    min_value: Annotated[int | None, Field(ge=-MOST, le=MOST), "The same as min"] = None,
    max_value: Annotated[int | None, Field(ge=-MOST, le=MOST), "The same as max"] = None,
) -> dict[str, object]:
    """Draw random numbers, each equally likely."""
    low, high = (min if min_value is None else min_value), (max if max_value is None else max_value)
    if low > high:
        raise ToolFailed(f"min ({low}) is larger than max ({high}).")
    drawn = [_drawn(low, high, type) for _ in range(count)]
    told = {"value": drawn[0]} if count == 1 else {"values": drawn}
    return {**told, "min": low, "max": high, "type": type}


@tool(
    category="utility",
    facts=CHANCE,
    example=Example(arguments={"choices": ["tea", "coffee"]}, result="tea", varies=True),
)
async def random_choice(
    context: ToolContext,
    *,
    choices: Annotated[
        list[Annotated[str, Field(max_length=1000)]], Field(min_length=1, max_length=1000), "What to pick from"
    ],
) -> str:
    """Pick one of several at random."""
    return DICE.choice(choices)


@tool(
    category="utility",
    facts=CHANCE,
    example=Example(
        arguments={"format": "compact"},
        result={"uuid": "1b4e28ba2fa143d2883f0016d3cca427", "version": 4, "format": "compact"},
        varies=True,
    ),
)
async def uuid_generate(
    context: ToolContext,
    *,
    version: Annotated[int, Field(json_schema_extra={"enum": [1, 4]}), "1 holds the time, 4 is random"] = 4,
    count: Annotated[int, Field(ge=1, le=10), "How many"] = 1,
    format: Annotated[Literal["standard", "compact"], "compact has no hyphens"] = "standard",
) -> dict[str, object]:
    """Make unique identifiers (UUIDs)."""
    if version not in (1, 4):
        raise ToolFailed("version is 1 or 4.")
    made = [uuid.uuid4() if version == 4 else _timed() for _ in range(count)]
    told = [each.hex if format == "compact" else str(each) for each in made]
    return {**({"uuid": told[0]} if count == 1 else {"uuids": told}), "version": version, "format": format}


def _drawn(low: float, high: float, type: str) -> int | float:
    if type == "float":
        return DICE.uniform(low, high)
    first, last = -int(-low // 1), int(high // 1)
    if first > last:
        raise ToolFailed(f"There is no whole number from {low} to {high}.")
    return DICE.randint(first, last)


def _timed() -> uuid.UUID:
    """A UUID of version 1 whose node is random (RFC 9562, 6.10): the real one would tell which machine this is."""
    return uuid.uuid1(node=secrets.randbits(48) | 1 << 40)
