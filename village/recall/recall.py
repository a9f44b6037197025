"""Finds what is known: by meaning and by words at once, as the one who asks, straight from PostgreSQL.

Vectors are of a model, and a realm answers with those of one. Where there are few, all are compared; where there are
many, an index is asked, which is quicker and misses a little.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from cluster.clients.postgres import Connection, Database
from cluster.errors import Unavailable
from cluster.ids import KnowledgeId
from cluster.models.embeddings.embedder import Embedder, Vector
from village.errors import KnowledgeMissing
from village.recall import store
from village.recall.fusion import fused, placed, ranked, telling
from village.recall.query import Hit, Place, Query
from village.recall.store import INDEXED, Filter, Scope
from village.who import Who

log = logging.getLogger(__name__)
DEPTH = 50
"""How much of each list is joined, at the least."""
SPARE = 10
"""Hits that are read beyond the limit: a few may not hold any more."""
Vectors = Mapping[str, Vector]
"""What is asked as a vector, by the name of the model."""


async def recall(db: Database, embedder: Embedder, who: Who, query: Query) -> Sequence[Hit]:
    """What is known about what is asked, best first; only from realms that whoever asks may read.

    Where nothing is known nothing is embedded. While the embedder is away, words have to do; by meaning alone raises
    Unavailable then, and everything does while the database is away.
    """
    async with db.as_user(who.user, who.agent) as conn:
        scopes = await store.scopes(conn, query)
    if not scopes or not query.text.strip():
        return []
    vectors: Vectors = {}
    if query.mode != "text":
        try:
            vectors = await _embedded(embedder, scopes, query.text)
        except Unavailable as error:
            if query.mode == "vector":
                raise
            log.warning("recall by words alone: %s", error)
    async with db.as_user(who.user, who.agent) as conn:
        return await _found(conn, scopes, query, vectors)


async def similar(db: Database, who: Who, id: KnowledgeId, query: Query | None = None) -> Sequence[Hit]:
    """What means nearly the same as something known, nearest first, without itself; `query` bounds where and how many.

    Raises KnowledgeMissing. What has no vector yet has nothing near.
    """
    query = query or Query(text="")
    async with db.as_user(who.user, who.agent) as conn:
        if not await store.read(conn, [id]):
            raise KnowledgeMissing
        known = await store.vector_of(conn, id)
        if known is None:
            return []
        scopes = await store.scopes(conn, query)
        deeper = replace(query, mode="vector", text="", limit=min(query.limit + 1, 100))
        hits = await _found(conn, scopes, deeper, dict([known]))
        return [hit for hit in hits if hit.knowledge.id != id][: query.limit]


async def _embedded(embedder: Embedder, scopes: Sequence[Scope], text: str) -> Vectors:
    """A text by each model that one of these realms answers with."""
    wanted = {scope.model for scope in scopes if scope.model}
    speakers = {name: speaker for name in wanted if (speaker := embedder.also(name)) is not None}
    return {name: (await speaker.embed([text]))[0] for name, speaker in speakers.items()}


async def _found(conn: Connection, scopes: Sequence[Scope], query: Query, vectors: Vectors) -> Sequence[Hit]:
    most = max(DEPTH, 2 * query.limit)
    await store.plan_anew(conn)
    realms = [scope.realm for scope in scopes]
    threads = None if query.thread is None else await store.threads_named(conn, realms, query.thread)
    filter = Filter(realms=realms, query=query, threads=threads)
    text: Mapping[UUID, Place] = {}
    if query.mode != "vector":
        text = placed(await store.worded(conn, filter, sum(scope.size for scope in scopes), most))
    near: list[tuple[UUID, float]] = []
    for (model, many), group in groupby(sorted(scopes, key=_kind_of), key=_kind_of):
        if (vector := vectors.get(model)) is not None:
            part = replace(filter, realms=[scope.realm for scope in group])
            near += await _near(conn, part, vector, model, most, many=many)
    vector_places = placed(sorted(near, key=lambda one: -one[1])[:most])
    text = telling(text) if vector_places else text
    scores = fused(vector_places, text)
    best = sorted(scores, key=lambda id: -scores[id])[: None if query.decay else query.limit + SPARE]
    known = await store.read(conn, best)
    hits = ranked(known, vector_places, text, now=datetime.now(UTC) if query.decay else None)
    return hits[: query.limit]


async def _near(
    conn: Connection, filter: Filter, vector: Vector, model: str, most: int, *, many: bool
) -> Sequence[tuple[UUID, float]]:
    if many and model == INDEXED:
        await store.use_index(conn)
        found = await store.nearest_by_index(conn, filter, vector, most)
        if len(found) == most:
            return found
    return await store.nearest_of_all(conn, filter, vector, model, most)


def _kind_of(scope: Scope) -> tuple[str, bool]:
    return scope.model or "", scope.many
