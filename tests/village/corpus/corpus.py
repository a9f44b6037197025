"""The labelled corpus as it is read, and how well a ranking does on it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Memory:
    """One memory, by its number."""

    id: int
    agent: str
    category: str
    content: str


@dataclass(frozen=True)
class Question:
    """A question, and the numbers of the memories that answer it."""

    text: str
    relevant: frozenset[int]
    kind: str


def memories() -> Sequence[Memory]:
    """All memories of the corpus."""
    return [Memory(**row) for row in _rows("memories.jsonl")]


def questions() -> Sequence[Question]:
    """All questions of the corpus."""
    return [Question(row["text"], frozenset(row["relevant"]), row["kind"]) for row in _rows("queries.jsonl")]


def recall_at(found: Sequence[int], relevant: frozenset[int], most: int = 10) -> float:
    """What share of the relevant is among the first `most`, of those that have room there."""
    return len(relevant & set(found[:most])) / min(len(relevant), most)


def ndcg_at(found: Sequence[int], relevant: frozenset[int], most: int = 10) -> float:
    """Discounted cumulative gain beside that of the best order (Järvelin and Kekäläinen, 2002), relevance 0 or 1."""
    gain = sum(1 / math.log2(place + 1) for place, id in enumerate(found[:most], 1) if id in relevant)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(len(relevant), most) + 1))


def _rows(name: str) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text().splitlines()]
