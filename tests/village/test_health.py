"""The health of a realm: what nobody reads is named, what stands there twice is merged, and merges are taken back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cluster.ids import KnowledgeId, UserId
from cluster.services import Clients, Services
from tests.village.dwelling import realm_ref, village_services
from village.errors import KnowledgeMissing, NotAWriter, Outdated
from village.health import store as health
from village.knowledge import store
from village.knowledge.item import Change, Draft, Knowledge
from village.realm import Realm
from village.realms.store import home_village
from village.who import Who

SAID = "The kiln must be cooled slowly."
AGAIN = "Cool the kiln slowly."


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    async with village_services(clients) as opened:
        yield opened


async def add(services: Services, who: Who, text: str, **more: object) -> Knowledge:
    return await realm_ref(services, home_village(who.user)).ask(Realm.add, who, Draft(content=text, **more))  # pyright: ignore[reportArgumentType]


async def age(
    services: Services, user: UserId, id: KnowledgeId, *, days: int, read: int, read_days: int | None
) -> None:
    """Make something look older, and read so often, so many days ago."""
    async with services.db.as_user(user) as conn:
        await conn.execute(
            """update knowledge set created_at = now() - make_interval(days => $2), access_count = $3,
                      last_accessed_at = now() - make_interval(days => $4::int) where id = $1""",
            id, days, read, read_days,
        )  # fmt: skip


async def test_what_nobody_reads_is_named_and_lowers_the_score(services: Services, user: UserId) -> None:
    village, who = home_village(user), Who(user)
    unread, faded, fresh, liked = [await add(services, who, text) for text in ("a", "b", "c", "d")]
    await age(services, user, unread.id, days=40, read=0, read_days=None)
    await age(services, user, faded.id, days=90, read=9, read_days=31)
    await age(services, user, liked.id, days=90, read=9, read_days=1)

    async with services.db.as_user(user) as conn:
        state = await health.health(conn, village)
        stale = await health.stale(conn, village, days=30, limit=20)
        low = await health.low_access(conn, village, most=2, days=7, limit=20)

    assert fresh.id not in [one.id for one in (*stale, *low)]
    assert [one.id for one in stale] == [unread.id, faded.id]
    assert [one.id for one in low] == [unread.id]
    assert (state.total, state.stale, state.low_access, state.score) == (4, 2, 1, 62.5)


async def test_a_merge_keeps_the_surer_one_with_what_both_knew_and_can_be_undone(
    services: Services, user: UserId
) -> None:
    village, who = realm_ref(services, home_village(user)), Who(user)
    first = await add(services, who, SAID, confidence=0.6, tags=["kiln"])
    second = await add(services, who, AGAIN, confidence=0.9, tags=["glaze"])
    await age(services, user, first.id, days=1, read=3, read_days=0)
    await age(services, user, second.id, days=1, read=4, read_days=1)

    merged = await village.ask(Realm.consolidate, who, first.id, second.id, "higher_confidence")

    assert (merged.kept.content, merged.dropped) == (AGAIN, first.id)
    assert (merged.kept.confidence, merged.kept.access_count, merged.kept.version) == (pytest.approx(0.9), 7, 2)
    assert (merged.kept.tags, merged.kept.related) == (["glaze", "kiln"], [first.id])

    back, restored = await village.ask(Realm.undo, who, merged.id)

    assert (back.content, back.version, back.tags, back.access_count) == (AGAIN, 3, ["glaze"], 4)
    assert (restored.id, restored.removed_at) == (first.id, None)
    with pytest.raises(KnowledgeMissing):
        await village.ask(Realm.undo, who, merged.id)


async def test_a_merge_that_was_changed_since_is_not_undone(services: Services, user: UserId) -> None:
    village, who = realm_ref(services, home_village(user)), Who(user)
    first, second = await add(services, who, SAID), await add(services, who, AGAIN)
    merged = await village.ask(Realm.consolidate, who, first.id, second.id, "id1")
    await village.ask(Realm.revise, who, merged.kept.id, Change(content="Cool it for a day."))

    with pytest.raises(Outdated):
        await village.ask(Realm.undo, who, merged.id)


async def test_an_agent_merges_only_what_it_said(services: Services, user: UserId) -> None:
    village = realm_ref(services, home_village(user))
    mine, other = await add(services, Who(user, "AZOTH"), SAID), await add(services, Who(user, "VAJRA"), AGAIN)

    with pytest.raises(NotAWriter):
        await village.ask(Realm.consolidate, Who(user, "AZOTH"), mine.id, other.id, "id1")
    async with services.db.as_user(user) as conn:
        found = await asyncio.gather(store.find(conn, mine.id))
    assert found == [mine]
