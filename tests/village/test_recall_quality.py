"""How well recall finds what answers a question, on the labelled corpus: both lists together beat each alone."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import mean
from uuid import UUID

import pytest

from cluster.ids import UserId
from cluster.services import Clients, Services
from tests.village.corpus.corpus import Memory, Question, memories, ndcg_at, questions, recall_at
from tests.village.dwelling import realm_ref, village_services
from village.knowledge.item import Draft
from village.realm import Realm
from village.realms.store import home_village
from village.recall.query import Mode, Query
from village.recall.recall import recall
from village.who import Who

MODES: Sequence[Mode] = ("vector", "text", "hybrid")
SECONDS = 600.0


@pytest.mark.timeout(900)
async def test_both_lists_together_find_more_than_each_alone(clients: Clients, user: UserId) -> None:
    async with village_services(clients) as services:
        numbers = await remember(services, user, memories())
        measured = {mode: await measure(services, user, numbers, mode) for mode in MODES}

    together = measured["hybrid"]
    for mode in ("vector", "text"):
        assert together["recall"] > measured[mode]["recall"], measured
        assert together["ndcg"] > measured[mode]["ndcg"], measured
    assert together["recall"] >= 0.9, measured


async def remember(services: Services, user: UserId, known: Sequence[Memory]) -> Mapping[UUID, int]:
    """Have these known with their vectors; answers their numbers by id."""
    village = realm_ref(services, home_village(user))
    drafts = [Draft(content=each.content, category=each.category, agent=each.agent) for each in known]
    for start in range(0, len(drafts), 500):
        await village.ask(Realm.add_all, Who(user), drafts[start : start + 500])
    async with asyncio.timeout(SECONDS):
        while await vectors(services, user) < len(known):  # noqa: ASYNC110 (a vector is told to nobody)
            await asyncio.sleep(0.2)
    return {draft.id: each.id for draft, each in zip(drafts, known, strict=True)}


async def vectors(services: Services, user: UserId) -> int:
    async with services.db.as_user(user) as conn:
        return await conn.fetchval("select count(*) from knowledge_vectors")


async def measure(services: Services, user: UserId, numbers: Mapping[UUID, int], mode: Mode) -> Mapping[str, float]:
    """Recall@10 and nDCG@10 over all questions."""
    figures: dict[str, list[float]] = defaultdict(list)
    for question in questions():
        found = await ask(services, user, question, mode)
        places = [numbers[id] for id in found]
        figures["recall"].append(recall_at(places, question.relevant))
        figures["ndcg"].append(ndcg_at(places, question.relevant))
    return {name: mean(values) for name, values in figures.items()}


async def ask(services: Services, user: UserId, question: Question, mode: Mode) -> Sequence[UUID]:
    hits = await recall(services.db, services.models.embedder(), Who(user), Query(text=question.text, mode=mode))
    return [hit.knowledge.id for hit in hits]


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    ids = {each.id for each in memories()}

    assert len(ids) >= 2000
    assert len(questions()) >= 200
    assert all(question.relevant and question.relevant <= ids for question in questions())
