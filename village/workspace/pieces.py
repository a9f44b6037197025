"""Receives a file in pieces, so that a connection that is lost costs one piece and not the whole.

Each piece is an object that the upload's row names. When all are there they become one file, as if it had been written
at once. The whole size is reserved from the beginning: what was begun has room at its end.
"""

import hashlib
from datetime import UTC, datetime

from cluster.clients.postgres import Connection
from cluster.errors import Busy, Conflict, Invalid, NotFound, TooLarge
from cluster.ids import new_id
from village.workspace import writing
from village.workspace.entries import MIB, UPLOAD_KEPT, Entry, Upload, UploadId
from village.workspace.errors import WrongChecksum, WrongOffset
from village.workspace.stores import entries, uploads
from village.workspace.workspace import Workspace


class Pieces:
    """One person's uploads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._place = workspace.place

    async def begin(self, path: str, size: int, *, sha256: bytes | None = None, replace: bool = False) -> Upload:
        """Make room for a file. Raises Invalid, Conflict for one that is there, TooLarge, QuotaSpent, Busy."""
        bounds = self._place.bounds
        if size > bounds.file_bytes:
            raise TooLarge(f"a file may have {bounds.file_bytes // MIB} MiB")
        upload = Upload(
            id=UploadId(new_id()),
            path=writing.file_path(path),
            size=size,
            sha256=sha256,
            may_replace=replace,
            expires_at=datetime.now(UTC) + UPLOAD_KEPT,
        )
        async with self._place.changing() as conn:
            if await uploads.count(conn) >= bounds.uploads:
                raise Busy(f"at most {bounds.uploads} files may come in pieces at once", 60.0)
            there = (await entries.at(conn, [upload.path])).get(upload.path)
            if there is not None and (there.is_folder or not replace):
                raise Conflict(f"there is something at {upload.path!r} already")
            await uploads.add(conn, self._place.user, upload)
        return upload

    async def one(self, id: UploadId) -> Upload:
        """How far an upload is. Raises NotFound."""
        async with self._place.db.as_user(self._place.user) as conn:
            return await _one(conn, id)

    async def receive(self, id: UploadId, offset: int, data: bytes, *, sha256: bytes | None = None) -> Upload:
        """Take the piece that begins at `offset`. Raises WrongOffset, WrongChecksum, TooLarge, Invalid."""
        upload = await self.one(id)
        if sha256 is not None and hashlib.sha256(data).digest() != sha256:
            raise WrongChecksum
        if not data:
            raise Invalid("a piece has at least one byte")
        if len(data) > self._place.bounds.piece_bytes:
            raise TooLarge(f"a piece may have {self._place.bounds.piece_bytes // MIB} MiB")
        if offset != upload.received:
            raise WrongOffset
        if offset + len(data) > upload.size:
            raise TooLarge(f"the file was to have {upload.size} bytes")
        name = f"workspace/{new_id()}"
        try:
            await self._place.store({name: data})
            async with self._place.db.as_user(self._place.user) as conn:
                if not await uploads.receive(conn, id, name, len(data), offset=offset):
                    raise WrongOffset
                await self._place.take(conn, [name], [name])
                return await _one(conn, id)
        except Exception:
            await self._place.abandon([name])
            raise

    async def complete(self, id: UploadId) -> Entry:
        """Make a file of the pieces. Raises Conflict when some are missing, WrongChecksum, and as `Workspace.put`."""
        upload = await self.one(id)
        if upload.received < upload.size:
            raise Conflict(f"{upload.received} of {upload.size} bytes are there")
        objects, user = self._place.objects, self._place.user
        data = b"".join([await objects.get(user, piece) for piece in upload.pieces])
        if upload.sha256 is not None and hashlib.sha256(data).digest() != upload.sha256:
            await self.drop(id)
            raise WrongChecksum

        async def along(conn: Connection) -> None:
            if not await uploads.drop(conn, [id]):
                raise NotFound

        return (await self._workspace.put({upload.path: data}, replace=upload.may_replace, along=along))[0]

    async def drop(self, id: UploadId) -> None:
        """Give an upload up. Raises NotFound."""
        async with self._place.changing() as conn:
            if not await uploads.drop(conn, [(await _one(conn, id)).id]):
                raise NotFound


async def _one(conn: Connection, id: UploadId) -> Upload:
    found = await uploads.one(conn, id)
    if found is None:
        raise NotFound
    return found
