"""Finds words in the names and the texts of a workspace: reads the files, so it is bounded in files, bytes and time."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cluster.errors import NotFound
from village.workspace.entries import MIB, Entry
from village.workspace.workspace import Workspace

MOST_FILES, MOST_BYTES, LARGEST = 400, 32 * MIB, 2 * MIB
"""Texts that one search reads: how many, how much of them, and how large one may be."""
SECONDS = 8.0
READ_AT_ONCE = 8
LINES_OF_A_FILE = 5
SNIPPET = 200
"""Characters of a line that are shown."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file or folder whose name has the words, or a line of a text that has them."""

    entry: Entry
    line: int | None = None
    """Counted from 1; None where the name was found."""
    snippet: str | None = None


@dataclass(kw_only=True)
class Findings:
    """What was found, names first, then lines of the texts that changed last."""

    found: list[Found] = field(default_factory=list[Found])
    searched: int = 0
    """Texts that were read."""
    complete: bool = True
    """Whether all there is was searched; otherwise a narrower folder finds more."""


async def search(
    workspace: Workspace,
    words: str,
    *,
    folder: str = "",
    names: bool = True,
    contents: bool = True,
    fits: Callable[[Entry], bool] | None = None,
    limit: int = 50,
) -> Findings:
    """Find words, whatever their case, below a folder. Raises NotFound for a folder that is not there."""
    wanted = words.casefold()
    below = [entry for entry in await workspace.below(folder) if fits is None or fits(entry)]
    result = Findings()
    if names:
        result.found += [Found(entry=entry) for entry in below if wanted in entry.path.casefold()]
    if contents and len(result.found) < limit:
        await _search_texts(workspace, wanted, _texts(below, result), result, limit)
    if len(result.found) > limit:
        result.complete = False
        del result.found[limit:]
    return result


def _texts(below: Sequence[Entry], result: Findings) -> list[Entry]:
    """The texts to read, as many as one search may."""
    texts = sorted((entry for entry in below if entry.is_text), key=lambda entry: entry.updated_at, reverse=True)
    chosen: list[Entry] = []
    room = MOST_BYTES
    for entry in texts:
        if entry.size <= min(LARGEST, room) and len(chosen) < MOST_FILES:
            chosen.append(entry)
            room -= entry.size
    result.complete = len(chosen) == len(texts)
    return chosen


async def _search_texts(
    workspace: Workspace, wanted: str, texts: Sequence[Entry], result: Findings, limit: int
) -> None:
    ends = time.monotonic() + SECONDS
    for first in range(0, len(texts), READ_AT_ONCE):
        if time.monotonic() > ends or len(result.found) > limit:
            result.complete = False
            return
        batch = texts[first : first + READ_AT_ONCE]
        result.searched += len(batch)
        for lines in await asyncio.gather(*(_lines_of(workspace, entry, wanted) for entry in batch)):
            result.found += lines


async def _lines_of(workspace: Workspace, entry: Entry, wanted: str) -> list[Found]:
    try:
        data = await workspace.content(entry)
    except NotFound:
        return []  # Deleted for good since it was listed.
    return await asyncio.to_thread(lambda: list(_matches(entry, data.decode(errors="replace"), wanted)))


def _matches(entry: Entry, text: str, wanted: str) -> Iterator[Found]:
    if wanted not in text.casefold():
        return
    shown = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if (at := line.casefold().find(wanted)) < 0:
            continue
        yield Found(entry=entry, line=number, snippet=_snippet(line, at))
        shown += 1
        if shown == LINES_OF_A_FILE:
            return


def _snippet(line: str, at: int) -> str:
    start = max(0, at - SNIPPET // 4)
    shown = line[start : start + SNIPPET].strip()
    return f"{'…' if start else ''}{shown}{'…' if start + SNIPPET < len(line) else ''}"
