"""Tools are found by words, the best fitting first."""

import time

import pytest

from actors.toolset import TRUSTED_TOOLS
from sandbox.presets import DEFAULT, names_of, preset_of
from sandbox.ranking import ranked


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("calculator", "calculator"),
        ("random number", "random_number"),
        ("what time is it in Tokyo", "get_current_time"),
        ("count the words of an essay", "count_words"),
        ("replace text", "string_replace"),
        ("UUID", "uuid_generate"),
        ("arithmetic", "calculator"),
        ("note in the scratch pad", "scratch_store"),
        ("format JSON", "json_format"),
        ("uppercase", "string_case"),
    ],
)
def test_the_best_is_first(query: str, best: str):
    assert [tool.name for tool in ranked(TRUSTED_TOOLS, query)][:1] == [best]


@pytest.mark.parametrize("query", ["", "  ", "xyzzy", "?!"])
def test_nothing_fits_nothing(query: str):
    assert ranked(TRUSTED_TOOLS, query) == []


def test_the_order_is_always_the_same():
    backwards = list(TRUSTED_TOOLS)[::-1]
    assert ranked(backwards, "text key value") == ranked(TRUSTED_TOOLS, "text key value")


def test_a_long_query_takes_no_time():
    began = time.monotonic()
    ranked(TRUSTED_TOOLS, " ".join(f"word{number}" for number in range(10_000)))
    assert time.monotonic() - began < 1


def test_a_preset_that_is_not_known_here_is_the_default():
    assert [preset_of(name) for name in ("full", "gone", None, 3)] == ["full", DEFAULT, DEFAULT, DEFAULT]


def test_a_preset_is_in_an_order_that_never_changes():
    assert names_of("full", TRUSTED_TOOLS) == names_of("full", reversed(list(TRUSTED_TOOLS)))
