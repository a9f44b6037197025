"""Chance stays within its bounds; JSON is checked, laid out and taken apart."""

import uuid
from typing import Any

import pytest

from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tools.chance import random_choice, random_number, uuid_generate
from sandbox.tools.json_format import json_format
from tests.sandbox.asking import ask


async def test_both_ends_are_drawn():
    drawn = await ask(random_number, min=1, max=2, count=100)
    assert set(drawn["values"]) == {1, 2}


async def test_the_names_of_the_older_tool_work_too():
    assert await ask(random_number, min_value=7, max_value=7) == {"value": 7, "min": 7, "max": 7, "type": "integer"}


async def test_a_float_lies_between():
    drawn = await ask(random_number, min=0.25, max=0.5, type="float", count=50)
    assert all(0.25 <= value <= 0.5 for value in drawn["values"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"min": 5, "max": 4}, "larger than max"), ({"min": 0.2, "max": 0.8}, "no whole number")],
)
async def test_bounds_that_hold_nothing_are_refused(arguments: dict[str, Any], told: str):
    with pytest.raises(ToolFailed, match=told):
        await ask(random_number, **arguments)


@pytest.mark.parametrize("bound", [float("nan"), float("inf"), 10**400, 2**53 + 1])
async def test_a_bound_that_is_no_good_number_is_refused(bound: float):
    with pytest.raises(ArgumentsInvalid):
        await ask(random_number, max=bound, type="float")


async def test_a_choice_is_one_of_them():
    assert await ask(random_choice, choices=["a", "b"]) in ("a", "b")
    with pytest.raises(ArgumentsInvalid, match="at least 1"):
        await ask(random_choice, choices=[])


async def test_identifiers_are_of_the_kind_asked_for():
    made = await ask(uuid_generate, version="1", count=3)
    assert [uuid.UUID(each).version for each in made["uuids"]] == [1, 1, 1]
    assert (await ask(uuid_generate))["uuid"].count("-") == 4
    with pytest.raises(ToolFailed, match="1 or 4"):
        await ask(uuid_generate, version=3)


async def test_an_identifier_does_not_tell_which_machine_made_it():
    nodes = {uuid.UUID((await ask(uuid_generate, version=1))["uuid"]).node for _ in range(3)}
    assert len(nodes) == 3
    assert uuid.getnode() not in nodes
    assert all(node >> 40 & 1 for node in nodes)


@pytest.mark.parametrize(
    ("arguments", "formatted", "kind"),
    [
        ({"json_string": '{"b":1,"a":[true,null]}', "indent": 0}, '{"b": 1, "a": [true, null]}', "object"),
        ({"json_string": "[1]"}, "[\n  1\n]", "array"),
        ({"json_string": '{"a":{"b":["é"]}}', "path": "$.a.b[0]"}, '"é"', "string"),
        ({"json_string": '{"a":true}', "path": "a"}, "true", "boolean"),
        ({"json_string": "12345678901234567890123"}, "12345678901234567890123", "number"),
        ({"json_string": "null"}, "null", "null"),
    ],
)
async def test_json_is_laid_out(arguments: dict[str, Any], formatted: str, kind: str):
    assert await ask(json_format, **arguments) == {"valid": True, "type": kind, "formatted": formatted}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{'a': 1}", "line 1, column 2"),
        ("", "line 1, column 1"),
        ("[NaN]", "NaN is not JSON"),
        ("9" * 5000, "limit"),
    ],
)
async def test_what_is_no_json_says_where(text: str, told: str):
    answer = await ask(json_format, json_string=text)
    assert not answer["valid"]
    assert told in answer["error"]


@pytest.mark.parametrize("depth", [101, 50_000])
async def test_deep_json_is_refused(depth: int):
    with pytest.raises(ToolFailed, match="nested deeper"):
        await ask(json_format, json_string="[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("path", "told"),
    [("a.c", "no 'c' in a. It has: b"), ("a.b.7", "list of 2"), ("x", "the whole"), ("a.b.-1", "'-1'")],
)
async def test_a_path_that_leads_nowhere_says_how_far_it_goes(path: str, told: str):
    with pytest.raises(ToolFailed, match=told):
        await ask(json_format, json_string='{"a":{"b":[1,2]}}', path=path)
