"""Puts files into a workspace: checks their names, tells their kinds, and shows all of them or none."""

import hashlib
from collections.abc import Collection, Iterable, Mapping

from cluster.clients.postgres import Connection
from cluster.errors import Conflict, Invalid, TooLarge
from cluster.ids import UserId, new_id
from sandbox.files import plain
from village.workspace.entries import MIB, Bounds, Content
from village.workspace.errors import Changed, QuotaSpent
from village.workspace.media import is_text, media_type_of
from village.workspace.stores import entries, kept

MOST_AT_ONCE = 1000
"""Files of one batch."""


def named(files: Mapping[str, bytes], bounds: Bounds) -> dict[str, bytes]:
    """The files under their plain paths. Raises Invalid, TooLarge, QuotaSpent."""
    found = {file_path(path): data for path, data in files.items()}
    if len(found) < len(files):
        raise Invalid("two of these files have the same path")
    if len(found) > MOST_AT_ONCE:
        raise Invalid(f"at most {MOST_AT_ONCE} files can be written at once")
    for path, data in found.items():
        if len(data) > bounds.file_bytes:
            raise TooLarge(f"a file may have {bounds.file_bytes // MIB} MiB: {path!r}")
    if sum(map(len, found.values())) > bounds.bytes:
        raise QuotaSpent(f"a workspace holds {bounds.bytes // MIB} MiB")
    return found


def file_path(path: str) -> str:
    """The plain path of something below the workspace. Raises Invalid for the workspace itself."""
    found = plain(path)
    if not found:
        raise Invalid("this is the workspace itself; name a file or folder in it")
    return found


def described(files: Mapping[str, bytes]) -> dict[str, Content]:
    """What each file holds, under a new object name. Takes a moment for large files: run it in a thread."""
    return {path: _content(path, data) for path, data in files.items()}


def folders_of(paths: Iterable[str]) -> set[str]:
    """All folders on the way to these paths."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


async def make_folders(conn: Connection, user: UserId, paths: Collection[str]) -> None:
    """Make these folders where they are missing. Raises Conflict where a file has the name of one."""
    there = await entries.at(conn, paths)
    for path, entry in there.items():
        if not entry.is_folder:
            raise Conflict(f"{path!r} is a file, not a folder")
    missing = [path for path in paths if path not in there]
    if missing:
        await entries.add_folders(conn, user, missing)


async def show(
    conn: Connection,
    user: UserId,
    contents: Mapping[str, Content],
    *,
    replace: bool,
    expected: Mapping[str, bytes | None],
) -> None:
    """Let files hold these contents. What they held before becomes a version, unless it was the same.

    Raises Conflict, and Changed for a file that does not hold what is expected.
    """
    folders = folders_of(contents)
    if both := folders & contents.keys():
        raise Conflict(f"{min(both)!r} cannot be both a file and a folder")
    there = await entries.at(conn, contents)
    for path, entry in there.items():
        if entry.is_folder:
            raise Conflict(f"{path!r} is a folder, not a file")
        if not replace:
            raise Conflict(f"there is a file {path!r} already")
    for path, sha256 in expected.items():
        if (there[path].sha256 if path in there else None) != sha256:
            raise Changed
    await make_folders(conn, user, sorted(folders))
    added = {path: content for path, content in contents.items() if path not in there}
    if added:
        await entries.add_files(conn, user, added)
    other = {there[path].id: contents[path] for path in there if contents[path].sha256 != there[path].sha256}
    if other:
        await kept.keep_versions(conn, user, list(other))
        await entries.replace(conn, other)
    if same := [entry.id for entry in there.values() if entry.id not in other]:
        await entries.touch(conn, same)


def _content(path: str, data: bytes) -> Content:
    text = is_text(data)
    return Content(
        size=len(data),
        sha256=hashlib.sha256(data).digest(),
        media_type=media_type_of(path, is_text=text),
        is_text=text,
        object_name=f"workspace/{new_id()}",
    )
