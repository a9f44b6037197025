"""Chooses which files of the workspace a program gets: those that were named, and those that its text names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cluster.errors import Invalid
from sandbox.errors import ToolFailed
from sandbox.files import FileFacts, Files, plain
from sandbox.jail.limits import MIB

MOST_GIVEN, MOST_BYTES = 200, 64 * MIB
MOST_WORDS = 5000
"""How many words of a program are looked up."""
WORDS = re.compile(r"[^\s\"'`,;()\[\]{}<>|&=]+")
QUOTED = re.compile(r"\"([^\"\n]{1,500})\"|'([^'\n]{1,500})'")


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a program gets of the workspace."""

    files: Mapping[str, bytes]
    left_out: Sequence[str]
    """Files that it should have got, but for the bounds."""


async def gather(files: Files, named: Sequence[str], code: str) -> Given:
    """Read the files that are named, by path, folder or pattern (`data/*.csv`), and those whose path is in the code.

    Raises ToolFailed for a name under which nothing is.
    """
    patterns = [plain(name) for name in named]
    words = _words(code)
    if not patterns and not words:
        return Given(files={}, left_out=())
    there = [facts for facts in await files.list("", recursive=True) if not facts.is_folder]
    chosen = [facts for pattern in patterns for facts in _named(pattern, there)]
    chosen += [facts for facts in there if facts.path in words]
    return await _read(files, {facts.path: facts for facts in chosen})


def _named(pattern: str, there: Sequence[FileFacts]) -> list[FileFacts]:
    found = [facts for facts in there if _is_meant(facts.path, pattern)]
    if not found:
        raise ToolFailed(f"There is no file or folder {pattern!r} in the workspace.")
    return found


def _is_meant(path: str, pattern: str) -> bool:
    return not pattern or path == pattern or path.startswith(f"{pattern}/") or fnmatchcase(path, pattern)


async def _read(files: Files, chosen: Mapping[str, FileFacts]) -> Given:
    total, given = 0, dict[str, bytes]()
    for path, facts in chosen.items():
        if len(given) < MOST_GIVEN and total + facts.size <= MOST_BYTES:
            given[path] = await files.read(path)
            total += len(given[path])
    return Given(files=given, left_out=[path for path in chosen if path not in given])


def _words(code: str) -> set[str]:
    """All that may be a path in a program's text, each in its one form."""
    quoted = [one or other for one, other in QUOTED.findall(code)]
    found: set[str] = set()
    for word in dict.fromkeys([*quoted, *WORDS.findall(code)]):
        if len(found) >= MOST_WORDS:
            break
        try:
            found.add(plain(word.removeprefix("/work/")))
        except Invalid:
            continue
    return found - {""}
