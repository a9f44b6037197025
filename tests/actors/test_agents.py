"""Which agent of the user speaks in a conversation: its persona, its name in tools, and where it is in the village."""

import asyncio
from typing import Any

from cluster.events.names import realm_channel
from cluster.ids import UserId
from cluster.services import Clients
from tests.actors.conversing import Person, PlayedModel, asks, playing, says
from village.agents import store as agents
from village.agents.founders import KETHER, VAJRA
from village.agents.profile import Profile
from village.realms.store import home_village

MIRA = Profile(
    agent="MIRA",
    display_name="Mira",
    generation="2",
    lineage="Trinity",
    specialization="Glazes",
    persona="You are Mira, who knows kilns.",
)


async def test_the_agent_that_was_chosen_speaks_with_its_persona_from_then_on(clients: Clients, user: UserId):
    model = PlayedModel(says("Plainly."), says("A title"), says("Sharply."), says("Still."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("Hello")
        await person.converse("Who are you?", agent=VAJRA.agent)
        await person.converse("And now?")

    told = [request.system for request in model.requests if "You are the assistant" in request.system]
    assert [VAJRA.persona.strip() in system for system in told] == [False, True, True]


async def test_an_agent_that_the_user_summoned_speaks(clients: Clients, user: UserId):
    async with clients.db.as_user(user) as conn:
        await agents.summon(conn, user, MIRA)
    model = PlayedModel(says("Cool it slowly."))
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("How?", agent="MIRA")

    assert MIRA.persona in model.requests[0].system


async def test_an_agent_walks_to_its_tool_and_back(clients: Clients, user: UserId):
    model = PlayedModel(asks(("memory_list", {})), says("Nothing there."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("Remember?", agent=KETHER.agent)
        channel = realm_channel(home_village(user))
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while len(events) < 2:
                events = await person.events(channel=channel)
                await asyncio.sleep(0.01)

    assert [(event["event"], event["data"]["agent"], event["data"]["zone"]) for event in events] == [
        ("agent_moved", "KETHER", "memory_garden"),
        ("agent_idle", "KETHER", "village_square"),
    ]
