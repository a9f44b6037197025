"""This system's own documents in pieces: the READMEs that lie beside the code, in a checkout and in an installed wheel.

A wheel has the folders' READMEs where the code is; the repository's own README travels as the distribution's
description. In a checkout it lies beside the folders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("cluster", "sandbox", "village", "actors", "serve")
DISTRIBUTION = "apexaurum-cloud"
OVERVIEW = "overview"
"""The topic of the repository's own README."""
MAX_CHARS = 1500
"""Longest piece; a longer section is divided between paragraphs or lines."""
HEADING = re.compile(r"^(#{1,4})\s+(.*?)\s*#*$")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A section of a document, or a part of a long one."""

    topic: str
    """The folder that it is about, such as `sandbox/jail`."""
    source: str
    title: str
    """The document's title and the headings down to it, divided by " > "."""
    text: str


@lru_cache(maxsize=1)
def pieces() -> tuple[Piece, ...]:
    """All documents of this build; read once."""
    return tuple(piece for source, text in _documents(ROOT) for piece in divided(source, text))


def topic_of(source: str) -> str:
    """What a document is about: its folder, and its name unless that is README."""
    parts = source.removesuffix(".md").split("/")
    return "/".join(part.lower() for part in parts if part != "README") or OVERVIEW


def divided(source: str, text: str) -> Iterator[Piece]:
    """The sections of a document in Markdown, in order."""
    path: list[str] = []
    for heading, body in _sections(COMMENT.sub("", text)):
        if heading:
            level, title = heading
            path = [*path[: level - 1], title]
        for part in _parts(body.strip()):
            yield Piece(topic_of(source), source, " > ".join(path) or source, part)


def _documents(root: Path) -> Iterator[tuple[str, str]]:
    if overview := _overview(root):
        yield "README.md", overview
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.md")):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def _overview(root: Path) -> str:
    """The repository's README. Beside an installed package may lie another one's: only a checkout's is taken."""
    if (root / "pyproject.toml").is_file() and (root / "README.md").is_file():
        return (root / "README.md").read_text(encoding="utf-8")
    try:
        return str(metadata(DISTRIBUTION).get_payload() or "")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    except PackageNotFoundError:
        return ""


def _sections(text: str) -> Iterator[tuple[tuple[int, str] | None, str]]:
    """Each heading with what stands below it; lines in code blocks are no headings."""
    heading: tuple[int, str] | None = None
    lines: list[str] = []
    in_code = False
    for line in text.splitlines():
        in_code ^= line.lstrip().startswith("```")
        found = None if in_code else HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        yield heading, "\n".join(lines)
        heading, lines = (len(found[1]), found[2]), []
    yield heading, "\n".join(lines)


def _parts(body: str) -> Iterator[str]:
    """The text in parts of at most MAX_CHARS, divided between paragraphs, else between lines."""
    part = ""
    for block in _blocks(body):
        if part and len(part) + len(block) > MAX_CHARS:
            yield part.strip()
            part = ""
        part += block
    if part.strip():
        yield part.strip()


def _blocks(body: str) -> Iterator[str]:
    for paragraph in re.split(r"(?<=\n)\n+", body):
        if len(paragraph) <= MAX_CHARS:
            yield paragraph.rstrip("\n") + "\n\n"
        else:
            yield from (
                line[start : start + MAX_CHARS] + "\n" for line in paragraph.splitlines() for start in _starts(line)
            )


def _starts(line: str) -> range:
    return range(0, max(1, len(line)), MAX_CHARS)
