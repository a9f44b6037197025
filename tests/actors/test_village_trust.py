"""What an agent writes to the village after it has read text by strangers is kept as untrusted."""

from dataclasses import replace

import pytest

from actors.session.known import known_at
from cluster.ids import TurnId, UserId, new_id
from cluster.services import Clients
from tests.actors.conversing import Person, PlayedModel, asks, playing, says
from village.tools import reach
from village.tools.reach import searches


@pytest.mark.parametrize("opened", [True, False])
async def test_a_search_shows_strangers_text_only_when_asked_to(clients: Clients, user: UserId, opened: bool):
    arguments = {"query": "kiln", "include_untrusted": opened, "mode": "text"}
    model = PlayedModel(asks(("village_search", arguments)), says("Nothing there."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("What is known?")
        branch = await person.branch()
        async with clients.db.as_user(user) as conn:
            known = await known_at(conn, TurnId(new_id()), branch[-1].id)

    assert known.strangers is opened
    assert searches(arguments) == replace(reach.READS, reads_untrusted=opened)
