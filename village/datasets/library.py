"""A person's datasets: filled, listed, searched by meaning and by words. What the tools and the door both speak to."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cluster.clients.postgres import Connection, Database
from cluster.errors import Unavailable
from cluster.ids import UserId
from cluster.models.embeddings.embedder import Vector
from cluster.services import Services
from village.datasets import store, vectors
from village.datasets.errors import DatasetMissing, DatasetsFull
from village.datasets.index import tell_index
from village.datasets.passages import Passage
from village.datasets.store import Dataset, Kept, Source
from village.knowledge_base.ranking import words_of
from village.recall.fusion import fused, placed, telling
from village.recall.query import Place

log = logging.getLogger(__name__)
WORDS = "words"
"""What stands in place of a model's name where nothing is found by meaning."""
MOST_WORDS = 16
MOST_DATASETS = 200
MOST_PASSAGES = 10_000
DEPTH = 50
"""How much of each list is joined, at the least."""
PREFIX_FROM = 4
"""From so many letters on, a word also finds those that begin with it."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A passage that was found. `distance` is 1 minus its cosine or its share of the words, whichever is larger."""

    passage: Kept
    distance: float
    by_meaning: bool
    by_words: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """The hits of a search, best first, and the model that said what means the same; `words` if none could."""

    hits: Sequence[Hit]
    model: str


@dataclass(frozen=True, kw_only=True)
class Library:
    """One person's datasets. Without services there are words alone."""

    db: Database
    user: UserId
    services: Services | None

    @property
    def model(self) -> str:
        """The model whose vectors are searched."""
        return WORDS if self.services is None else self.services.models.embedder().name

    async def create(self, name: str, description: str, tags: Sequence[str]) -> bool:
        """Make a dataset, or describe one anew. Answers whether it is new. Raises DatasetsFull."""
        async with self.db.as_user(self.user) as conn:
            if await store.count(conn) >= MOST_DATASETS and await store.find(conn, name) is None:
                raise DatasetsFull(f"There are {MOST_DATASETS} datasets already; delete some first.")
            return await store.put(conn, self.user, name, description, tags)

    async def every(self) -> Sequence[Dataset]:
        """All datasets, by name."""
        async with self.db.as_user(self.user) as conn:
            return await store.every(conn, self.model)

    async def sources(self, name: str) -> Sequence[Source]:
        """What is in a dataset, by name. Raises DatasetMissing."""
        async with self.db.as_user(self.user) as conn:
            return await store.sources(conn, await _id_of(conn, name), self.model)

    async def require(self, name: str) -> None:
        """Raises DatasetMissing, before work is done for a dataset that is not there."""
        async with self.db.as_user(self.user) as conn:
            await _id_of(conn, name)

    async def put(self, name: str, source: str, passages: Sequence[Passage]) -> int:
        """Keep a source's passages in place of those that it had; answers how many it had.

        Their vectors come after. Raises DatasetMissing, DatasetsFull.
        """
        async with self.db.as_user(self.user) as conn:
            dataset = await _id_of(conn, name, lock=True)
            replaced = await store.replace(conn, self.user, dataset, source, passages)
            if await store.count_passages(conn) > MOST_PASSAGES:
                raise DatasetsFull(f"All datasets together have room for {MOST_PASSAGES} passages; delete some first.")
        if self.services is not None:
            await tell_index(self.services, self.user)
        return replaced

    async def remove(self, name: str, source: str) -> int:
        """Drop what came from a source; answers how many passages that were. Raises DatasetMissing."""
        async with self.db.as_user(self.user) as conn:
            return await store.remove(conn, await _id_of(conn, name, lock=True), source)

    async def delete(self, name: str) -> bool:
        """Drop a dataset with all in it; answers whether it was there."""
        async with self.db.as_user(self.user) as conn:
            return await store.delete(conn, name)

    async def search(self, name: str, query: str, *, limit: int) -> Found:
        """The passages of a dataset that are about a question. Raises DatasetMissing."""
        async with self.db.as_user(self.user) as conn:
            dataset = await _id_of(conn, name)
            extent = await vectors.extent(conn, dataset, self.model)
        if self.services is not None and extent.vectors < extent.passages:
            await tell_index(self.services, self.user)
        vector = await self._vector_of(query) if extent.vectors else None
        async with self.db.as_user(self.user) as conn:
            hits = await _found(conn, dataset, query, None if vector is None else (self.model, vector), limit)
        return Found(hits=hits, model=WORDS if vector is None else self.model)

    async def _vector_of(self, query: str) -> Vector | None:
        if self.services is None:
            return None
        try:
            return (await self.services.models.embedder().embed([query]))[0]
        except Unavailable as error:
            log.warning("a dataset is searched by words alone: %s", error)
            return None


async def _found(
    conn: Connection, dataset: UUID, query: str, asked: tuple[str, Vector] | None, limit: int
) -> Sequence[Hit]:
    """Both lists, joined by reciprocal rank fusion."""
    depth = max(DEPTH, 2 * limit)
    words = list(dict.fromkeys(words_of(query)))[:MOST_WORDS]
    text = placed(await store.worded(conn, dataset, [_asked(word) for word in words], limit=depth) if words else ())
    near = placed(await vectors.nearest(conn, dataset, *asked, limit=depth) if asked else ())
    text = telling(text) if near else text
    scores = fused(near, text)
    kept = sorted(await store.read(conn, list(scores)), key=lambda one: (-scores[one.id], one.source, one.place))
    return [_hit(one, near.get(one.id), text.get(one.id)) for one in kept[:limit]]


def _hit(passage: Kept, near: Place | None, text: Place | None) -> Hit:
    nearness = max(place.score for place in (near, text) if place is not None)
    distance = round(1 - min(max(nearness, 0.0), 1.0), 4)
    return Hit(passage=passage, distance=distance, by_meaning=near is not None, by_words=text is not None)


def _asked(word: str) -> str:
    """A word as a text query; the plural finds the singular, too."""
    return f"'{word.removesuffix('s')}':*" if len(word) >= PREFIX_FROM else f"'{word}'"


async def _id_of(conn: Connection, name: str, *, lock: bool = False) -> UUID:
    dataset = await store.find(conn, name, lock=lock)
    if dataset is None:
        raise DatasetMissing
    return dataset
