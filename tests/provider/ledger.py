"""Counts tokens as a provider with a prompt cache does: the longest prefix written before is read, the rest is new."""

from typing import Any

import orjson

from tests.provider.checks import blocks_of, digest, unmarked

Json = dict[str, Any]
LOOKBACK = 20
"""Blocks before a mark in which an earlier entry is looked for (docs: prompt caching)."""


class PromptCache:
    """Prefixes that were marked in earlier requests. Entries do not expire."""

    def __init__(self, *, least: int = 0) -> None:
        self.least = least
        """Tokens that a prefix must have to be written."""
        self._written: set[str] = set()

    def count(self, body: Json) -> Json:
        """The input side of the usage of a request; remembers what it marks."""
        sizes, names, marks = prefixes(body)
        total = sizes[-1] if sizes else 0
        read = max((self._read(mark, names, sizes) for mark in marks), default=0)
        marked = sizes[marks[-1]] if marks and sizes[marks[-1]] >= self.least else 0
        self._written |= {names[mark] for mark in marks if sizes[mark] >= self.least}
        cached = max(read, marked)
        return {
            "input_tokens": total - cached,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": cached - read,
        }

    def clear(self) -> None:
        """Forget all entries."""
        self._written.clear()

    def _read(self, mark: int, names: list[str], sizes: list[int]) -> int:
        for place in range(mark, max(-1, mark - LOOKBACK), -1):
            if names[place] in self._written:
                return sizes[place]
        return 0


def prefixes(body: Json) -> tuple[list[int], list[str], list[int]]:
    """For each block its prefix's tokens and name, and the places of the marks."""
    blocks: list[tuple[str, Json]] = [("tool", tool) for tool in body.get("tools", ())]
    blocks += [("system", block) for block in blocks_of(body.get("system", ()))]
    blocks += [(m["role"], block) for m in body["messages"] for block in blocks_of(m["content"])]
    sizes: list[int] = []
    names: list[str] = []
    for role, block in blocks:
        plain = unmarked(block)
        sizes.append((sizes[-1] if sizes else 0) + max(1, len(orjson.dumps(plain)) // 4))
        names.append(digest([names[-1] if names else body["model"], role, plain]))
    return sizes, names, [place for place, (_, block) in enumerate(blocks) if "cache_control" in block]
