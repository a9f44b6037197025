"""Divides a text into passages: whole paragraphs together up to a size, long ones between sentences."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

SIZE = 1200
"""Characters of a passage at most."""
PARAGRAPH = re.compile(r"\n[ \t]*\n+")
SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n")
HEADING = re.compile(r"^#{1,6} +(\S.*?) *#*$", re.MULTILINE)
LONGEST_HEADING = 200
PAGE = "\f"
"""What divides the pages of a text that was taken out of a paged document."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text. `page` is counted from 1, None in a text without pages.

    `heading` is the one that its beginning stands under, None where headings are unknown or none came before.
    """

    text: str
    page: int | None
    heading: str | None = None


def passages_of(text: str, *, headings: bool = False) -> list[Passage]:
    """The passages of a text, in order; none goes over the end of a page. `headings`: it has such as Markdown's."""
    pages = text.replace("\r\n", "\n").split(PAGE)
    parts = [
        Passage(passage, number if len(pages) > 1 else None)
        for number, page in enumerate(pages, 1)
        for passage in _joined(page)
    ]
    return _headed(parts) if headings else parts


def _headed(parts: Iterable[Passage]) -> list[Passage]:
    heading = None
    headed: list[Passage] = []
    for part in parts:
        begins = HEADING.match(part.text)
        headed.append(replace(part, heading=begins[1][:LONGEST_HEADING] if begins else heading))
        for found in HEADING.finditer(part.text):
            heading = found[1][:LONGEST_HEADING]
    return headed


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
