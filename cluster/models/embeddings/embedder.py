"""What turns texts into vectors, whoever computes them."""

from collections.abc import Sequence
from typing import Protocol

Vector = Sequence[float]


class Embedder(Protocol):
    """One embedding model. Vectors of two models have nothing to do with each other: `name` is kept with each."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    def also(self, name: str) -> "Embedder | None":
        """The model of this name, itself or another one within reach: a realm answers with the vectors it has."""
        ...

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """A vector of length 1 for each text, in their order. Raises Unavailable."""
        ...
