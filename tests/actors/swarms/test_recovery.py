"""Hosts die in the middle of a swarm: each item ends once all the same, at what the provider counted for it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from actors.agents import ending, spawning
from actors.swarms import telling
from actors.swarms.swarm import Swarm
from actors.swarms.work import Work
from cluster.ids import UserId
from cluster.runtime.actor import ActorId
from cluster.services import Clients
from tests.actors.conversing import until
from tests.actors.swarms.swarming import Keeper, cost_of, keeping, says
from tests.provider.server import Provider


@pytest.fixture
async def keeper(clients: Clients, user: UserId, provider: Provider) -> AsyncIterator[Keeper]:
    """Somebody who makes swarms."""
    async with keeping(clients, user, provider) as keeper:
        yield keeper


async def assert_each_ended_once(keeper: Keeper, swarm: object, count: int) -> None:
    """Each item has one result, one agent that is completed, and one event of its end."""
    row = await keeper.over(swarm)  # pyright: ignore[reportArgumentType]
    assert (row.status, row.completed, row.failed, row.error) == ("completed", count, 0, None)
    assert [item.result for item in await keeper.items(row.id)] == [f"answer {n}" for n in range(count)]
    made = await keeper.value("select count(*) from agents where swarm_id = $1 and status = 'completed'", row.id)
    assert made == count
    ends = Counter(
        event["item"]["n"]
        for event in await keeper.told(row.id)
        if event["item"] and event["item"]["status"] == "completed"
    )
    assert ends == Counter(range(count))


async def test_hosts_die_again_and_again_and_each_item_ends_once(keeper: Keeper):
    keeper.provider.app.tokens_per_second = 60
    id = await keeper.begin([says(f"answer {n}") for n in range(60)], parallelism=12)
    for asked in (10, 25, 45):
        await keeper.until_asked(asked)
        await keeper.troupe.crash()
    await assert_each_ended_once(keeper, id, 60)
    budget = await keeper.budget(id)
    found = await keeper.items(id)
    for item in found:  # of several calls, the one whose answer was heard
        assert item.cost_usd in {cost_of(one) for one in keeper.answered(str(item.input))}
    assert 0 < budget.usd_spent <= keeper.billed() <= budget.usd_spent + budget.usd_doubted <= budget.usd
    assert (budget.usd_held, budget.usd_asked, budget.children) == (0, 0, 0)
    assert sum(item.cost_usd for item in found) == budget.usd_spent
    assert await keeper.value("select sum(cost_usd) from usage_log") == budget.usd_spent


async def test_a_swarm_whose_host_dies_alone_goes_on_with_the_agents_it_had(keeper: Keeper):
    keeper.provider.app.tokens_per_second = 20
    id = await keeper.begin([says(f"answer {n}") for n in range(10)], parallelism=5)
    await keeper.until_asked(5)
    host = keeper.troupe.host_of(ActorId("swarm", str(id)))
    assert host is not None
    await keeper.troupe.add_host()
    await keeper.troupe.kill(host)
    await assert_each_ended_once(keeper, id, 10)
    assert await keeper.value("select count(*) from agents where swarm_id = $1", id) == 10


async def test_it_dies_after_agents_were_made_and_before_they_were_woken(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
):
    made = asyncio.Event()

    async def never(*_: object) -> None:
        made.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(spawning, "wake", never)
        id = await keeper.begin([says(f"answer {n}") for n in range(3)])
        await made.wait()
        await keeper.troupe.crash()
    await assert_each_ended_once(keeper, id, 3)


async def test_it_dies_between_a_commit_and_telling_of_it(keeper: Keeper, monkeypatch: pytest.MonkeyPatch):
    """What the last transaction ended is told by the next incarnation, once."""
    committed = asyncio.Event()
    tell = telling.Teller.tell

    async def stall(teller: telling.Teller, swarm: object, cost: object, changed: object, *, turning: bool) -> None:
        if getattr(swarm, "over", False):
            committed.set()
            await asyncio.Event().wait()
        await tell(teller, swarm, cost, changed, turning=turning)  # pyright: ignore[reportArgumentType]

    with monkeypatch.context() as patch:
        patch.setattr(telling.Teller, "tell", stall)
        id = await keeper.begin([says(f"answer {n}") for n in range(3)])
        await committed.wait()
        assert (await keeper.row(id)).over
        assert await keeper.pending(id)
        await keeper.troupe.crash()
    await assert_each_ended_once(keeper, id, 3)
    assert (await keeper.told(id))[-1]["item"] is None


async def test_ends_that_nobody_told_it_are_seen_all_the_same(keeper: Keeper, monkeypatch: pytest.MonkeyPatch):
    async def deaf(*_: object) -> None:
        """The message of an agent's end is lost."""

    monkeypatch.setattr("actors.swarms.swarm.BACKSTOP_SECONDS", 0.2)
    monkeypatch.setattr(Swarm, "child_ended", deaf)
    id = await keeper.begin([says(f"answer {n}") for n in range(4)], parallelism=2)
    await assert_each_ended_once(keeper, id, 4)


async def test_a_wish_to_cancel_survives_the_host_that_heard_it(keeper: Keeper, monkeypatch: pytest.MonkeyPatch):
    heard = asyncio.Event()

    async def stall(*_: object) -> None:
        heard.set()
        await asyncio.Event().wait()

    id = await keeper.begin(["[[first 60]]"] * 4, parallelism=2, retries=0)
    await keeper.until_asked(2)
    with monkeypatch.context() as patch:
        patch.setattr(ending, "cancel", stall)
        patch.setattr(Work, "look", stall)
        asking = asyncio.create_task(keeper.swarm(id).ask(Swarm.cancel, keeper.user))
        await heard.wait()
        asking.cancel()
        await asyncio.wait({asking})
        await keeper.troupe.crash()
    row = await keeper.over(id)
    assert row.status == "cancelled"
    assert {item.status for item in await keeper.items(id)} == {"cancelled"}


async def test_an_item_that_rests_is_tried_again_after_its_swarm_was_put_away(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("actors.swarms.swarm.STAYS_SECONDS", 0.0)
    id = await keeper.begin(["[[fault cut after=1 times=1]][[say answer 0]]"])

    async def rests() -> bool:
        due = "select wake_at is not null and not pending from placements where kind = 'swarm' and key = $1"
        return await keeper.value(due, str(id))

    await until(rests)
    await keeper.troupe.crash()
    row = await keeper.over(id)
    assert (row.completed, (await keeper.items(id))[0].attempts) == (1, 2)
