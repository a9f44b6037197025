"""Divides a text into passages: whole paragraphs together up to a size, long ones between sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SIZE = 1200
"""Characters of a passage at most."""
PARAGRAPH = re.compile(r"\n[ \t]*\n+")
SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n")
PAGE = "\f"
"""What divides the pages of a text that was taken out of a paged document."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text. `page` is counted from 1, None in a text without pages."""

    text: str
    page: int | None


def passages_of(text: str) -> list[Passage]:
    """The passages of a text, in order; none goes over the end of a page."""
    pages = text.replace("\r\n", "\n").split(PAGE)
    if len(pages) == 1:
        return [Passage(passage, None) for passage in _joined(pages[0])]
    return [Passage(passage, number) for number, page in enumerate(pages, 1) for passage in _joined(page)]


def _joined(text: str) -> Iterator[str]:
    """Neighbouring parts put together while they fit."""
    passage = ""
    for divider, part in _parts(text):
        if passage and len(passage) + len(divider) + len(part) > SIZE:
            yield passage
            passage = ""
        passage = f"{passage}{divider}{part}" if passage else part
    if passage:
        yield passage


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs, or the sentences of long ones, or pieces of long sentences; each with what goes before it."""
    for paragraph in PARAGRAPH.split(text):
        plain = paragraph.strip()
        if len(plain) <= SIZE:
            if plain:
                yield "\n\n", plain
            continue
        for at, sentence in enumerate(filter(None, (part.strip() for part in SENTENCE.split(plain)))):
            for start in range(0, len(sentence), SIZE):
                yield "\n\n" if at == start == 0 else " ", sentence[start : start + SIZE]
