"""An embedding model behind an OpenAI-compatible endpoint, `POST <url>/embeddings`, that the operator configured."""

import math
from collections.abc import Sequence
from typing import Any

import httpx2
import orjson

from cluster.errors import Unavailable
from cluster.models.embeddings.embedder import Embedder, Vector

TIMEOUT = 30.0
"""Seconds that one request may take."""
BATCH = 64
"""Texts in one request."""
MOST_NUMBERS = 4000
"""Numbers that a vector can have here; pgvector indexes no longer ones, either."""


class RemoteEmbedder:
    """Speaks to that endpoint. Its vectors are kept under the model's name, marked as not of a packaged one.

    `beside` is the packaged model, for realms that still answer with that.
    """

    def __init__(self, url: str, key: str | None, model: str, *, beside: Embedder) -> None:
        self.name = f"served:{model}"
        self._url = f"{url.rstrip('/')}/embeddings"
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._model = model
        self._beside = beside
        self._dimension = 0
        self._client: httpx2.AsyncClient | None = None

    @property
    def dimension(self) -> int:
        """Numbers in a vector; 0 before the first answer, for only that tells."""
        return self._dimension

    def also(self, name: str) -> Embedder | None:
        """Itself, or the packaged model."""
        return self if name == self.name else self._beside.also(name)

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """A vector of length 1 for each text, in their order. Raises Unavailable."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), BATCH):
            vectors += await self._ask(texts[start : start + BATCH])
        return vectors

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, texts: Sequence[str]) -> Sequence[Vector]:
        self._client = self._client or httpx2.AsyncClient(timeout=TIMEOUT)
        asked = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            answer = await self._client.post(self._url, json=asked, headers=self._headers)
        except httpx2.HTTPError as error:
            raise Unavailable(f"the embedder does not answer: {error or type(error).__name__}") from error
        if answer.status_code != 200:
            raise Unavailable(f"the embedder answers {answer.status_code}: {answer.text[:200]}")
        try:
            return self._read(orjson.loads(answer.content), len(texts))
        except (orjson.JSONDecodeError, LookupError, TypeError, ValueError) as error:
            raise Unavailable(f"the embedder's answer is not what it should be: {error}") from error

    def _read(self, answer: Any, count: int) -> Sequence[Vector]:
        rows = sorted(answer["data"], key=lambda row: row["index"])
        vectors = [_of_length_1([float(value) for value in row["embedding"]]) for row in rows]
        lengths = {len(vector) for vector in vectors} | ({self._dimension} if self._dimension else set[int]())
        if len(vectors) != count or len(lengths) != 1 or not 0 < max(lengths) <= MOST_NUMBERS:
            raise ValueError(f"{len(vectors)} vectors of {sorted(lengths)} numbers for {count} texts")
        self._dimension = max(lengths)
        return vectors


def _of_length_1(vector: Sequence[float]) -> Vector:
    length = math.sqrt(sum(value * value for value in vector))
    if not math.isfinite(length) or length == 0.0:
        raise ValueError("a vector without a direction")
    return [value / length for value in vector]
