"""What can be had back for seven days: what was deleted, and what files held before."""

from collections.abc import Sequence

from cluster.errors import NotFound
from village.workspace import moving, writing
from village.workspace.entries import Entry, FileId, Trashed, Version, VersionId
from village.workspace.place import Place
from village.workspace.stores import entries, kept


class History:
    """One person's trash and versions."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def trash(self, *, skip: int, limit: int) -> Sequence[Trashed]:
        """Deletions, the newest first."""
        async with self._place.db.as_user(self._place.user) as conn:
            return await kept.trash(conn, skip=skip, limit=limit)

    async def undelete(self, id: FileId, to: str | None = None) -> Entry:
        """Undo a deletion, at another path perhaps. Raises NotFound, Conflict, QuotaSpent."""
        path = None if to is None else writing.file_path(to)
        async with self._place.changing() as conn:
            return await moving.revive(conn, self._place.user, id, path)

    async def forget(self, id: FileId) -> None:
        """Drop a deletion for good. Raises NotFound."""
        async with self._place.changing() as conn:
            if not await kept.trashed(conn, id):
                raise NotFound
            await kept.forget(conn, [id])

    async def empty(self) -> None:
        """Drop all deletions for good."""
        async with self._place.changing() as conn:
            await kept.forget(conn, await kept.roots(conn))

    async def versions(self, file: FileId) -> Sequence[Version]:
        """What a file held before, the newest first. Raises NotFound for a file that is not there."""
        async with self._place.db.as_user(self._place.user) as conn:
            if await entries.one(conn, file) is None:
                raise NotFound
            return await kept.versions(conn, file)

    async def version(self, file: FileId, id: VersionId) -> tuple[Entry, Version]:
        """A file, and one of its versions. Raises NotFound."""
        async with self._place.db.as_user(self._place.user) as conn:
            entry, found = await entries.one(conn, file), await kept.version(conn, file, id)
        if entry is None or found is None:
            raise NotFound
        return entry, found

    async def content(self, version: Version, start: int | None = None, end: int | None = None) -> bytes:
        """What the file held, or what lies between two places of it."""
        return await self._place.objects.get(self._place.user, version.object_name, start, end)

    async def restore(self, file: FileId, id: VersionId) -> Entry:
        """Let a file hold what it held before; what it holds now becomes a version. Raises NotFound, QuotaSpent."""
        async with self._place.changing() as conn:
            found = await kept.version(conn, file, id)
            if found is None or await entries.one(conn, file) is None:
                raise NotFound
            await kept.keep_versions(conn, self._place.user, [file])
            await entries.replace(conn, {file: await kept.take_version(conn, found)})
            entry = await entries.one(conn, file)
        assert entry is not None
        return entry
