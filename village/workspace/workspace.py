"""A person's files, as tools and the door see them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from cluster.clients.objects import Objects
from cluster.clients.postgres import Connection, Database
from cluster.errors import NotFound
from cluster.ids import UserId
from sandbox.files import FileFacts, plain
from village.workspace import moving, writing
from village.workspace.entries import BOUNDS, Bounds, Entry, FileId, Order, Usage
from village.workspace.errors import Changed
from village.workspace.place import Place
from village.workspace.stores import entries

ATTEMPTS = 5
"""How often an edit starts over because somebody else changed the file meanwhile."""


class Workspace:
    """One person's files; implements `sandbox.files.Files`, and more for those who know ids."""

    def __init__(self, db: Database, objects: Objects, user: UserId, bounds: Bounds = BOUNDS) -> None:
        self.place = Place(db, objects, user, bounds)

    async def read(self, path: str) -> bytes:
        """A file's content."""
        return await self.content(await self.at(path))

    async def facts(self, path: str) -> FileFacts | None:
        """What is at a path, or None."""
        if not plain(path):
            async with self._reading() as conn:
                modified = await entries.changed_at(conn) or datetime.fromtimestamp(0, UTC)
            return FileFacts(path="", size=0, modified=modified, is_folder=True)
        found = await self.find(path)
        return None if found is None else found.facts()

    async def list(self, folder: str = "", *, recursive: bool = False) -> Sequence[FileFacts]:
        """What a folder holds, by path."""
        async with self._reading() as conn:
            path = await _folder(conn, folder)
            found = await entries.below(conn, path)
        depth = path.count("/") + 1 if path else 0
        return [entry.facts() for entry in found if recursive or entry.path.count("/") == depth]

    async def write(self, files: Mapping[str, bytes]) -> Sequence[FileFacts]:
        """Write these, all or none."""
        return [entry.facts() for entry in await self.put(files)]

    async def make_folder(self, path: str) -> FileFacts:
        """Make a folder and those on the way."""
        return (await self.add_folder(path)).facts()

    async def move(self, path: str, to: str) -> FileFacts:
        """Give a file or folder another path."""
        wanted = writing.file_path(path)
        async with self.place.changing() as conn:
            moved = await moving.move(conn, self.place.user, await _at(conn, wanted), writing.file_path(to))
        return moved.facts()

    async def delete(self, path: str, *, recursive: bool = False) -> None:
        """Delete a file or folder. It can be had back: `History`."""
        wanted = writing.file_path(path)
        async with self.place.changing() as conn:
            await moving.delete(conn, await _at(conn, wanted), recursive=recursive)

    async def put(
        self,
        files: Mapping[str, bytes],
        *,
        replace: bool = True,
        expected: Mapping[str, bytes | None] | None = None,
        along: Callable[[Connection], Awaitable[object]] | None = None,
    ) -> Sequence[Entry]:
        """Write these, all or none: bytes first, then rows.

        Raises Conflict for one that is there unless it may be replaced, Changed for one that does not hold what is
        expected (its SHA-256, or None if it is to be new), TooLarge, and QuotaSpent. `along` is part of it.
        """
        named = writing.named(files, self.place.bounds)
        contents = await asyncio.to_thread(writing.described, named)
        names = [content.object_name for content in contents.values()]
        try:
            await self.place.store({contents[path].object_name: data for path, data in named.items()})
            async with self.place.changing() as conn:
                if along is not None:
                    await along(conn)
                await writing.show(conn, self.place.user, contents, replace=replace, expected=expected or {})
                shown = await entries.at(conn, contents)
                await self.place.take(conn, names, [str(entry.object_name) for entry in shown.values()])
        except Exception:
            await self.place.abandon(names)
            raise
        return [shown[path] for path in contents]

    async def edit(self, path: str, change: Callable[[bytes | None], bytes]) -> Entry:
        """Write what `change` makes of a file's content (None where there is none), however many do so at once.

        Raises Changed when others are always faster.
        """
        wanted = writing.file_path(path)
        for _ in range(ATTEMPTS):
            async with self._reading() as conn:
                entry = (await entries.at(conn, [wanted])).get(wanted)
            before = None if entry is None else await self.content(entry)
            expected = {wanted: None if entry is None else entry.sha256}
            try:
                return (await self.put({wanted: change(before)}, expected=expected))[0]
            except Changed:
                continue
        raise Changed

    async def add_folder(self, path: str) -> Entry:
        """Make a folder and those on the way."""
        wanted = writing.file_path(path)
        async with self.place.changing() as conn:
            await writing.make_folders(conn, self.place.user, sorted({wanted, *writing.folders_of([wanted])}))
            return await _at(conn, wanted)

    async def at(self, path: str) -> Entry:
        """What lies at a path. Raises NotFound."""
        wanted = writing.file_path(path)
        async with self._reading() as conn:
            return await _at(conn, wanted)

    async def find(self, path: str) -> Entry | None:
        """What lies at a path, or None: there, and for the workspace itself."""
        wanted = plain(path)
        async with self._reading() as conn:
            return (await entries.at(conn, [wanted])).get(wanted)

    async def one(self, id: FileId) -> Entry:
        """A file or folder by its id. Raises NotFound."""
        async with self._reading() as conn:
            return await _one(conn, id)

    async def below(self, folder: str) -> Sequence[Entry]:
        """Everything below a folder, by path."""
        async with self._reading() as conn:
            return await entries.below(conn, await _folder(conn, folder))

    async def page(self, folder: str, order: Order, *, skip: int, limit: int) -> tuple[Sequence[Entry], int]:
        """A part of what a folder itself holds, folders first, and how much that is in all."""
        async with self._reading() as conn:
            path = await _folder(conn, folder)
            found = await entries.children(conn, path, order=order, skip=skip, limit=limit)
            return found, await entries.count_in(conn, path)

    async def content(self, entry: Entry, start: int | None = None, end: int | None = None) -> bytes:
        """What a file holds, or what lies between two places of it. Raises NotFound for a folder."""
        if entry.object_name is None:
            raise NotFound(f"{entry.path!r} is a folder, not a file")
        return await self.place.objects.get(self.place.user, entry.object_name, start, end)

    async def move_one(self, id: FileId, to: str) -> Entry:
        """Give an entry another path. Raises as `move`."""
        async with self.place.changing() as conn:
            return await moving.move(conn, self.place.user, await _one(conn, id), writing.file_path(to))

    async def delete_one(self, id: FileId, *, recursive: bool) -> None:
        """Delete an entry. Raises as `delete`."""
        async with self.place.changing() as conn:
            await moving.delete(conn, await _one(conn, id), recursive=recursive)

    async def usage(self) -> Usage:
        """How much there is."""
        async with self._reading() as conn:
            return await entries.usage(conn)

    def _reading(self) -> AbstractAsyncContextManager[Connection]:
        return self.place.db.as_user(self.place.user)


async def _folder(conn: Connection, folder: str) -> str:
    """The plain path of a folder that is there. Raises NotFound."""
    path = plain(folder)
    found = (await entries.at(conn, [path])).get(path) if path else None
    if path and (found is None or not found.is_folder):
        raise NotFound(f"there is no folder {path!r}")
    return path


async def _at(conn: Connection, path: str) -> Entry:
    found = (await entries.at(conn, [path])).get(path)
    if found is None:
        raise NotFound(f"there is nothing at {path!r}")
    return found


async def _one(conn: Connection, id: FileId) -> Entry:
    found = await entries.one(conn, id)
    if found is None:
        raise NotFound
    return found
