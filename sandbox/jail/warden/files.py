"""Files into a work folder before a program runs, and out of it when everything is dead.

Out means: plain files with one name only, walked by descriptors that follow nothing, within caps. What a program made
there is a claim by a stranger: links, devices, pipes, and names that could mean something elsewhere are left behind.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

MOST_FILES, MOST_LOOKED_AT, MOST_DEPTH = 200, 5000, 8
MOST_EACH, MOST_TOTAL = 32 * 1024 * 1024, 64 * 1024 * 1024
LONGEST_NAME = 120
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass
class Harvest:
    """What came out, and how much stayed behind."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    left_out: int = 0
    looked_at: int = 0
    total: int = 0


def put(folder: str, files: Mapping[str, bytes], owner: int) -> None:
    """Write these files, whose names were checked, in place of others; the folders on the way are the owner's too.

    Nothing is followed: a program may have been here before, and left links. Raises OSError where one is in the way.
    """
    for name, content in files.items():
        *parents, last = name.split("/")
        within = os.open(folder, FOLDER)
        try:
            for part in parents:
                outer, within = within, _enter(within, part, owner)
                os.close(outer)
            _write(within, last, content, owner)
        finally:
            os.close(within)


def harvest(folder: str, before: Mapping[str, bytes], mark: Callable[[bytes], bytes] = bytes) -> Harvest:
    """What the program made or changed; `before` holds what was there, or `mark` of it.

    Only when none of its processes is left, or all are stopped: what changes meanwhile comes out half.
    """
    found = Harvest()
    root = os.open(folder, FOLDER)
    try:
        for name, parent, entry in _walk(root, "", 0, found):
            content = _content(parent, entry, MOST_TOTAL - found.total)
            if content is None or len(found.files) >= MOST_FILES:
                found.left_out += 1
            elif mark(content) != before.get(name):
                found.files[name] = content
                found.total += len(content)
    finally:
        os.close(root)
    return found


def _enter(folder: int, name: str, owner: int) -> int:
    """The folder of that name in this one, made if it is not there."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=folder)
        os.chown(name, owner, owner, dir_fd=folder, follow_symlinks=False)
    return os.open(name, FOLDER, dir_fd=folder)


def _write(folder: int, name: str, content: bytes, owner: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchown(descriptor, owner, owner)


def _walk(folder: int, prefix: str, depth: int, found: Harvest) -> "Iterator[tuple[str, int, str]]":
    """Each plain file: its path, and the folder and name by which to open it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            found.looked_at += 1
            if found.looked_at > MOST_LOOKED_AT:
                return
            if not _is_plain(entry.name):
                found.left_out += 1
            elif entry.is_file(follow_symlinks=False):
                yield prefix + entry.name, folder, entry.name
            elif entry.is_dir(follow_symlinks=False) and depth < MOST_DEPTH:
                yield from _below(folder, entry.name, prefix, depth, found)
            else:
                found.left_out += 1


def _below(folder: int, name: str, prefix: str, depth: int, found: Harvest) -> "Iterator[tuple[str, int, str]]":
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except OSError:
        found.left_out += 1
        return
    try:
        yield from _walk(inner, f"{prefix}{name}/", depth + 1, found)
    finally:
        os.close(inner)


def _content(folder: int, name: str, room: int) -> bytes | None:
    """The file, or None if it is not a plain one with a single name, or too large."""
    try:
        descriptor = os.open(name, FILE, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        most = min(MOST_EACH, room)
        if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1 or about.st_size > most:
            return None
        content = file.read(most + 1)
        return content if len(content) <= most else None


def _is_plain(name: str) -> bool:
    """A name that means the same everywhere."""
    return name.isprintable() and len(name) <= LONGEST_NAME and not name.startswith(".") and "\\" not in name
