"""Units: exact factors, symbols as they are written, and no sums of apples and pears."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ToolFailed
from sandbox.tools.unit_table import units
from sandbox.tools.units import unit_convert
from tests.sandbox.asking import ask

ALL = units()


async def convert(value: float, one: str, other: str) -> Any:
    answer: Any = await ask(unit_convert, value=value, from_unit=one, to_unit=other)
    return answer["result"]


@pytest.mark.parametrize(
    ("value", "one", "other", "result"),
    [
        (1, "inch", "cm", 2.54),
        (1, "mile", "km", 1.609344),
        (1, "nautical miles", "m", 1852),
        (1, "lb", "oz", 16),
        (1, "stone", "pounds", 14),
        (1, "acre", "square feet", 43560),
        (1, "gallon", "cubic inches", 231),
        (1, "gallon", "cups", 16),
        (1, "imperial gallon", "L", 4.54609),
        (1, "day", "s", 86400),
        (1, "mi/h", "km/h", 1.609344),
        (1, "MiB", "kB", 1048.576),
        (8, "Mb", "MB", 1),
        (1, "mb", "byte", 1_000_000),
        (3.6, "MJ", "kWh", 1),
        (1, "atm", "torr", 760),
        (1, "mW", "MW", 1e-9),
        (1, "turn", "deg", 360),
        (212, "°F", "°C", 100),
        (-40, "fahrenheit", "celsius", -40),
        (0, "K", "C", -273.15),
        (5, "l/100km", "km/l", 20),
        (20, "km/l", "l/100km", 5),
        (0.1, "m", "cm", 10),
    ],
)
async def test_what_is_defined_is_exact(value: float, one: str, other: str, result: float):
    assert await convert(value, one, other) == result


@pytest.mark.parametrize(
    ("value", "one", "other", "result"),
    [
        (180, "deg", "rad", math.pi),
        (1, "psi", "kPa", 6.894757293168),
        (1, "hp", "W", 745.6998715822702),
        (1, "parsec", "m", 3.0856775814913673e16),
        (30, "mpg", "l/100km", 7.840486111),
        (1, "knot", "m/s", 0.514444444),
    ],
)
async def test_what_is_derived_is_as_close_as_a_number_gets(value: float, one: str, other: str, result: float):
    assert await convert(value, one, other) == pytest.approx(result, rel=1e-9)


@given(value=st.floats(0.001, 1e6), one=st.sampled_from(sorted(ALL)), other=st.sampled_from(sorted(ALL)))
async def test_there_and_back_is_the_same(value: float, one: str, other: str):
    if ALL[one].kind != ALL[other].kind:
        return
    if ALL[one].kind == "temperature":
        value += 1000
    there = await convert(value, one, other)
    assert await convert(there, other, one) == pytest.approx(value, rel=1e-6)


def test_each_symbol_finds_its_unit():
    """But `kb`, which people write for kilobytes."""
    assert {unit.symbol for unit in ALL.values() if ALL[unit.symbol] != unit} == {"kb"}


@pytest.mark.parametrize(
    ("value", "one", "other", "reason"),
    [
        (1, "kg", "m", "kg measures mass, and m measures length"),
        (1, "parrots", "m", "no unit 'parrots'"),
        (1, "", "m", "from_unit"),
        (1, "dB", "B", "no unit 'dB'"),
        (-300, "C", "K", "absolute zero"),
        (0, "l/100km", "mpg", "above 0"),
        (math.inf, "m", "km", "finite"),
        (math.nan, "m", "km", "finite"),
        (1e308, "parsec", "Å", "too large"),
    ],
)
async def test_what_cannot_be_converted_is_told(value: float, one: str, other: str, reason: str):
    with pytest.raises(Exception, match=reason):
        await convert(value, one, other)


async def test_an_error_names_what_to_write():
    with pytest.raises(ToolFailed, match=r"km, lb"):
        await convert(1, "xyz", "m")
