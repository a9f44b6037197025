"""Texts as tools read and write them: encodings, lines, and as much as fits into a result."""

import codecs
import json

from sandbox.errors import ToolFailed
from sandbox.files import plain

ENCODINGS = frozenset({"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "ascii", "iso8859-1", "cp1252"})
LONGEST_RESULT = 45_000
"""Characters of JSON that a text may take in a result; the rest of the result has the room that is left."""


def decoded(data: bytes, encoding: str, path: str) -> str:
    """A file's text. Raises ToolFailed."""
    try:
        return data.decode(_known(encoding))
    except UnicodeDecodeError as error:
        raise ToolFailed(f"{plain(path)!r} is not text in {encoding}.") from error


def encoded(text: str, encoding: str) -> bytes:
    """A text as bytes. Raises ToolFailed."""
    try:
        return text.encode(_known(encoding))
    except UnicodeEncodeError as error:
        raise ToolFailed(f"This text has characters that {encoding} does not have.") from error


def lines_of(text: str) -> list[str]:
    """The lines with their ends. Only a line feed ends one, so that numbers are the same everywhere."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def fitting(text: str, most: int = LONGEST_RESULT) -> str:
    """As much of the beginning as fits into a result as JSON."""
    shown = text[:most]
    while (size := len(json.dumps(shown, ensure_ascii=False))) > LONGEST_RESULT:
        shown = shown[: min(len(shown) - 1, len(shown) * LONGEST_RESULT // size)]
    return shown


def human(size: int) -> str:
    """A size for people."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    if name not in ENCODINGS:
        raise ToolFailed(f"The encoding {encoding!r} is not known; there are utf-8, utf-16, ascii, latin-1 and cp1252.")
    return name
