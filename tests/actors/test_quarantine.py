"""A conversation that kills its host is found out, without its neighbours paying for it, and can be used again."""

import asyncio

import pytest

from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.runtime.hosts.host import Host
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests.actors.conversing import Json, Person, PlayedModel, Troupe, done, of_turn, playing, says, until


@pytest.fixture
async def gate() -> asyncio.Event:
    """Where those wait whose host is to die."""
    return asyncio.Event()


async def host_while_working(troupe: Troupe, person: Person, attempt: int) -> Host:
    """The host in which the person's first turn works, for that many times."""

    async def works() -> bool:
        sql = "select attempts from turns where conversation_id = $1 order by created_at limit 1"
        return await person.value(sql, person.conversation) == attempt and troupe.host_of(person.session.id) is not None

    await until(works)
    await person.hear("step_started", count=attempt)
    host = troupe.host_of(person.session.id)
    assert host is not None
    return host


async def crashes(person: Person) -> tuple[int, int]:
    """Crashes counted against a conversation, and those of a host of its own."""
    row = await person.value("select (crashes, crashes_alone) from placements where key = $1", str(person.conversation))
    return tuple(row)


def reasons(events: list[Json]) -> list[str]:
    """Why the turn was taken up, each time."""
    return [event["reason"] for event in events if event["type"] == "turn_recovering"]


async def test_who_was_there_when_two_hosts_died_goes_on_alone_until_it_is_proved(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    model = PlayedModel(*[[TextDelta("…"), gate]] * 4, says("Good again."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Kill")
        shared = [await host_while_working(troupe, person, 1)]
        await troupe.crash()
        shared += [await host_while_working(troupe, person, 2)]
        await troupe.crash()
        alone = await host_while_working(troupe, person, 3)
        assert [host.place.only for host in (*shared, alone)] == [None, None, person.session.id]
        assert await crashes(person) == (2, 0)

        await troupe.kill(alone)
        again = await host_while_working(troupe, person, 4)
        assert again.place.only == person.session.id
        assert await crashes(person) == (3, 1)
        await troupe.kill(again)

        events = of_turn(await person.hear("turn_ended", turn=posted.turn_id), posted.turn_id)
        assert (events[-1]["status"], events[-1]["error"]["code"]) == ("failed", "crashed")
        assert [event["type"] for event in events].count("turn_ended") == 1
        assert reasons(events) == ["crashed", "alone", "alone", "alone"]
        assert len(model.requests) == 4


async def test_a_conversation_whose_turn_was_ended_for_its_crashes_starts_afresh(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate], says("Good again."))) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Kill")
        await host_while_working(troupe, person, 1)
        await person.say("And now?")
        await person.value("update placements set crashes = 4, crashes_alone = 2")

        await troupe.crash()

        events = await person.hear("turn_ended", count=2)
        ends = {event["turn_id"]: event["status"] for event in events if event["type"] == "turn_ended"}
        assert list(ends.values()) == ["failed", "completed"]
        assert next(iter(ends)) == str(posted.turn_id)
        assert [message.content for message in await person.branch()][-2:] == ["And now?", "Good again."]
        await until(person.rests)
        assert await crashes(person) == (0, 0)


@pytest.mark.usefixtures("hurry")
async def test_neighbours_of_a_suspect_go_on_together_elsewhere(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel(*[[gate]] * 20)) as troupe:
        culprit, neighbours = Person(troupe, user), [Person(troupe, user) for _ in range(3)]
        for person in (culprit, *neighbours[:2]):
            await person.say("Hi")
            await host_while_working(troupe, person, 1)
        await troupe.crash()
        for person in (culprit, *neighbours[:2]):
            await host_while_working(troupe, person, 2)
        await neighbours[2].say("Hi")
        await neighbours[0].stop()
        await until(neighbours[0].rests)

        await troupe.crash()

        hosts = [await host_while_working(troupe, culprit, 3), await host_while_working(troupe, neighbours[1], 3)]
        assert [host.place.only for host in hosts] == [culprit.session.id, neighbours[1].session.id]
        assert (await host_while_working(troupe, neighbours[2], 2)).place.only is None
        assert [await crashes(one) for one in (culprit, *neighbours)] == [(2, 0), (0, 0), (2, 0), (1, 0)]


async def test_an_innocent_suspect_is_cleared_by_its_answer(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel([gate], [gate], says("I did nothing."))) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Hi")
        for attempt in (1, 2):
            await host_while_working(troupe, person, attempt)
            await troupe.crash()

        events = await person.hear("turn_ended")

        assert reasons(events) == ["crashed", "alone"]
        assert (await person.turn(posted.turn_id))["status"] == "completed"
        await until(person.rests)
        assert await crashes(person) == (0, 0)


async def test_what_was_brought_to_its_end_clears_what_waits_behind_it(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    opened = asyncio.Event()
    async with playing(clients, PlayedModel([gate], [opened, done("First.")], says("Second."))) as troupe:
        person = Person(troupe, user)
        await person.say("one")
        await host_while_working(troupe, person, 1)
        await troupe.crash()
        await host_while_working(troupe, person, 2)
        await person.value("update placements set crashes = 4, crashes_alone = 2")
        await person.say("two")

        opened.set()

        await person.hear("turn_ended", count=2)
        assert [message.content for message in await person.branch()] == ["one", "First.", "two", "Second."]


@pytest.mark.usefixtures("hurry")
async def test_only_so_many_suspects_are_alone_at_once(settings: Settings, user: UserId, gate: asyncio.Event) -> None:
    narrow = settings.model_copy(update={"quarantine_hosts": 1})
    async with open_clients(narrow, pool_size=5) as clients, playing(clients, PlayedModel(*[[gate]] * 9)) as troupe:
        people = [Person(troupe, user) for _ in range(3)]
        for person in people:
            await person.say("Hi")
        for attempt in (1, 2):
            for person in people:
                await host_while_working(troupe, person, attempt)
            await troupe.crash()

        hosts = [await host_while_working(troupe, person, 3) for person in people]

        assert sum(host.place.only is not None for host in hosts) == 1


async def test_who_goes_away_in_good_order_is_no_suspect(clients: Clients, user: UserId, gate: asyncio.Event) -> None:
    async with playing(clients, PlayedModel([gate], says("Here I am."))) as troupe:
        person = Person(troupe, user)
        await person.say("Hi")
        host = await host_while_working(troupe, person, 1)
        row = host.row
        assert row is not None
        async with clients.db.as_nobody() as conn:
            await conn.execute("update hosts set lease_until = now() - interval '1 second' where id = $1", row.id)

        events = await person.hear("turn_ended")

        assert reasons(events) == ["moved"]


@pytest.mark.usefixtures("hurry")
async def test_who_kills_its_host_before_it_can_end_its_work_is_left_in_peace(
    clients: Clients, user: UserId, gate: asyncio.Event
) -> None:
    async with playing(clients, PlayedModel(*[[gate]] * 3)) as troupe:
        culprit, other = Person(troupe, user), Person(troupe, user)
        for person in (culprit, other):
            await person.say("Hi")
            await host_while_working(troupe, person, 1)
        await culprit.value(
            "update placements set crashes = 9, crashes_alone = 9, updated_at = now() where key = $1",
            str(culprit.conversation),
        )

        await troupe.crash()

        await host_while_working(troupe, other, 2)
        assert troupe.host_of(culprit.session.id) is None
