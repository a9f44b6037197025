"""Tools that a model asks for in one step run side by side, and whoever waits hears how far their programs are."""

import asyncio

import pytest

from actors import toolset
from actors.session import tool_runs
from cluster.ids import UserId
from cluster.services import Clients
from sandbox.jail.run import Run
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import Person, PlayedModel, asks, playing, says


async def test_three_tools_run_side_by_side(clients: Clients, user: UserId, monkeypatch: pytest.MonkeyPatch):
    together = asyncio.Barrier(3)

    @tool(category="test", facts=Facts(seconds=30))
    async def meet(context: ToolContext) -> str:
        """Wait until two others are there."""
        await together.wait()
        return "met"

    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", Toolset([*toolset.TRUSTED_TOOLS, meet]))
    model = PlayedModel(asks(("meet", {}), ("meet", {}), ("meet", {})), says("All here."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("Meet")
        results = (await person.branch())[1].tool_results
    assert [result["content"] for result in results] == ["met"] * 3


@pytest.mark.usefixtures("ray_cluster")
async def test_a_program_tells_how_far_it_is(clients: Clients, user: UserId, monkeypatch: pytest.MonkeyPatch):
    @tool(category="test", facts=Facts(seconds=30))
    async def compute(context: ToolContext) -> str:
        """Run a program."""
        return (await context.runner.run(Run(code="print(6 * 7)"), context.user)).stdout

    monkeypatch.setattr(tool_runs, "TRUSTED_TOOLS", Toolset([*toolset.TRUSTED_TOOLS, compute]))

    async with playing(clients, PlayedModel(asks(("compute", {})), says("42."))) as troupe:
        person = Person(troupe, user)
        await person.say("Compute")
        events = await person.hear("turn_ended")
    kinds = [event["type"] for event in events if event["type"].startswith("tool_")]
    assert kinds == ["tool_start", "tool_progress", "tool_complete"]
    assert [event["text"] for event in events if event["type"] == "tool_progress"] == ["runs"]
