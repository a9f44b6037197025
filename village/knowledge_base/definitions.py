"""Finds what a word means in our documents: glossary rows, list entries that begin with it, sections named so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from village.knowledge_base.corpus import Piece

MARKUP = re.compile(r"[`*]+")
ENTRY = re.compile(r"^\s*[-*]\s+(\*\*.+?\*\*|`.+?`)[:\s]*(.*)$")
DIVIDERS = re.compile(r"\s*(?:,|·|/ | or | and )\s*")
MAX_CHARS = 800


@dataclass(frozen=True, slots=True)
class Definition:
    """What a term means, and where that is written."""

    term: str
    text: str
    piece: Piece


def definition(term: str, pieces: Sequence[Piece]) -> Definition | None:
    """The best place that says what a term is: a row or an entry of its own, else the section with that title."""
    wanted = _plain(term)
    for place in (_in_rows, _in_entries, _in_titles):
        found = next((made for piece in pieces for made in place(wanted, piece)), None)
        if found is not None:
            return found
    return None


def _in_rows(wanted: str, piece: Piece) -> Iterator[Definition]:
    """Rows of tables whose first cell names the term."""
    lines = piece.text.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        is_row = line.startswith("|") and len(cells) > 1 and not below.startswith("|---")
        if is_row and wanted in _names(cells[0]):
            yield Definition(MARKUP.sub("", cells[0]), " | ".join(cells[1:])[:MAX_CHARS], piece)


def _in_entries(wanted: str, piece: Piece) -> Iterator[Definition]:
    """Entries of lists that begin with the term, in bold or as code."""
    lines = piece.text.splitlines()
    for at, line in enumerate(lines):
        found = ENTRY.match(line)
        if found is None or wanted not in _names(found[1]):
            continue
        rest = [found[2]]
        for later in lines[at + 1 :]:
            if not later.startswith("  "):
                break
            rest.append(later.strip())
        text = " ".join(rest).strip()
        yield Definition(MARKUP.sub("", found[1]).rstrip(":."), (text or found[1])[:MAX_CHARS], piece)


def _in_titles(wanted: str, piece: Piece) -> Iterator[Definition]:
    """The section whose heading names the term, or the part of it before a colon."""
    heading = piece.title.rpartition(" > ")[2]
    if wanted in {_plain(heading), _plain(heading.partition(":")[0]), _plain(heading.partition("(")[0])}:
        yield Definition(MARKUP.sub("", heading), piece.text[:MAX_CHARS], piece)


def _names(cell: str) -> set[str]:
    """The terms that a cell names: itself, and each of several with dividers between them."""
    parts = (cell, *DIVIDERS.split(cell))
    return {_plain(part) for part in (*parts, *(part.partition("(")[0] for part in parts)) if part.strip()}


def _plain(text: str) -> str:
    return MARKUP.sub("", text).strip().strip(".:/").lower()
