"""Texts are counted, turned around and changed exactly."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tools.strings import string_case, string_join, string_replace, string_split
from sandbox.tools.texts import MAX_CHANGED, count_words, letters, reverse_string
from tests.sandbox.asking import ask


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("", ""),
        ("abc", "cba"),
        ("cafe\u0301!", "!e\u0301fac"),
        ("a👩‍👩‍👧b", "b👩‍👩‍👧a"),
        ("👍🏽ok", "ko👍🏽"),
        ("🇩🇪🇫🇷", "🇫🇷🇩🇪"),
        ("a\r\nb", "b\r\na"),
    ],
    ids=["nothing", "letters", "an accent", "a family", "a skin tone", "flags", "a line's end"],
)
async def test_what_looks_like_one_letter_stays_whole(text: str, turned: str):
    assert await ask(reverse_string, text=text) == turned


@given(st.text(max_size=40))
def test_letters_lose_nothing(text: str):
    assert "".join(letters(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"words": 0, "characters": 0, "lines": 0, "sentences": 0, "paragraphs": 0, "average_word_length": 0}),
        ("One. Two!\n\nThree", {"words": 3, "lines": 3, "sentences": 3, "paragraphs": 2}),
        ("It costs 3.50 today.", {"sentences": 1, "words": 4}),
        ("“Really?!” he said.", {"sentences": 2}),
        ("今日は。また。", {"sentences": 2, "words": 1}),
        ("a b\t\nc", {"characters": 6, "characters_no_spaces": 3, "words": 3, "lines": 2}),
    ],
)
async def test_texts_are_counted(text: str, expected: dict[str, int]):
    counted = await ask(count_words, text=text)
    assert {name: counted[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("arguments", "result", "times"),
    [
        ({"text": "aaa", "find": "a", "replace": "b"}, "bbb", 3),
        ({"text": "aaa", "find": "aa", "replace": "b"}, "ba", 1),
        ({"text": "aaa", "find": "a", "replace": "b", "count": 2}, "bba", 2),
        ({"text": "aaa", "find": "a", "replace": "b", "count": 0}, "aaa", 0),
        ({"text": "Ab aB", "find": "AB", "replace": "x", "case_sensitive": False}, "x x", 2),
        ({"text": "İ ab", "find": "AB", "replace": "x", "case_sensitive": False}, "İ x", 1),
        ({"text": "a.c abc", "find": "a.c", "replace": r"\1"}, r"\1 abc", 1),
    ],
)
async def test_a_text_is_replaced(arguments: dict[str, Any], result: str, times: int):
    assert await ask(string_replace, **arguments) == {"result": result, "replacements": times}


async def test_a_replacement_cannot_grow_without_bounds():
    with pytest.raises(ToolFailed, match="longer than"):
        await ask(string_replace, text="a" * MAX_CHANGED, find="a", replace="b" * MAX_CHANGED)
    with pytest.raises(ToolFailed, match="longer than"):
        await ask(string_join, parts=["x"] * 2000, delimiter="y" * 1000)
    with pytest.raises(ToolFailed, match="give max_splits"):
        await ask(string_split, text="," * 5000, delimiter=",")
    with pytest.raises(ArgumentsInvalid, match="at most"):
        await ask(reverse_string, text="a" * (MAX_CHANGED + 1))


async def test_the_worst_texts_take_no_time():
    began = time.monotonic()
    await ask(string_replace, text="a" * MAX_CHANGED, find="a" * 9999 + "b", replace="", case_sensitive=False)
    await ask(reverse_string, text="e" + "\u0301" * (MAX_CHANGED - 1))
    await ask(count_words, text=".\"'" * 60_000)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ({"text": " a  b "}, ["a", "b"]),
        ({"text": "a,,b", "delimiter": ","}, ["a", "", "b"]),
        ({"text": "a b", "delimiter": ""}, ["a", "b"]),
        ({"text": "a-b-c", "delimiter": "-", "max_splits": 1}, ["a", "b-c"]),
    ],
)
async def test_a_text_is_split(arguments: dict[str, Any], parts: list[str]):
    assert await ask(string_split, **arguments) == {"parts": parts, "count": len(parts)}


@pytest.mark.parametrize(
    ("case", "result"),
    [
        ("lower", "don't panic, été"),
        ("upper", "DON'T PANIC, ÉTÉ"),
        ("title", "Don't Panic, Été"),
        ("capitalize", "Don't panic, été"),
        ("swapcase", "DON't PANIC, ÉTÉ"),
    ],
)
async def test_each_case(case: str, result: str):
    assert await ask(string_case, text="don'T panic, été", case=case) == {"result": result}
