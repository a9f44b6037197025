"""Agents from a program: made, watched to their end, stopped, done again."""

import asyncio

import pytest

from apexaurum import Allowance, AsyncApex, WorkFailed
from apexaurum.errors import Conflict, NotFound
from tests.sdk.conftest import Account
from tests.sdk.cutting import Cutter


async def test_an_agent_does_its_task(apex: AsyncApex):
    agent = await apex.agents.spawn("hello there", model="scripted", budget=Allowance(usd=1, seconds=60))
    assert "hello there" in await agent.result()
    view = await agent.view()
    assert view.agent.ended
    assert view.budget.usd == 1
    assert [each.id async for each in apex.agents.all()] == [agent.id]
    assert (await apex.agents.get(agent.id)).state == view.agent
    assert "hello there" in agent._repr_html_()  # pyright: ignore[reportPrivateUsage]


async def test_it_is_watched_through_cuts(ada: Account, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        agent = await shaky.agents.spawn("count to 100 at 100 tokens per second", model="scripted")
        cutter.cut(answers=[2500] * 30)
        seen = [state.status async for state in agent.follow()]
        assert seen[-1] == "completed"
        assert (await agent.wait()).result == " ".join(str(number) for number in range(1, 101))
    assert cutter.cuts > 0


async def test_the_blocking_client_waits_too(ada: Account):
    def work() -> str:
        with ada.apex() as apex:
            return str(apex.agents.spawn("count to 3", model="scripted").wait())

    assert await asyncio.to_thread(work) == "1 2 3"


async def test_the_same_key_makes_one_agent(apex: AsyncApex):
    ids = {(await apex.agents.spawn("once", model="scripted", key="k")).id for _ in range(2)}
    assert len(ids) == 1


async def test_one_that_is_stopped_has_no_result_and_is_done_again(apex: AsyncApex):
    agent = await apex.agents.spawn("count to 500 at 20 tokens per second", model="scripted")
    await agent.pause()
    await agent.resume()
    await agent.cancel()
    with pytest.raises(WorkFailed, match="cancelled"):
        await agent.result()
    with pytest.raises(Conflict):
        await agent.cancel()
    again = await agent.retry()
    assert again.state.retries == agent.id
    await again.cancel()


async def test_one_that_fails_says_why(apex: AsyncApex):
    agent = await apex.agents.spawn("fail refused", model="scripted")
    with pytest.raises(WorkFailed, match="failed"):
        await agent.result()


async def test_what_is_not_there_is_not_found(apex: AsyncApex):
    with pytest.raises(NotFound):
        await apex.agents.get("00000000-0000-4000-8000-000000000000")
