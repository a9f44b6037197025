"""Convergence: how well agreement is told on the labelled statements, and what one more memory costs beside many."""

import time
from pathlib import Path
from typing import Any, cast

import numpy

from cluster.ids import KnowledgeId, UserId
from cluster.models.embeddings.embedder import Vector
from cluster.models.embeddings.minilm import LocalEmbedding
from tests.bench.figures import row, say
from tests.bench.recall import SIZES, Embedded, Village, made, tail, village
from tests.village.convergence.labelled import decided_pairs, grouped, labelled_pairs, score, statements
from tests.village.corpus.corpus import memories
from village.convergence.claims import same_claim
from village.convergence.comparing import compare_next
from village.knowledge import store
from village.realms.store import home_village

ADDED = 100
AGENTS = ("AZOTH", "ELYSIAN", "VAJRA", "KETHER")
Numbers = Any


async def measure(folder: Path) -> None:
    """Print both."""
    model = LocalEmbedding("bench", cast("Any", None))
    say("Convergence: labelled statements")
    for part in ("choose", "held_out"):
        await quality(model, part)
    known = [each.content for each in memories()]
    real = numpy.array(await model.embed(known))
    async with village(folder, Embedded({})) as opened:
        for size in SIZES:
            await _added(opened, known, real, size)
    say()


async def quality(model: LocalEmbedding, part: str) -> None:
    """Print how well pairs, and the clusters that follow, meet the labels; beside them what the cosine alone would."""
    given = statements(part)
    vectors = numpy.array(await model.embed([one.text for one in given]))
    cosines = vectors @ vectors.T
    labels = labelled_pairs(given)
    pairs = decided_pairs(given, lambda i, j: same_claim(given[i].text, given[j].text, float(cosines[i, j])).same)
    alone = decided_pairs(given, lambda i, j: bool(cosines[i, j] >= 0.75))
    row(f"{part}: {len(given)} statements, cosine alone", str(score(alone, labels)))
    row(f"{part}: pairs", str(score(pairs, labels)))
    row(f"{part}: clusters", str(score(grouped(len(given), lambda i, j: (i, j) in pairs), labels)))


async def _added(opened: Village, known: list[str], real: Numbers, size: int) -> None:
    """Print what it costs to compare one more, off the writer's path: from its vector to its cluster."""
    generator = numpy.random.default_rng(size)
    user = await opened.tenant()
    realm = home_village(user)
    index = await opened.owner.fetchval("select indexdef from pg_indexes where indexname = 'knowledge_near'")
    await opened.owner.execute("drop index knowledge_near")
    await opened.fill(user, list(made(generator, real, known, size)))
    await opened.owner.execute(
        "update knowledge set agent = ($2::text[])[1 + (hashtext(id::text) & 3)] where realm_id = $1",
        realm, list(AGENTS),
    )  # fmt: skip
    await opened.owner.execute("delete from convergence_due")
    await opened.owner.execute("set maintenance_work_mem = '512MB'")
    await opened.owner.execute(index)
    await opened.settle()
    kept: list[float] = []
    compared: list[float] = []
    for place, (id, text, vector) in enumerate(made(generator, real, known, ADDED)):
        piece = (KnowledgeId(id), AGENTS[place % len(AGENTS)], text, vector.tolist())
        kept.append(await _keep(opened, user, piece))
        began = time.perf_counter()
        async with opened.db.as_user(user) as conn:
            assert (await compare_next(conn, realm))[0]
        compared.append(time.perf_counter() - began)
    say(f"One memory added to {size:,} in its realm, off the writer's path; {ADDED} times")
    row("keeping its vector", tail(kept))
    row("comparing it", tail(compared))
    row("both", tail([one + other for one, other in zip(kept, compared, strict=True)]))


async def _keep(opened: Village, user: UserId, piece: tuple[KnowledgeId, str, str, Vector]) -> float:
    """Write a memory; answers how many seconds its vector took."""
    id, agent, text, vector = piece
    realm = home_village(user)
    async with opened.db.as_user(user) as conn:
        await conn.execute(
            """insert into knowledge (id, realm_id, user_id, agent, content, origin, root_id)
               values ($1, $2, $3, $4, $5, 'tool', $1)""",
            id, realm, user, agent, text,
        )  # fmt: skip
    began = time.perf_counter()
    async with opened.db.as_user(user) as conn:
        await store.keep_vectors(conn, realm, opened.embedder.name, [(id, vector)])
    return time.perf_counter() - began
