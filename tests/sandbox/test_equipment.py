"""A tool that needs something from outside runs only where that is set up."""

from typing import Any, cast

import pytest

from cluster.ids import UserId, new_id
from sandbox.equipment import Equipment, Need, Place
from sandbox.errors import ToolFailed
from sandbox.registry import Toolset
from sandbox.tool import Facts, Tool, ToolContext, tool

CHROMIUM = Need(("chromium",), "Install Chromium.")
HERE = Equipment(places={"chromium": Place(where="/usr/bin/chromium", key="secret")})
ran: list[str] = []


@tool(category="utility", facts=Facts(needs=(CHROMIUM,)))
async def look(context: ToolContext) -> str:
    """Look at something."""
    ran.append("look")
    return context.equipment.at("chromium").where


def somebody(equipment: Equipment, *library: Tool) -> ToolContext:
    nothing = cast("Any", None)
    return ToolContext(
        user=UserId(new_id()),
        conversation=None,
        db=nothing,
        files=nothing,
        runner=nothing,
        kernels=nothing,
        browsers=nothing,
        equipment=equipment,
        library={tool.name: tool for tool in library},
    )


async def test_a_tool_runs_where_its_need_is_met():
    outcome = await Toolset([look]).run("look", somebody(HERE), {})
    assert (outcome.is_error, outcome.content) == (False, "/usr/bin/chromium")


async def test_a_tool_that_lacks_something_says_what_and_does_nothing():
    ran.clear()
    outcome = await Toolset([look]).run("look", somebody(Equipment()), {})
    assert outcome.is_error
    assert outcome.content == "look is not available here. Install Chromium."
    assert ran == []


async def test_who_asks_for_an_unknown_tool_is_told_of_those_that_can_run():
    tools = Toolset([look])
    assert (await tools.run("see", somebody(Equipment()), {})).content.endswith("Tools: .")
    assert (await tools.run("see", somebody(HERE, look), {})).content.endswith("Tools: look.")


def test_each_need_must_be_met():
    nothing = Need((), "Nothing does.")
    assert HERE.lack(()) is None
    assert HERE.lack((CHROMIUM, nothing)) == "Nothing does."
    assert Equipment().lack((CHROMIUM, nothing)) == "Install Chromium. Nothing does."


def test_what_is_not_there_is_not_reached_and_keys_are_not_shown():
    with pytest.raises(ToolFailed, match="no chromium"):
        Equipment().at("chromium")
    assert "secret" not in repr(HERE)
