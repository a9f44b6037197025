"""Writes numbers in other ways: other bases, Roman numerals."""

from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.texts import PURE

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PREFIXES = {"0x": 16, "0o": 8, "0b": 2}
ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
LARGEST_ROMAN = 3999

Base = Annotated[int, Field(ge=2, le=36)]


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"number": "0xff", "to_base": 2},
        result={"result": "11111111", "from_base": 16, "to_base": 2, "decimal": "255"},
    ),
)
async def number_base_convert(
    context: ToolContext,
    *,
    number: Annotated[str, Field(min_length=1, max_length=1000), "A whole number; 0x, 0o, 0b and _ are understood"],
    to_base: Annotated[Base, "Base to write it in"],
    from_base: Annotated[Base | None, "Base it is written in; by its prefix, else 10, when absent"] = None,
) -> dict[str, object]:
    """Write a whole number in another base, 2 to 36, exactly."""
    plain = number.strip().lower().replace("_", "")
    sign, plain = ("-", plain[1:]) if plain.startswith("-") else ("", plain.removeprefix("+"))
    told = PREFIXES.get(plain[:2])
    base = from_base or told or 10
    digits = plain[2:] if told == base else plain
    if not digits or any(digit not in DIGITS[:base] for digit in digits):
        raise ToolFailed(f"{number[:50]!r} is no whole number in base {base}.")
    value = int(digits, base)
    return {
        "result": sign * bool(value) + in_base(value, to_base),
        "from_base": base,
        "to_base": to_base,
        "decimal": f"{sign * bool(value)}{in_base(value, 10)}",
    }


@tool(
    category="string",
    facts=PURE,
    example=Example(arguments={"value": "2026"}, result={"roman": "MMXXVI", "number": 2026}),
)
async def roman_numeral(
    context: ToolContext,
    *,
    value: Annotated[str, Field(min_length=1, max_length=20), "A number from 1 to 3999, or a Roman numeral"],
) -> dict[str, object]:
    """Turn a number into a Roman numeral, or back. Only the standard form counts: IV, not IIII."""
    plain = value.strip().upper()
    if plain.isascii() and plain.isdigit():
        number = int(plain)
        if not 1 <= number <= LARGEST_ROMAN:
            raise ToolFailed(f"Roman numerals go from 1 to {LARGEST_ROMAN}.")
        return {"roman": roman(number), "number": number}
    number = _number_of(plain)
    if not 1 <= number <= LARGEST_ROMAN or roman(number) != plain:
        raise ToolFailed(f"{value!r} is no Roman numeral in standard form.")
    return {"roman": plain, "number": number}


def in_base(value: int, base: int) -> str:
    """A number from 0 on, in a base from 2 to 36."""
    digits: list[str] = []
    while value:
        value, digit = divmod(value, base)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)) or "0"


def roman(number: int) -> str:
    """A number from 1 to 3999 as a Roman numeral in standard form."""
    written: list[str] = []
    for worth, letters in ROMAN:
        times, number = divmod(number, worth)
        written.append(letters * times)
    return "".join(written)


def _number_of(letters: str) -> int:
    number = 0
    for worth, written in ROMAN:
        while letters.startswith(written):
            number, letters = number + worth, letters.removeprefix(written)
    return 0 if letters else number


NUMERAL_TOOLS = (number_base_convert, roman_numeral)
