"""Many conversations lose their host at once: all of them go on soon, by the clock of the database."""

import asyncio

from cluster.ids import UserId
from cluster.services import open_clients
from cluster.settings import Settings
from tests.actors.conversing import Person, PlayedModel, playing, until

MANY = 200
AT_MOST = 5.0
"""Seconds between the end of a lease and the last turn that is taken up."""


async def test_many_orphaned_turns_are_taken_up_within_seconds_of_the_end_of_their_lease(
    settings: Settings, user: UserId
) -> None:
    gate = asyncio.Event()
    model = PlayedModel(*[[gate]] * MANY * 2)
    settings = settings.model_copy(update={"lease_seconds": 3.0})
    async with open_clients(settings, pool_size=10) as clients, playing(clients, model) as troupe:
        people = [Person(troupe, user) for _ in range(MANY)]
        await asyncio.gather(*(person.say("Hi") for person in people))
        await until(lambda: _all_were_asked(model, MANY))
        dying = troupe.hosts[0]
        row = dying.row
        assert row is not None
        await troupe.add_host()

        await dying.abandon()

        await until(lambda: _all_were_asked(model, 2 * MANY))
        late = await people[0].value(
            """select extract(epoch from max(progressed_at) - (select lease_until from hosts where id = $1))
                 from turns where attempts = 2""",
            row.id,
        )
        assert await people[0].value("select count(*) from turns where attempts = 2") == MANY
        assert 0 < late < AT_MOST
        for person in people:
            kinds = [event["type"] for event in await person.hear("turn_resumed")]
            assert (kinds.count("turn_recovering"), kinds.count("turn_resumed")) == (1, 1)


async def _all_were_asked(model: PlayedModel, count: int) -> bool:
    return len(model.requests) >= count
