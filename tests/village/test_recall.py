"""Recall: by meaning and by words, only what whoever asks may read, and each hit says why."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cluster.errors import Invalid, Unavailable
from cluster.ids import KnowledgeId, RealmId, UserId
from cluster.services import Clients, Services
from tests.village.dwelling import realm_ref, village_services
from village.errors import KnowledgeMissing
from village.knowledge.item import Change, Draft, Knowledge
from village.realm import Realm
from village.realms.store import home_village, private_realm
from village.recall.query import PERSON, Hit, Query
from village.recall.recall import recall, similar
from village.who import Who

KILN = "The kiln must be cooled slowly, or the glaze cracks."
BEES = "Bees overwinter best when the hive is dry."
INVOICE = "Invoice 20417-B was paid in March."


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    async with village_services(clients) as opened:
        yield opened


async def know(services: Services, who: Who, *drafts: Draft, realm: RealmId | None = None) -> Sequence[Knowledge]:
    """Have these known, with vectors; in the home village unless another realm is named."""
    home = realm or home_village(who.user)
    added = await realm_ref(services, home).ask(Realm.add_all, who, drafts)
    async with asyncio.timeout(30):
        while await unembedded(services, who.user, home):  # noqa: ASYNC110 (a vector is told to nobody)
            await asyncio.sleep(0.02)
    return added


async def unembedded(services: Services, user: UserId, realm: RealmId) -> int:
    async with services.db.as_user(user) as conn:
        return await conn.fetchval(
            """select count(*) from knowledge k where realm_id = $1 and superseded_by is null and removed_at is null
                  and not exists (select from knowledge_vectors v where v.knowledge_id = k.id)""",
            realm,
        )


async def asked(services: Services, who: Who, query: Query) -> Sequence[Hit]:
    return await recall(services.db, services.models.embedder(), who, query)


def contents(hits: Sequence[Hit]) -> list[str]:
    return [hit.knowledge.content for hit in hits]


async def test_what_means_the_same_is_found_without_a_common_word(services: Services, user: UserId) -> None:
    await know(services, Who(user), *(Draft(content=text) for text in (KILN, BEES, INVOICE)))

    hits = await asked(services, Who(user), Query(text="Why do ceramics break after firing?", limit=1))

    assert contents(hits) == [KILN]
    assert hits[0].why.text is None
    assert hits[0].why.vector is not None
    assert hits[0].why.vector.rank == 1


async def test_a_hit_by_words_tells_its_place_in_both_lists(services: Services, user: UserId) -> None:
    await know(services, Who(user), *(Draft(content=text) for text in (KILN, BEES, INVOICE)))

    hits = await asked(services, Who(user), Query(text="20417-B", limit=1))

    assert contents(hits) == [INVOICE]
    why = hits[0].why
    assert why.text is not None
    assert why.vector is not None
    assert (why.text.rank, why.decay) == (1, 1.0)
    assert hits[0].score == pytest.approx(1 / 61 + 1 / (60 + why.vector.rank))


@pytest.mark.parametrize("mode", ["vector", "text"])
async def test_one_list_alone_can_be_asked(services: Services, user: UserId, mode: str) -> None:
    await know(services, Who(user), Draft(content=KILN), Draft(content=BEES))

    hits = await asked(services, Who(user), Query(text="cooling the kiln", mode="text" if mode == "text" else "vector"))

    assert contents(hits)[0] == KILN
    assert all((hit.why.vector is None) == (mode == "text") for hit in hits)
    assert all((hit.why.text is None) == (mode == "vector") for hit in hits)


FILTERS: Sequence[tuple[str, Query]] = [
    ("agent", Query(text="kiln", agents=["AZOTH"])),
    ("category", Query(text="kiln", categories=["pottery"])),
    ("thread", Query(text="kiln", thread="firing")),
    ("tags", Query(text="kiln", tags=["glaze", "heat"])),
    ("since", Query(text="kiln", since=datetime(2020, 1, 1, tzinfo=UTC), before=datetime(2021, 1, 1, tzinfo=UTC))),
    ("confidence", Query(text="kiln", confidence=0.8)),
    ("trusted", Query(text="kiln", trusted_only=True)),
    ("all", Query(text="kiln", agents=["AZOTH"], categories=["pottery"], thread="firing", tags=["heat"])),
]


@pytest.mark.parametrize("query", [query for _, query in FILTERS], ids=[name for name, _ in FILTERS])
@pytest.mark.parametrize("mode", ["vector", "text", "hybrid"])
async def test_a_filter_holds_in_every_mode(services: Services, user: UserId, query: Query, mode: str) -> None:
    wanted = Draft(
        content=KILN,
        agent="AZOTH",
        category="pottery",
        thread="firing",
        tags=["glaze", "heat", "slow"],
        confidence=0.9,
        created_at=datetime(2020, 6, 1, tzinfo=UTC),
    )
    other = Draft(content="Another kiln.", agent="VAJRA", tags=["heat"], thread="x", confidence=0.5, trusted=False)
    await know(services, Who(user), wanted, other)

    hits = await asked(services, Who(user), replace(query, mode=mode))  # pyright: ignore[reportArgumentType]

    assert contents(hits) == [KILN]


async def test_what_the_person_said_can_be_asked_for(services: Services, user: UserId) -> None:
    await know(services, Who(user), Draft(content=KILN), Draft(content="A kiln.", agent="AZOTH"))

    assert contents(await asked(services, Who(user), Query(text="kiln", agents=[PERSON]))) == [KILN]


async def test_a_realm_or_a_kind_of_realm_can_be_named(services: Services, user: UserId) -> None:
    private = private_realm(user, "AZOTH")
    await know(services, Who(user, "AZOTH"), Draft(content=KILN), realm=private)
    await know(services, Who(user, "AZOTH"), Draft(content="The kiln is ours."))

    for query in (Query(text="kiln", realms=[private]), Query(text="kiln", kinds=["private"])):
        assert contents(await asked(services, Who(user, "AZOTH"), query)) == [KILN]
    assert len(await asked(services, Who(user, "AZOTH"), Query(text="kiln"))) == 2


async def test_another_agent_and_a_stranger_find_nothing(services: Services, user: UserId, stranger: UserId) -> None:
    private = private_realm(user, "AZOTH")
    (said,) = await know(services, Who(user, "AZOTH"), Draft(content=KILN), realm=private)
    await know(services, Who(stranger), Draft(content=BEES))

    for who in (Who(user, "VAJRA"), Who(stranger), Who(stranger, "AZOTH")):
        for query in (Query(text="kiln glaze"), Query(text="kiln glaze", realms=[private])):
            assert KILN not in contents(await asked(services, who, query))
        with pytest.raises(KnowledgeMissing):
            await similar(services.db, who, said.id)


async def test_raw_search_by_words_looks_into_no_realm_of_others(
    services: Services, user: UserId, stranger: UserId
) -> None:
    await know(services, Who(user), Draft(content=KILN))
    realm = home_village(user)

    async with services.db.as_user(stranger) as conn:
        found = await conn.fetch(
            "select * from recall_words('kiln', $1, null, null, null, null, null, null, null, false, 1, 10)", [realm]
        )
    assert list(found) == []


async def test_old_versions_and_what_was_removed_are_not_found(services: Services, user: UserId) -> None:
    first, second = await know(services, Who(user), Draft(content=KILN), Draft(content="An old kiln."))
    village = realm_ref(services, home_village(user))
    await village.ask(Realm.revise, Who(user), first.id, Change(content="Cool the kiln for a day."))
    await village.ask(Realm.remove, Who(user), second.id)
    await know(services, Who(user))

    assert contents(await asked(services, Who(user), Query(text="kiln"))) == ["Cool the kiln for a day."]


async def test_what_no_longer_holds_is_not_found(services: Services, user: UserId) -> None:
    await know(services, Who(user), Draft(content=KILN, valid_until=datetime.now(UTC) - timedelta(days=1)))

    assert await asked(services, Who(user), Query(text="kiln")) == []


async def test_with_decay_the_new_stands_above_the_old(services: Services, user: UserId) -> None:
    year_ago = datetime.now(UTC) - timedelta(days=365)
    await know(
        services, Who(user), Draft(content="The kiln is at the back.", created_at=year_ago), Draft(content=BEES),
        Draft(content="The kiln is out at the back."),
    )  # fmt: skip

    hits = await asked(services, Who(user), Query(text="The kiln is at the back.", decay=True))

    assert contents(hits)[:2] == ["The kiln is out at the back.", "The kiln is at the back."]
    assert hits[1].why.decay == pytest.approx(0.5, abs=0.01)


async def test_what_is_similar_is_found_by_its_id(services: Services, user: UserId) -> None:
    said, *_ = await know(
        services, Who(user), Draft(content=KILN), Draft(content="Cool a kiln slowly."), Draft(content=BEES)
    )

    hits = await similar(services.db, Who(user), said.id, Query(text="", limit=2))

    assert contents(hits) == ["Cool a kiln slowly.", BEES]
    with pytest.raises(KnowledgeMissing):
        await similar(services.db, Who(user), KnowledgeId(home_village(user)))


async def test_strange_texts_are_asked_without_harm(services: Services, user: UserId) -> None:
    await know(services, Who(user), Draft(content="It's 5\\6 of 'this' & (that) | !those:* <-> them"))

    for text in (
        "'",
        "\\",
        "it's & | ! <-> :*",
        "a\\'b",
        "realm:" + str(home_village(user)),
        "the and of",
        "  ",
        "日本",
    ):
        await asked(services, Who(user), Query(text=text))
    with pytest.raises(Invalid):
        Query(text="x", limit=101)


class Away:
    """An embedder that does not answer."""

    name = "all-MiniLM-L6-v2-onnx-int8"
    dimension = 384

    def also(self, name: str) -> "Away":
        return self

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        raise Unavailable("no embedder today")


async def test_without_an_embedder_words_have_to_do(services: Services, user: UserId) -> None:
    await know(services, Who(user), Draft(content=KILN), Draft(content=BEES))

    assert contents(await recall(services.db, Away(), Who(user), Query(text="kiln"))) == [KILN]
    with pytest.raises(Unavailable):
        await recall(services.db, Away(), Who(user), Query(text="kiln", mode="vector"))


async def test_an_empty_village_asks_no_embedder(clients: Clients, user: UserId) -> None:
    class Silent:
        """Nobody may ask it anything."""

        name = "all-MiniLM-L6-v2-onnx-int8"
        dimension = 384

        def also(self, name: str) -> None:
            raise AssertionError(name)

        async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            raise AssertionError(texts)

    assert await recall(clients.db, Silent(), Who(user), Query(text="kiln")) == []
