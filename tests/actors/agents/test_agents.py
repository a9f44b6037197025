"""An agent works on one task to its end, on the turn loop of a session, and its row always says how it is."""

import asyncio
from dataclasses import replace

import pytest

from actors.agents import ending, spawning, store
from actors.agents.agent import Agent
from actors.agents.errors import AgentTypeMissing
from cluster.errors import NotFound
from cluster.events.names import agent_channel, user_channel
from cluster.ids import ConversationId, UserId
from cluster.models.chat_model import TextDelta
from cluster.services import Clients
from tests.actors.agents.employing import Employer
from tests.actors.conversing import USED, Person, PlayedModel, asks, done, playing, says, until


async def test_an_agent_does_its_task_and_its_row_says_what_came_of_it(clients: Clients, user: UserId):
    player = PlayedModel(asks(("calculator", {"expression": "6 * 7"})), says("It is 42."))
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.over(await employer.spawn("What is six times seven?"))
        assert (agent.status, agent.result, agent.steps) == ("completed", "It is 42.", 2)
        assert (agent.tokens, agent.cost_usd) == (2 * USED.total, 2 * USED.cost_usd)
        assert await employer.ledger() == agent.cost_usd
        budget = await employer.budget(agent.id)
        assert budget.usd_spent == agent.cost_usd
        assert (budget.usd_asked, budget.tokens_asked, budget.tokens_doubted) == (0, 0, 0)


async def test_its_steps_are_a_conversation_that_no_list_shows_and_nobody_can_talk_in(clients: Clients, user: UserId):
    async with playing(clients, PlayedModel(says("Done.")), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.over(await employer.spawn("Do it."))
        person = Person(troupe, user, ConversationId(agent.conversation_id))
        assert [message.content for message in await person.branch()] == ["Do it.", "Done."]
        with pytest.raises(NotFound):
            await person.say("And then?", create=False)


async def test_a_program_may_ask_for_json_by_a_schema(clients: Clients, user: UserId):
    player = PlayedModel(says('{"answer": 42}'))
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}}
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        await employer.over(await employer.spawn("Six times seven?", answer_schema=schema, tools="none"))
    assert player.requests[0].answer_schema == schema
    assert player.requests[0].tools == ()


async def test_the_same_key_makes_one_agent(clients: Clients, user: UserId):
    async with playing(clients, PlayedModel(says("Once.")), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        first = await employer.spawn("Do it.", key="the key")
        assert await employer.spawn("Do it.", key="the key") == first
        await employer.over(first)


async def test_a_type_that_is_not_there_is_refused_and_makes_nothing(clients: Clients, user: UserId):
    async with playing(clients, PlayedModel(), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        with pytest.raises(AgentTypeMissing):
            await employer.spawn("Do it.", agent_type="wizard")
        async with clients.db.as_user(user) as conn:
            assert await conn.fetchval("select count(*) from budgets") == 0


async def test_a_sweep_wakes_an_agent_that_nobody_woke(clients: Clients, user: UserId, monkeypatch: pytest.MonkeyPatch):
    async def forget(*_: object) -> None:
        """The one who made it died right after the commit."""

    monkeypatch.setattr(spawning, "wake", forget)
    async with playing(clients, PlayedModel(says("Here.")), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        assert (await employer.over(await employer.spawn("Do it."))).result == "Here."


async def test_a_host_dies_and_the_agent_goes_on_elsewhere(clients: Clients, user: UserId):
    gate = asyncio.Event()
    player = PlayedModel([TextDelta("I begin "), gate, done("never")], says("I am done."))
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.spawn("Do it.")

        async def asked() -> bool:
            return len(player.requests) == 1

        await until(asked)
        await troupe.crash()
        over = await employer.over(agent)
        assert (over.status, over.result) == ("completed", "I am done.")
        budget = await employer.budget(agent)
        assert budget.calls_doubted == 1
        assert budget.tokens_doubted > 0
        assert budget.usd_spent == over.cost_usd == USED.cost_usd


async def test_cancel_ends_an_agent_in_the_middle_of_a_word(clients: Clients, user: UserId):
    gate = asyncio.Event()
    player = PlayedModel([TextDelta("I begin "), gate, done("never")])
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.spawn("Do it.")

        async def asked() -> bool:
            return len(player.requests) == 1

        await until(asked)
        await ending.cancel(employer.services, user, agent)
        over = await employer.over(agent)
        assert over.status == "cancelled"
        assert player.closed == 1


async def test_a_paused_agent_makes_no_call_until_it_is_resumed(clients: Clients, user: UserId):
    gate = asyncio.Event()
    player = PlayedModel([gate, *asks(("calculator", {"expression": "1 + 1"}))], says("Two."))
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.spawn("One and one?")

        async def asked() -> bool:
            return len(player.requests) == 1

        await until(asked)
        await ending.pause(employer.services, user, agent)
        gate.set()

        async def parked() -> bool:
            return (await employer.agent(agent)).waits_for == "pause"

        await until(parked)
        person = Person(troupe, user, ConversationId(agent))
        await until(person.rests)
        assert len(player.requests) == 1
        await ending.resume(employer.services, user, agent)
        over = await employer.over(agent)
        assert (over.status, over.result, over.waits_for) == ("completed", "Two.", None)


async def test_what_happens_is_told_on_its_channel_and_the_user_s(clients: Clients, user: UserId):
    async with playing(clients, PlayedModel(says("Done.")), beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.spawn("Do it.")
        await employer.over(agent)
        person = Person(troupe, user, ConversationId(agent))
        await until(person.rests)
        told = await person.events(channel=agent_channel(agent))
        assert [event["status"] for event in told] == ["running", "completed"]
        assert told[-1]["agent"]["result"] == "Done."
        listed = await person.events(channel=user_channel(user))
        assert {event["type"] for event in listed} == {"agent_update"}


async def test_another_user_sees_nothing_of_it(clients: Clients, user: UserId, stranger: UserId):
    async with playing(clients, PlayedModel(says("Mine.")), beside=[Agent]) as troupe:
        agent = await Employer(troupe, user).spawn("Do it.")
        await Employer(troupe, user).over(agent)
        async with clients.db.as_user(stranger) as conn:
            assert await store.find(conn, agent) is None


async def test_a_swarm_of_agents_does_not_keep_its_user_from_talking(clients: Clients, user: UserId):
    clients = replace(clients, settings=clients.settings.model_copy(update={"turns_per_user": 1}))
    gate = asyncio.Event()
    player = PlayedModel([gate, done("agent")], says("Hello."))
    async with playing(clients, player, beside=[Agent]) as troupe:
        employer = Employer(troupe, user)
        agent = await employer.spawn("Do it.")

        async def asked() -> bool:
            return len(player.requests) == 1

        await until(asked)
        person = Person(troupe, user)
        await person.converse("Hello?")
        gate.set()
        assert (await employer.over(agent)).status == "completed"
