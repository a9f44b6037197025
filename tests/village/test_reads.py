"""Who has read what: noted without a write to the database, folded in by the realm, and outliving whoever noted it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg
import pytest

from cluster.ids import KnowledgeId, UserId, new_id
from cluster.services import Clients, Services
from tests.conftest import make_user
from tests.village.dwelling import realm_ref, village_services
from village.knowledge import store
from village.knowledge.item import Draft, Knowledge
from village.realm import Realm
from village.realms.store import home_village
from village.recall import reads
from village.recall.noting import note_reads
from village.who import Who


@pytest.fixture
async def services(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.setattr(reads, "FOLD_SECONDS", 0.1)
    async with village_services(clients) as opened:
        yield opened


async def know(services: Services, who: Who) -> Knowledge:
    return await realm_ref(services, home_village(who.user)).ask(Realm.add, who, Draft(content="Bees like it dry."))


async def until_counted(services: Clients, user: UserId, id: KnowledgeId, count: int) -> Knowledge:
    async with asyncio.timeout(30):
        while True:
            async with services.db.as_user(user) as conn:
                found = await store.find(conn, id)
            if found is not None and found.access_count >= count:
                return found
            await asyncio.sleep(0.05)


async def readers(services: Clients, user: UserId) -> Sequence[tuple[UUID, str]]:
    async with services.db.as_user(user) as conn:
        rows = await conn.fetch("select user_id, agent from knowledge_reads order by agent")
    return [(row["user_id"], row["agent"]) for row in rows]


async def test_reads_are_counted_and_tell_who_it_was(services: Services, user: UserId) -> None:
    said = await know(services, Who(user, "AZOTH"))

    for agent in ("VAJRA", "VAJRA", "KETHER", None):
        await note_reads(services, Who(user, agent), [said])

    found = await until_counted(services, user, said.id, 4)
    assert found.access_count == 4
    assert found.last_accessed_at is not None
    assert await readers(services, user) == [(user, ""), (user, "KETHER"), (user, "VAJRA")]


async def test_reads_of_a_host_that_died_are_counted_when_the_realm_wakes(
    clients: Clients, services: Services, user: UserId
) -> None:
    said = await know(services, Who(user))
    await until_counted(services, user, said.id, 0)

    await reads.keep(clients.redis, Who(user, "VAJRA"), [said])  # and nobody is told
    await know(services, Who(user))

    await until_counted(services, user, said.id, 1)
    assert await readers(services, user) == [(user, "VAJRA")]


async def test_a_reader_who_is_gone_holds_nothing_up(services: Services, clients: Clients, user: UserId) -> None:
    said = await know(services, Who(user))
    gone = UserId(new_id())
    other = await make_user(clients)

    for reader in (gone, other):
        await note_reads(services, Who(reader, "AZOTH"), [said])

    await until_counted(services, user, said.id, 2)
    assert await readers(services, user) == [(other, "AZOTH")]


async def test_nobody_says_what_others_have_read(services: Services, user: UserId, stranger: UserId) -> None:
    said = await know(services, Who(user, "AZOTH"))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with services.db.as_user(user, "VAJRA") as conn:
            await conn.execute(
                "insert into knowledge_reads values ($1, $2, $3, 'KETHER', now())", said.realm_id, said.id, user
            )
    for who in (Who(stranger), Who(user, "VAJRA")):
        async with services.db.as_user(who.user, who.agent) as conn:
            await conn.execute(
                "select keep_reads($1, array[$2::uuid], array[$3::uuid], array['KETHER'], array[now()])",
                said.realm_id, said.id, user,
            )  # fmt: skip
    assert await readers(services, user) == []
