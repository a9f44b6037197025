"""Numerals, colours, small tables and readability: exact, and told apart from what only looks like them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ToolFailed
from sandbox.tools import rows
from sandbox.tools.colors import BY_NAME, color_convert, rgba_of
from sandbox.tools.numerals import number_base_convert, roman, roman_numeral
from sandbox.tools.readability import syllables_of, text_statistics
from sandbox.tools.rows import csv_to_rows, rows_to_csv
from tests.sandbox.asking import ask

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",;\n'), max_size=20)


@given(value=st.integers(-(2**200), 2**200), one=st.integers(2, 36), other=st.integers(2, 36))
async def test_a_number_in_another_base_is_the_same_number(value: int, one: int, other: int):
    there: Any = await ask(number_base_convert, number=str(value), from_base=10, to_base=one)
    assert int(there["result"], one) == value
    further: Any = await ask(number_base_convert, number=there["result"].upper(), from_base=one, to_base=other)
    assert (int(further["result"], other), further["decimal"]) == (value, str(value))


@pytest.mark.parametrize(
    ("number", "more", "result"),
    [
        ("0xFF", {"to_base": 10}, "255"),
        ("-0b1010", {"to_base": 16}, "-a"),
        ("0o17", {"to_base": 10}, "15"),
        ("1_000", {"to_base": 10}, "1000"),
        ("0b1", {"from_base": 16, "to_base": 10}, "177"),
        ("-0", {"to_base": 2}, "0"),
    ],
)
async def test_prefixes_are_understood_where_they_are_ones(number: str, more: dict[str, int], result: str):
    assert (await ask(number_base_convert, number=number, **more))["result"] == result


@pytest.mark.parametrize("number", ["12", "", "0b", "--1", "1.5", "٣", "-"])
async def test_what_is_no_number_in_the_base_is_told(number: str):
    with pytest.raises(Exception, match=r"no whole number in base 2|number"):
        await ask(number_base_convert, number=number, from_base=2, to_base=10)


async def test_each_roman_numeral_is_one_number():
    written = {roman(number) for number in range(1, 4000)}
    assert len(written) == 3999
    assert (roman(1994), roman(3999)) == ("MCMXCIV", "MMMCMXCIX")
    for number in (1, 4, 1994, 3999):
        assert await ask(roman_numeral, value=roman(number).lower()) == {"roman": roman(number), "number": number}


@pytest.mark.parametrize("value", ["IIII", "IC", "VX", "MMMM", "IM", "ABC", "0", "4000", "-3", "IXI V"])
async def test_what_is_no_roman_numeral_is_told(value: str):
    with pytest.raises(ToolFailed, match="Roman"):
        await ask(roman_numeral, value=value)


@pytest.mark.parametrize(
    ("color", "rgba"),
    [
        ("#08f", (0, 136, 255, 1)),
        ("08f8", (0, 136, 255, 0.5333)),
        ("rgb(0 128 255 / 50%)", (0, 128, 255, 0.5)),
        ("RGBA(300, -5, 50%, 2)", (255, 0, 128, 1)),
        ("hsl(210, 100%, 50%)", (0, 128, 255, 1)),
        ("hsl(-150deg 100% 50%)", (0, 128, 255, 1)),
        ("RebeccaPurple", (102, 51, 153, 1)),
    ],
)
def test_a_colour_is_read_in_each_notation(color: str, rgba: tuple[float, ...]):
    assert rgba_of(color) == rgba


@given(red=st.integers(0, 255), green=st.integers(0, 255), blue=st.integers(0, 255))
async def test_a_colour_comes_back_from_its_hex_and_its_rgb(red: int, green: int, blue: int):
    told: Any = await ask(color_convert, color=f"rgb({red},{green},{blue})")
    assert rgba_of(told["hex"]) == rgba_of(told["rgb"]) == (red, green, blue, 1)
    near = rgba_of(told["hsl"])
    assert max(abs(one - other) for one, other in zip(near, (red, green, blue, 1), strict=True)) <= 1


async def test_contrast_is_as_wcag_defines_it():
    white: Any = await ask(color_convert, color="white")
    assert (white["contrast_with_black"], white["contrast_with_white"], white["luminance"]) == (21, 1, 1)
    grey: Any = await ask(color_convert, color="#767676")
    assert grey["contrast_with_white"] == 4.54
    assert len(BY_NAME) == 148


@pytest.mark.parametrize("color", ["", "blu", "#12345", "rgb(1,2)", "rgb(a,b,c)", "hsl(1 2 3", "rgb(1,,2,3)", "#ggg"])
async def test_what_is_no_colour_is_told(color: str):
    with pytest.raises(Exception, match=r"no colour|color"):
        await ask(color_convert, color=color)


async def test_a_table_becomes_values():
    table = '\ufeffname,n,n,x\r\n"A ""b""\nc",1,-2.5,true\r\n\r\nD,007,1e3,\r\nE\r\n'
    found: Any = await ask(csv_to_rows, csv=table)
    assert found["columns"] == ["name", "n", "n_3", "x"]
    assert found["rows"] == [
        {"name": 'A "b"\nc', "n": 1, "n_3": -2.5, "x": True},
        {"name": "D", "n": "007", "n_3": 1000.0, "x": None},
        {"name": "E", "n": None, "n_3": None, "x": None},
    ]


async def test_numbers_that_json_readers_would_change_stay_text():
    found: Any = await ask(csv_to_rows, csv="9007199254740993,12345678901234567890\n", header=False)
    assert found["rows"] == [["9007199254740993", "12345678901234567890"]]


@pytest.mark.parametrize(
    ("table", "delimiter"), [("a;b\n1,5;2", ";"), ("a\tb\n", "\t"), ("a\n", ","), ('"x,y,z"|b', "|")]
)
async def test_the_delimiter_is_found_out(table: str, delimiter: str):
    assert (await ask(csv_to_rows, csv=table, header=False))["delimiter"] == delimiter


async def test_what_is_no_table_is_told(monkeypatch: pytest.MonkeyPatch):
    for table, reason in (('a,b\n"x', "no CSV"), ("a\n1,2\n", "Row 2 has 2 cells"), ("", "no header")):
        with pytest.raises(ToolFailed, match=reason):
            await ask(csv_to_rows, csv=table)
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    with pytest.raises(ToolFailed, match="4 rows"):
        await ask(csv_to_rows, csv="a\n1\n2\n3\n")


@given(table=st.lists(st.fixed_dictionaries({"a": CELLS, "b;": CELLS}), min_size=1, max_size=5))
async def test_rows_come_back_from_csv(table: list[dict[str, str]]):
    made: Any = await ask(rows_to_csv, rows=table, delimiter=";")
    back: Any = await ask(csv_to_rows, csv=made["csv"], delimiter=";", convert=False)
    assert back["rows"] == table


async def test_values_within_cells_are_written_as_json():
    made: Any = await ask(
        rows_to_csv, rows=[{"a": [1, "x"], "b": True, "c": None, "d": 1.5}], columns=["d", "a", "b", "c", "z"]
    )
    assert made["csv"] == 'd,a,b,c,z\r\n1.5,"[1,""x""]",true,,\r\n'
    with pytest.raises(ToolFailed, match="larger"):
        await ask(rows_to_csv, rows=[{"a": "x" * 50_000}])


async def test_a_harder_text_reads_harder():
    easy: Any = await ask(text_statistics, text="The sun is up. We go out to play. The dog runs fast.")
    hard: Any = await ask(
        text_statistics,
        text="Notwithstanding considerable methodological heterogeneity, contemporaneous investigations "
        "unequivocally demonstrate substantial interdisciplinary applicability.",
    )
    assert easy["flesch_reading_ease"] > 90 > 30 > hard["flesch_reading_ease"]
    for grade in ("flesch_kincaid_grade", "coleman_liau_index", "automated_readability_index"):
        assert easy[grade] < 5 < 12 < hard[grade]
    assert (easy["words"], easy["sentences"], easy["longest_sentence_words"]) == (13, 3, 5)
    with pytest.raises(ToolFailed, match="no words"):
        await ask(text_statistics, text="1 2 3!")


@pytest.mark.parametrize(
    ("word", "count"),
    [("cat", 1), ("table", 2), ("make", 1), ("happy", 2), ("readability", 5), ("tree", 1), ("the", 1), ("hmm", 1)],
)
def test_syllables_are_about_right(word: str, count: int):
    assert syllables_of(word) == count
