"""Converts units of measure, exactly: with fractions, and with the definitions of the units."""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.unit_table import Unit, units

ALL = units()
LARGEST_EXACT = 2**53

UnitName = Annotated[str, Field(min_length=1, max_length=50)]


@tool(
    category="utility",
    facts=Facts(idempotent=True, seconds=5),
    example=Example(
        arguments={"value": 5, "from_unit": "feet", "to_unit": "cm"},
        result={"value": 5, "from_unit": "ft", "to_unit": "cm", "result": 152.4, "kind": "length"},
    ),
)
async def unit_convert(
    context: ToolContext,
    *,
    value: Annotated[float, "How much"],
    from_unit: Annotated[UnitName, "Symbol or name, such as km, mile, °F, MiB, psi, l/100km"],
    to_unit: Annotated[UnitName, "What to turn it into"],
) -> dict[str, object]:
    """Convert lengths, masses, times, areas, volumes, speeds, data, energy, power, pressure, angles, temperatures.

    Gallons, pints and ounces are those of the US unless named imperial; a year has 365.25 days; Mb are megabits.
    """
    given, wanted = unit_of(from_unit), unit_of(to_unit)
    if given.kind != wanted.kind:
        raise ToolFailed(f"{given.symbol} measures {given.kind}, and {wanted.symbol} measures {wanted.kind}.")
    if not math.isfinite(value):
        raise ToolFailed("The value must be a finite number.")
    exact = Fraction(repr(value))
    result = converted(exact, given, wanted)
    return {
        "value": _number(exact),
        "from_unit": given.symbol,
        "to_unit": wanted.symbol,
        "result": _number(result),
        "kind": given.kind,
    }


def converted(value: Fraction, given: Unit, wanted: Unit) -> Fraction:
    """The value in the other unit of its kind. Raises ToolFailed below absolute zero."""
    if given.inverse or wanted.inverse:
        if value <= 0:
            raise ToolFailed("Fuel economy needs a value above 0.")
    base = given.factor / value if given.inverse else value * given.factor + given.offset
    if given.kind == "temperature" and base < 0:
        raise ToolFailed("That is below absolute zero.")
    return wanted.factor / base if wanted.inverse else (base - wanted.offset) / wanted.factor


def unit_of(name: str) -> Unit:
    """The unit of that symbol, as it is written (mW is not MW), or of that name in any case. Raises ToolFailed."""
    plain = "_".join(name.strip().replace("μ", "µ").split())
    for known in (plain, plain.removesuffix("s"), plain.removesuffix("es")):
        if known in ALL:
            return ALL[known]
    low = _lowered()
    for known in (plain.lower(), plain.lower().removesuffix("s"), plain.lower().removesuffix("es")):
        if known in low:
            return low[known]
    raise ToolFailed(f"There is no unit {name!r} here; write it as a symbol (km, lb, °C) or in full (mile, pound).")


@lru_cache(maxsize=1)
def _lowered() -> dict[str, Unit]:
    """Units by names in lower case, where only one has that name."""
    found: dict[str, set[Unit]] = {}
    for name, unit in ALL.items():
        found.setdefault(name.lower(), set()).add(unit)
    return {name: next(iter(same)) for name, same in found.items() if len(same) == 1}


def _number(value: Fraction) -> int | float:
    """A whole number as one, as far as JSON readers keep it exact; any other as the nearest float."""
    try:
        return int(value) if value.denominator == 1 and abs(value) <= LARGEST_EXACT else float(value)
    except OverflowError as error:
        raise ToolFailed("The result is too large for a number.") from error
