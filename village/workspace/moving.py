"""Moves, deletes and revives entries inside a change that nobody else makes meanwhile."""

from cluster.clients.postgres import Connection
from cluster.errors import Conflict, Invalid, NotFound
from cluster.ids import UserId
from sandbox.files import plain
from village.workspace import writing
from village.workspace.entries import Entry, FileId
from village.workspace.stores import entries, kept


async def move(conn: Connection, user: UserId, entry: Entry, to: str) -> Entry:
    """Give an entry, and all below it, another path.

    Raises Conflict if something is there, Invalid if something below it would get a path that is too long.
    """
    if to == entry.path:
        return entry
    if to.startswith(f"{entry.path}/"):
        raise Conflict("a folder cannot lie in itself")
    if entry.is_folder:
        _fits([below.path for below in await entries.below(conn, entry.path)], entry.path, to)
    await _make_way(conn, user, to)
    await entries.rename(conn, entry.path, to)
    return (await entries.at(conn, [to]))[to]


async def delete(conn: Connection, entry: Entry, *, recursive: bool) -> None:
    """Put an entry into the trash. Raises Conflict for a folder that is not empty, unless `recursive`."""
    if entry.is_folder and not recursive and await entries.count_in(conn, entry.path):
        raise Conflict(f"the folder {entry.path!r} is not empty")
    await entries.bury(conn, entry)


async def revive(conn: Connection, user: UserId, id: FileId, to: str | None) -> Entry:
    """Undo a deletion. Raises NotFound, and Conflict if something else has the path now."""
    gone = await kept.trashed(conn, id)
    root = next((entry for entry in gone if entry.id == id), None)
    if root is None:
        raise NotFound
    path = root.path if to is None else to
    _fits([entry.path for entry in gone], root.path, path)
    await _make_way(conn, user, path)
    await kept.revive(conn, id, root.path, path)
    return (await entries.at(conn, [path]))[path]


async def _make_way(conn: Connection, user: UserId, path: str) -> None:
    if path in await entries.at(conn, [path]):
        raise Conflict(f"there is something at {path!r} already")
    await writing.make_folders(conn, user, sorted(writing.folders_of([path])))


def _fits(paths: list[str], old: str, new: str) -> None:
    """Raise Invalid if what lies below would get a path that is too long."""
    try:
        for path in paths:
            plain(new + path.removeprefix(old))
    except Invalid as error:
        raise Invalid("something in this folder would get a path that is too long") from error
