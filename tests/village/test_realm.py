"""A realm: what is written is durable, gets its vector off the writer's path, and is open to those who belong only."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from cluster.clients.postgres import Connection
from cluster.events.log import BEGINNING
from cluster.events.names import realm_channel
from cluster.ids import KnowledgeId, RealmId, UserId, new_id
from cluster.models.embeddings.minilm import NAME
from cluster.services import Clients, Services
from tests.village.dwelling import realm_ref, village_services
from village.errors import NotAWriter, RealmMissing
from village.knowledge import store
from village.knowledge.item import Change, Draft, Knowledge
from village.realm import Realm
from village.realms import store as realms
from village.realms.store import home_village, private_realm
from village.who import Who

SAID = "The kiln must be cooled slowly, or the glaze cracks."


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    async with village_services(clients) as opened:
        yield opened


async def add(services: Services, realm: RealmId, who: Who, text: str = SAID) -> Knowledge:
    return await realm_ref(services, realm).ask(Realm.add, who, Draft(content=text))


async def vectors(services: Services, user: UserId, realm: RealmId) -> int:
    async with services.db.as_user(user) as conn:
        return await conn.fetchval(
            "select count(*) from knowledge_vectors where realm_id = $1 and model = $2", realm, NAME
        )


async def until_embedded(services: Services, user: UserId, realm: RealmId, count: int) -> None:
    async with asyncio.timeout(30):
        while await vectors(services, user, realm) != count:  # noqa: ASYNC110 (a vector is told to nobody)
            await asyncio.sleep(0.02)


async def test_what_an_agent_says_gets_its_vector_and_is_told(services: Services, user: UserId) -> None:
    village = home_village(user)

    said = await add(services, village, Who(user, "AZOTH"))

    await until_embedded(services, user, village, 1)
    events = await services.log.read(realm_channel(village), after=BEGINNING)
    assert isinstance(events, list)
    assert [event.type for event in events] == ["village_event"]
    assert (said.agent, said.user_id, said.version, said.root_id) == ("AZOTH", user, 1, said.id)


async def test_the_same_draft_twice_is_one_piece_of_knowledge(services: Services, user: UserId) -> None:
    draft = Draft(content=SAID)
    village = realm_ref(services, home_village(user))

    first = await village.ask(Realm.add, Who(user), draft)
    again = await village.ask(Realm.add, Who(user), draft)

    assert first == again


async def test_a_change_is_a_new_version_and_the_old_one_stays(services: Services, user: UserId) -> None:
    village = home_village(user)
    said = await add(services, village, Who(user, "AZOTH"))

    revised = await realm_ref(services, village).ask(
        Realm.revise, Who(user, "AZOTH"), said.id, Change(content="Cool it.")
    )

    async with services.db.as_user(user) as conn:
        before = await store.versions(conn, said.root_id)
    assert [(one.version, one.content) for one in before] == [(1, SAID), (2, "Cool it.")]
    assert before[0].superseded_by == revised.id
    await until_embedded(services, user, village, 1)


async def test_an_agent_does_not_see_another_ones_private_realm(services: Services, user: UserId) -> None:
    private = private_realm(user, "AZOTH")
    said = await add(services, private, Who(user, "AZOTH"))

    async with services.db.as_user(user, "VAJRA") as conn:
        assert await store.find(conn, said.id) is None
        assert private not in [realm.id for realm in await realms.all_of(conn)]
    async with services.db.as_user(user) as conn:
        assert await store.find(conn, said.id) == said
    with pytest.raises(RealmMissing):
        await add(services, private, Who(user, "VAJRA"))


async def test_a_stranger_sees_and_writes_nothing(services: Services, user: UserId, stranger: UserId) -> None:
    village = home_village(user)
    said = await add(services, village, Who(user))

    async with services.db.as_user(stranger) as conn:
        assert await store.find(conn, said.id) is None
        assert await realms.find(conn, village) is None
    with pytest.raises(RealmMissing):
        await add(services, village, Who(stranger))


async def test_an_agent_cannot_speak_in_anothers_name(services: Services, user: UserId) -> None:
    village = home_village(user)
    said = await add(services, village, Who(user, "AZOTH"))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with services.db.as_user(user, "VAJRA") as conn:
            await forge(conn, said)


async def forge(conn: Connection, said: Knowledge) -> None:
    """Raw SQL under the application's role."""
    await conn.execute(
        """insert into knowledge (id, realm_id, user_id, agent, content, origin, root_id)
           values ($1, $2, $3, $4, 'I said so.', 'tool', $1)""",
        KnowledgeId(new_id()), said.realm_id, said.user_id, said.agent,
    )  # fmt: skip


async def test_an_agent_does_not_change_what_another_said(services: Services, user: UserId) -> None:
    village = home_village(user)
    said = await add(services, village, Who(user, "AZOTH"))

    with pytest.raises(NotAWriter):
        await realm_ref(services, village).ask(Realm.revise, Who(user, "VAJRA"), said.id, Change(content="No."))
    revised = await realm_ref(services, village).ask(Realm.revise, Who(user), said.id, Change(content="Yes."))
    assert replace(revised, content=SAID).agent == "AZOTH"


async def test_what_a_dead_realm_left_without_a_vector_is_taken_up(clients: Clients, user: UserId) -> None:
    village = home_village(user)
    async with village_services(clients) as services:
        await add(services, village, Who(user))
        await until_embedded(services, user, village, 1)
    async with clients.db.as_user(user) as conn:  # as if it had died before
        await conn.execute("delete from knowledge_vectors where realm_id = $1", village)
        await conn.execute("update placements set pending = true where kind = 'realm' and key = $1", str(village))
    async with village_services(clients) as services:
        await until_embedded(services, user, village, 1)
