"""Convergence: who says the same is found as it is said, and told apart from echoes and contradictions."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import orjson
import pytest

from cluster.events.log import BEGINNING
from cluster.events.names import realm_channel
from cluster.ids import KnowledgeId, UserId
from cluster.services import Clients, Services
from tests.village.dwelling import realm_ref, village_services
from village.convergence import store
from village.convergence.answering import ConvergenceMissing, answer
from village.convergence.detecting import detect
from village.convergence.item import Convergence
from village.errors import NotAWriter
from village.knowledge.item import Change, Draft, Knowledge
from village.realm import Realm
from village.realms.store import home_village
from village.who import Who

SLOWLY = "The kiln must be cooled slowly, or the glaze cracks."
TOO_FAST = "If you let the kiln cool down too fast, the glaze will crack."
GENTLY = "Slow cooling of the kiln keeps the glaze from cracking."
NOT_SLOWLY = "The kiln must not be cooled slowly, or the glaze turns dull."


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    async with village_services(clients) as opened:
        yield opened


async def say(services: Services, user: UserId, agent: str | None, text: str, **more: object) -> Knowledge:
    """Have an agent say something in the home village, and wait until it was compared."""
    draft = Draft(content=text, **more)  # pyright: ignore[reportArgumentType]
    said = await realm_ref(services, home_village(user)).ask(Realm.add, Who(user, agent), draft)
    await until_compared(services, user)
    return said


async def until_compared(services: Services, user: UserId) -> None:
    """Wait until everything in the home village has its vector and was compared."""
    async with asyncio.timeout(30):
        while await left(services, user):  # noqa: ASYNC110 (what is compared is told to nobody)
            await asyncio.sleep(0.02)


async def left(services: Services, user: UserId) -> int:
    async with services.db.as_user(user) as conn:
        return await conn.fetchval(
            """select (select count(*) from convergence_due where realm_id = $1) + (
                   select count(*) from knowledge k where realm_id = $1 and superseded_by is null and removed_at is null
                      and not exists (select from knowledge_vectors v where v.knowledge_id = k.id))""",
            home_village(user),
        )


async def found(services: Services, user: UserId) -> Sequence[Convergence]:
    async with services.db.as_user(user) as conn:
        return await store.newest(conn, realm=home_village(user))


async def told(services: Services, user: UserId) -> list[dict[str, object]]:
    """The convergences of which events told."""
    events = await services.log.read(realm_channel(home_village(user)), after=BEGINNING)
    assert isinstance(events, list)
    facts = [orjson.loads(event.data) for event in events]
    return [fact["data"]["convergence"] for fact in facts if fact["event"] == "convergence"]


async def test_two_agents_that_say_the_same_are_in_harmony_and_three_agree(services: Services, user: UserId) -> None:
    await say(services, user, "AZOTH", SLOWLY)
    await say(services, user, "VAJRA", TOO_FAST)
    (two,) = await found(services, user)
    await say(services, user, None, GENTLY)
    (three,) = await found(services, user)

    assert (two.kind, two.agents, two.independent) == ("HARMONY", ["AZOTH", "VAJRA"], True)
    assert (three.id, three.kind, three.agents) == (two.id, "CONSENSUS", ["AZOTH", "VAJRA", "a person"])
    assert [one.content for one in three.statements] == [SLOWLY, TOO_FAST, GENTLY]
    assert [one["kind"] for one in await told(services, user)] == ["HARMONY", "CONSENSUS"]


async def test_one_agent_does_not_agree_with_itself(services: Services, user: UserId) -> None:
    await say(services, user, "AZOTH", SLOWLY)
    await say(services, user, "AZOTH", TOO_FAST)

    assert await found(services, user) == []


async def test_who_says_the_contrary_does_not_agree(services: Services, user: UserId) -> None:
    await say(services, user, "AZOTH", SLOWLY)
    await say(services, user, "VAJRA", NOT_SLOWLY)

    assert await found(services, user) == []


async def test_who_had_read_it_before_is_an_echo(services: Services, user: UserId) -> None:
    said = await say(services, user, "AZOTH", SLOWLY)
    await read(services, Who(user, "VAJRA"), said.id)
    again = await say(services, user, "VAJRA", TOO_FAST)

    (one,) = await found(services, user)
    assert not one.independent
    assert {each.knowledge_id: each.echo_of for each in one.statements} == {said.id: None, again.id: said.id}


async def test_who_had_read_what_was_made_of_it_is_an_echo(services: Services, user: UserId) -> None:
    said = await say(services, user, "AZOTH", SLOWLY)
    reply = await say(services, user, "KETHER", "I shall tell the pottery class.", responding_to=[said.id])
    derived = await say(services, user, "KETHER", "A rule for the pottery class.", derived_from=[reply.id])
    await read(services, Who(user, "VAJRA"), derived.id)
    await say(services, user, "VAJRA", TOO_FAST)

    (one,) = await found(services, user)
    assert [each.echo_of for each in one.statements] == [None, said.id]


async def test_what_was_read_only_afterwards_makes_no_echo(services: Services, user: UserId) -> None:
    said = await say(services, user, "AZOTH", SLOWLY)
    await say(services, user, "VAJRA", TOO_FAST)
    await read(services, Who(user, "VAJRA"), said.id)
    await say(services, user, "KETHER", GENTLY)

    (one,) = await found(services, user)
    assert one.independent


async def read(services: Services, who: Who, id: KnowledgeId) -> None:
    """Have somebody read something, as recall keeps it."""
    async with services.db.as_user(who.user, who.agent) as conn:
        await conn.execute(
            """insert into knowledge_reads (realm_id, knowledge_id, user_id, agent, first_at)
               values ($1, $2, $3, $4, now())""",
            home_village(who.user), id, who.user, who.agent,
        )  # fmt: skip


async def test_dismissed_stays_dismissed_until_another_agent_joins(services: Services, user: UserId) -> None:
    await say(services, user, "AZOTH", SLOWLY)
    await say(services, user, "VAJRA", TOO_FAST)
    (two,) = await found(services, user)
    assert two.id is not None
    async with services.db.as_user(user) as conn:
        await answer(conn, Who(user), two.id, "dismiss")

    await say(services, user, "VAJRA", GENTLY)
    (still,) = await found(services, user)
    assert (still.id, still.status, len(await told(services, user))) == (two.id, "dismissed", 1)
    await say(services, user, "KETHER", GENTLY)
    (again,) = await found(services, user)
    assert (again.id, again.status, again.kind, len(await told(services, user))) == (two.id, "open", "CONSENSUS", 2)


async def test_what_is_taken_back_or_revised_is_no_agreement_any_more(services: Services, user: UserId) -> None:
    await say(services, user, "AZOTH", SLOWLY)
    second = await say(services, user, "VAJRA", TOO_FAST)
    third = await say(services, user, "KETHER", GENTLY)
    realm = realm_ref(services, home_village(user))

    await realm.ask(Realm.remove, Who(user, "KETHER"), third.id)
    await until_compared(services, user)
    (one,) = await found(services, user)
    assert (one.kind, one.agents) == ("HARMONY", ["AZOTH", "VAJRA"])
    await realm.ask(Realm.revise, Who(user, "VAJRA"), second.id, Change(content="Rust has no garbage collector."))
    await until_compared(services, user)
    assert await found(services, user) == []


async def test_what_a_dead_realm_had_not_compared_is_taken_up(clients: Clients, user: UserId) -> None:
    async with village_services(clients) as services:
        await say(services, user, "AZOTH", SLOWLY)
        second = await say(services, user, "VAJRA", TOO_FAST)
    async with clients.db.as_user(user) as conn:  # as if it had died between the vector and the comparison
        await conn.execute("delete from convergences where realm_id = $1", home_village(user))
        await conn.execute("insert into convergence_due values ($1, $2)", home_village(user), second.id)
        await conn.execute(
            "update placements set pending = true where kind = 'realm' and key = $1", str(second.realm_id)
        )
    async with village_services(clients) as services:
        await until_compared(services, user)
        assert len(await found(services, user)) == 1


async def test_a_stranger_sees_no_agreement_and_an_agent_answers_none(
    services: Services, user: UserId, stranger: UserId
) -> None:
    await say(services, user, "AZOTH", SLOWLY)
    await say(services, user, "VAJRA", TOO_FAST)
    (one,) = await found(services, user)
    assert one.id is not None

    async with services.db.as_user(stranger) as conn:
        assert await store.newest(conn) == []
        assert await store.find(conn, one.id) is None
        assert await store.duplicates(conn, home_village(user), limit=5, threshold=0) == []
        with pytest.raises(ConvergenceMissing):
            await answer(conn, Who(stranger), one.id, "confirm")
    assert await detect(services.db, Who(stranger), home_village(user)) == []
    with pytest.raises(NotAWriter):
        async with services.db.as_user(user, "AZOTH") as conn:
            await answer(conn, Who(user, "AZOTH"), one.id, "confirm")


async def test_it_is_found_on_demand_best_first(services: Services, user: UserId) -> None:
    said = [
        ("AZOTH", SLOWLY), ("AZOTH", "Books from the library can be borrowed for four weeks."),
        ("VAJRA", TOO_FAST), ("VAJRA", "You can keep a library book for 4 weeks."),
        ("KETHER", GENTLY),
    ]  # fmt: skip
    for agent, text in said:
        await say(services, user, agent, text)

    every = await detect(services.db, Who(user, "AZOTH"), home_village(user))
    none = await detect(services.db, Who(user), home_village(user), threshold=0.99)

    assert [(one.kind, len(one.statements)) for one in every] == [("CONSENSUS", 3), ("HARMONY", 2)]
    assert none == []


async def test_near_duplicates_are_known_whoever_said_them(services: Services, user: UserId) -> None:
    first = await say(services, user, "AZOTH", SLOWLY)
    second = await say(services, user, "AZOTH", SLOWLY.lower())
    await say(services, user, "AZOTH", TOO_FAST)

    async with services.db.as_user(user) as conn:
        (pair,) = await store.duplicates(conn, home_village(user), limit=5, threshold=0.975)
    assert set(pair[:2]) == {first.id, second.id}
