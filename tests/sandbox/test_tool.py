"""A tool's schema is its signature, and a wrong call is told in words that help."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Annotated, Any, Literal, cast

import pytest
from pydantic import Field

from cluster.errors import Unavailable
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.registry import MAX_RESULT_CHARS, Toolset, as_text
from sandbox.tool import Facts, ToolContext, tool

CONTEXT = cast("ToolContext", None)


@tool(category="test", facts=Facts(idempotent=True, seconds=0.05))
async def greet(
    context: ToolContext,
    *,
    name: Annotated[str, Field(min_length=1), "Whom to greet"],
    tone: Literal["warm", "cool"] = "warm",
    times: int = 1,
    how: Any = None,
) -> object:
    """Greet somebody.

    As often as you like.
    """
    match how:
        case "fail":
            raise ToolFailed("That person is not here.")
        case "away":
            raise Unavailable("The database does not answer.")
        case "bug":
            raise KeyError("oops")
        case "slow":
            await asyncio.sleep(10)
        case "long":
            return "x" * (MAX_RESULT_CHARS + 5)
        case _:
            pass
    return {"said": [f"Hello {name}"] * times, "tone": tone}


TOOLS = Toolset([greet])


def test_the_schema_is_the_signature() -> None:
    assert (greet.name, greet.description) == ("greet", "Greet somebody.\n\nAs often as you like.")
    assert greet.parameters == {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "Whom to greet"},
            "tone": {"type": "string", "enum": ["warm", "cool"], "default": "warm"},
            "times": {"type": "integer", "default": 1},
            "how": {"default": None},
        },
    }


async def test_a_call_gives_its_result_as_json() -> None:
    outcome = await TOOLS.run("greet", CONTEXT, {"name": "Mia", "times": "2"})

    assert (outcome.content, outcome.is_error) == ('{"said":["Hello Mia","Hello Mia"],"tone":"warm"}', False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "name: Field required"),
        ({"name": "Mia", "tone": "hot"}, "tone: Input should be 'warm' or 'cool'"),
        ({"name": "Mia", "nickname": "M"}, "nickname: Extra inputs are not permitted"),
        ({"name": ["Mia"], "times": "many"}, "name: Input should be a valid string; times: Input should be a valid"),
    ],
)
async def test_wrong_arguments_are_named(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentsInvalid, match=told):
        await greet.run(CONTEXT, arguments)
    outcome = await TOOLS.run("greet", CONTEXT, arguments)
    assert outcome.is_error
    assert told in outcome.content


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("fail", "That person is not here."),
        ("away", "trying again can help"),
        ("slow", "longer than 0.05 seconds"),
        ("bug", "a reason that lies in the tool"),
    ],
)
async def test_each_failure_is_an_outcome(how: str, told: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "sandbox.registry")

    outcome = await TOOLS.run("greet", CONTEXT, {"name": "Mia", "how": how})

    assert outcome.is_error
    assert told in outcome.content
    assert "oops" not in outcome.content


async def test_a_tool_that_is_not_there_is_told_which_are() -> None:
    outcome = await TOOLS.run("great", cast("ToolContext", SimpleNamespace(library=TOOLS.by_name)), {})

    assert outcome.is_error
    assert "Tools: greet" in outcome.content


async def test_a_long_result_is_cut_and_says_so() -> None:
    outcome = await TOOLS.run("greet", CONTEXT, {"name": "Mia", "how": "long"})

    assert outcome.content.endswith("x\n[cut here: 5 more characters]")


def test_a_result_becomes_text() -> None:
    assert as_text("plain") == "plain"
    assert as_text({1: {"a": None}}) == '{"1":{"a":null}}'
