"""A swarm works through its items, each of which ends once, and its rows always say how far it is."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from actors.agents.errors import AgentTypeMissing
from actors.swarms.errors import (
    InputTooLong,
    KeyReused,
    NoInputs,
    NothingToRetry,
    SwarmClosed,
    SwarmMissing,
    SwarmOver,
)
from actors.swarms.swarm import Swarm
from cluster.errors import ApexError
from cluster.events.names import user_channel
from cluster.ids import UserId, new_id
from cluster.services import Clients
from tests.actors.conversing import until
from tests.actors.swarms.swarming import Keeper, keeping, says
from tests.provider.server import Provider


@pytest.fixture
async def keeper(clients: Clients, user: UserId, provider: Provider) -> AsyncIterator[Keeper]:
    """Somebody who makes swarms."""
    async with keeping(clients, user, provider) as keeper:
        yield keeper


async def test_each_input_gets_an_agent_and_its_result(keeper: Keeper):
    id = await keeper.begin([says(f"answer {n}") for n in range(30)], parallelism=7)
    row = await keeper.over(id)
    found = await keeper.items(id)
    assert (row.status, row.total, row.completed, row.failed, row.error) == ("completed", 30, 30, 0, None)
    assert [item.result for item in found] == [f"answer {n}" for n in range(30)]
    assert {item.attempts for item in found} == {1}
    assert len({item.agent_id for item in found}) == 30


async def test_no_more_are_at_work_than_may_be(keeper: Keeper):
    keeper.provider.app.tokens_per_second = 100
    id = await keeper.begin(["[[count 10]]"] * 12, parallelism=3)
    most = 0
    while not (await keeper.row(id)).over:
        most = max(most, await keeper.value("select count(*) from swarm_items where status = 'running'"))
    assert most == 3
    assert len(keeper.provider.app.requests) == 12


async def test_costs_are_what_the_provider_counted_to_the_last_digit(keeper: Keeper):
    id = await keeper.begin([says(f"answer {n}") for n in range(20)], reduce="Join these.")
    row = await keeper.over(id)
    budget, found = await keeper.budget(id), await keeper.items(id)
    reduced = await keeper.value("select cost_usd from agents where id = $1", row.reduce_agent_id)
    assert budget.usd_spent == keeper.billed() > 0
    assert sum(item.cost_usd for item in found) + reduced == budget.usd_spent
    assert (budget.usd_held, budget.usd_asked, budget.usd_doubted, budget.children) == (0, 0, 0, 0)


async def test_an_agent_makes_one_answer_of_all_results(keeper: Keeper):
    id = await keeper.begin([says("red"), says("blue")], reduce="[[say purple]] Mix {results}")
    row = await keeper.over(id)
    assert (row.status, row.result) == ("completed", "purple")
    told = keeper.provider.app.requests[-1].body
    said = str(told["messages"][-1])
    assert "red" in said
    assert "blue" in said
    assert not told.get("tools")


async def test_results_that_do_not_fit_are_reduced_in_groups(keeper: Keeper, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("actors.swarms.reducing.GROUP_CHARS", 300)
    monkeypatch.setattr("actors.swarms.reducing.TEXT_CHARS", 60)
    id = await keeper.begin([says(f"answer {n}") for n in range(8)], reduce="[[say together]] Join {results}")
    row = await keeper.over(id)
    assert (row.status, row.result) == ("completed", "together")
    made = await keeper.value("select count(*) from agents where swarm_id = $1 and place is null", id)
    assert made > 2
    assert (await keeper.budget(id)).usd_spent == keeper.billed()


async def test_some_fail_and_each_says_why_while_the_others_are_kept(keeper: Keeper):
    id = await keeper.begin([says("fine"), "[[fault refused]]", says("fine too")], reduce="[[say joined]] {results}")
    row = await keeper.over(id)
    found = await keeper.items(id)
    assert (row.status, row.completed, row.failed, row.result) == ("completed", 2, 1, "joined")
    assert [item.status for item in found] == ["completed", "failed", "completed"]
    assert (found[1].attempts, (found[1].error or {})["code"]) == (1, "refused")


async def test_when_every_item_fails_so_does_the_swarm(keeper: Keeper):
    row = await keeper.over(await keeper.begin(["[[fault refused]]"] * 2, reduce="Join."))
    assert (row.status, (row.error or {})["code"], row.failed) == ("failed", "items_failed", 2)
    assert len(keeper.provider.app.requests) == 2


async def test_what_fails_for_a_moment_is_tried_again(keeper: Keeper):
    id = await keeper.begin(["[[fault cut after=1 times=1]][[say at last]]", says("at once")], retries=2)
    row = await keeper.over(id)
    found = await keeper.items(id)
    assert (row.status, row.completed, row.failed) == ("completed", 2, 0)
    assert [(item.result, item.attempts, item.error) for item in found] == [("at last", 2, None), ("at once", 1, None)]
    retries = await keeper.value("select retries from agents where id = $1", found[0].agent_id)
    assert retries is not None


async def test_what_goes_on_failing_is_given_up(keeper: Keeper):
    id = await keeper.begin(["[[fault cut after=1]]"], retries=1)
    row = await keeper.over(id)
    (item,) = await keeper.items(id)
    assert (row.status, item.status, item.attempts) == ("failed", "failed", 2)


async def test_a_spent_budget_ends_it_and_what_was_finished_is_kept(keeper: Keeper):
    one = await keeper.over(await keeper.begin([says("x " * 600)]))
    price = (await keeper.budget(one.id)).usd_spent
    id = await keeper.begin([says("x " * 600)] * 40, parallelism=2, budget={"usd": float(price * 12)})
    row = await keeper.over(id)
    budget = await keeper.budget(id)
    ends = Counter(item.status for item in await keeper.items(id))
    assert (row.status, (row.error or {})["code"]) == ("failed", "budget_spent")
    assert ends["completed"] == row.completed > 0
    assert ends["cancelled"] > 0
    assert ends["completed"] + ends["cancelled"] + ends["failed"] == 40
    assert budget.usd_spent <= budget.usd
    assert (budget.usd_held, budget.children) == (0, 0)


async def test_cancel_ends_those_at_work_and_begins_no_others(keeper: Keeper):
    id = await keeper.begin(["[[first 30]][[say never]]"] * 6, parallelism=3)
    await keeper.until_asked(3)
    await keeper.swarm(id).ask(Swarm.cancel, keeper.user)
    row = await keeper.over(id)
    assert (row.status, row.completed, row.failed) == ("cancelled", 0, 0)
    assert {item.status for item in await keeper.items(id)} == {"cancelled"}
    assert len(keeper.provider.app.requests) == 3
    assert (await keeper.budget(id)).children == 0


async def test_a_paused_swarm_begins_nothing_until_it_is_resumed(keeper: Keeper):
    keeper.provider.app.tokens_per_second = 50
    id = await keeper.begin(["[[count 10]]"] * 6, parallelism=2)
    await keeper.until_asked(2)
    await keeper.swarm(id).ask(Swarm.pause, keeper.user, True)
    begun = await keeper.value("select count(*) from agents")

    async def rests() -> bool:
        return not await keeper.pending(id)

    await until(rests)
    row = await keeper.row(id)
    assert (row.status, row.paused) == ("paused", True)
    assert await keeper.value("select count(*) from agents") == begun == row.completed
    await keeper.swarm(id).ask(Swarm.pause, keeper.user, False)
    row = await keeper.over(id)
    assert (row.status, row.completed) == ("completed", 6)


async def test_inputs_are_added_until_it_is_closed(keeper: Keeper):
    id = await keeper.begin([says("one")], closed=False)
    await keeper.until_row(id, lambda row: row.completed == 1)
    await keeper.swarm(id).ask(Swarm.add, keeper.user, [says("two"), None], False)
    row = await keeper.until_row(id, lambda row: row.completed == 3)
    assert (row.status, row.closed) == ("running", False)
    await keeper.swarm(id).ask(Swarm.add, keeper.user, [], True)
    row = await keeper.over(id)
    assert (row.status, row.total) == ("completed", 3)
    with pytest.raises(SwarmClosed):
        await keeper.swarm(id).ask(Swarm.add, keeper.user, ["more"], False)


async def test_what_failed_is_tried_again_when_a_person_asks(keeper: Keeper):
    id = await keeper.begin(["[[fault refused times=1]][[say now]]", says("fine")], reduce="[[say joined]] {results}")
    first = await keeper.over(id)
    assert (first.completed, first.failed) == (1, 1)
    assert await keeper.swarm(id).ask(Swarm.retry, keeper.user, None) == 1
    row = await keeper.over(id)
    assert (row.status, row.completed, row.failed, row.result) == ("completed", 2, 0, "joined")
    assert row.reduce_agent_id != first.reduce_agent_id
    assert [item.attempts for item in await keeper.items(id)] == [2, 1]
    with pytest.raises(NothingToRetry):
        await keeper.swarm(id).ask(Swarm.retry, keeper.user, None)


async def test_a_swarm_that_was_cancelled_does_not_go_on(keeper: Keeper):
    id = await keeper.begin(["[[first 30]]"])
    await keeper.until_asked(1)
    await keeper.swarm(id).ask(Swarm.cancel, keeper.user)
    await keeper.over(id)
    with pytest.raises(SwarmOver):
        await keeper.swarm(id).ask(Swarm.retry, keeper.user, None)
    with pytest.raises(SwarmOver):
        await keeper.swarm(id).ask(Swarm.pause, keeper.user, True)


async def test_each_end_is_told_once_and_the_swarm_s_end_last(keeper: Keeper):
    id = await keeper.begin([says(f"answer {n}") for n in range(12)], parallelism=4)
    await keeper.over(id)
    told = await keeper.told(id)
    ends = Counter(event["item"]["n"] for event in told if event["item"] and event["item"]["status"] == "completed")
    assert ends == Counter(range(12))
    assert (told[-1]["item"], told[-1]["status"], told[-1]["completed"]) == (None, "completed", 12)
    listed = [event["status"] for event in await keeper.heard(user_channel(keeper.user))]
    assert 1 <= len(listed) < 12
    assert listed[-1] == "completed"


async def test_a_swarm_made_twice_is_one_and_another_under_its_key_is_refused(keeper: Keeper):
    id = await keeper.begin([says("once")], request="a")
    await keeper.begin([says("once")], id=id, request="a")
    with pytest.raises(KeyReused):
        await keeper.begin([says("other")], id=id, request="b")
    assert (await keeper.over(id)).total == 1


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"inputs": []}, NoInputs),
        ({"inputs": ["x" * 300_000]}, InputTooLong),
        ({"inputs": ["x"], "agent_type": "wizard"}, AgentTypeMissing),
        ({"inputs": ["x"], "reduce": "x" * 190_000}, InputTooLong),
    ],
    ids=["no inputs", "a long input", "no such type", "a long reduction"],
)
async def test_what_cannot_work_is_refused_and_leaves_nothing(
    keeper: Keeper, more: dict[str, object], error: type[ApexError]
):
    inputs = more.pop("inputs")
    assert isinstance(inputs, list)
    with pytest.raises(error):
        await keeper.begin(inputs, **more)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]
    assert await keeper.value("select count(*) from swarms") == 0
    assert await keeper.value("select count(*) from budgets") == 0


async def test_a_stranger_reaches_nothing_of_it(keeper: Keeper, stranger: UserId):
    id = await keeper.begin([says("mine")])
    await keeper.over(id)
    them = replace(keeper, user=stranger)
    commands = [
        (Swarm.cancel, ()),
        (Swarm.pause, (True,)),
        (Swarm.retry, (None,)),
        (Swarm.add, (["x"], True)),
    ]
    for method, arguments in commands:
        with pytest.raises(SwarmMissing):
            await them.swarm(id).ask(method, stranger, *arguments)  # pyright: ignore[reportArgumentType]
    assert await them.items(id) == []


async def test_agents_get_at_most_what_each_may_have(keeper: Keeper):
    id = await keeper.begin([says("a")] * 3, each={"usd": 0.5, "tokens": 300_000})
    await keeper.over(id)
    given = await keeper.value("select array_agg(distinct usd) from budgets where parent_id = $1", id)
    assert given == [Decimal("0.5")]


async def test_another_server_is_to_be_told_of_its_end(keeper: Keeper):
    webhook = {"url": "https://example.org/hook", "secret": "a secret of sixteen"}
    id = await keeper.begin([says("a")], reduce="[[say all]]", webhook=webhook)
    await keeper.over(id)
    body = await keeper.value("select body from webhook_deliveries where subject = 'swarm' and subject_id = $1", id)
    assert (body["id"], body["status"], body["result"], body["error"]) == (str(id), "completed", "all", None)
    assert Decimal(str(body["cost_usd"])) == keeper.billed()


async def test_a_swarm_that_is_not_there_is_missing(keeper: Keeper):
    with pytest.raises(SwarmMissing):
        await keeper.swarm(UUID(int=new_id().int)).ask(Swarm.cancel, keeper.user)
