"""A person's files: sent in pieces and fetched in parts, so that a lost connection costs a part of them only."""

import hashlib
from pathlib import Path

from apexaurum.asynchronous.concurrency import AsyncStream, read_file, write_file
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.decoding import decode
from apexaurum.errors import ApexError, BadAnswer, Conflict, ConnectionLost, NotFound
from apexaurum.progress import Progress
from apexaurum.requests import Request, get, post
from apexaurum.retrying import Patience
from apexaurum.shapes.files import File, FileMatch, FileUpload, FileUsage

SMALLEST_PIECE = 64 * 1024


class AsyncFiles:
    """The workspace that you share with your agents."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def all(self, folder: str = "") -> AsyncStream[File]:
        """What a folder holds, folders first."""
        return self._transport.pages(File, get("/files", folder=folder, limit=1000), "entries")

    async def search(self, query: str, *, folder: str = "", contents: bool = True) -> list[FileMatch]:
        """Files by their paths, and lines of texts."""
        found = await self._transport.ask(get("/files/search", q=query, folder=folder, contents=contents))
        return [decode(FileMatch, match) for match in found["matches"]]

    async def at(self, path: str) -> File:
        """What lies at a path. Raises NotFound."""
        return await self._transport.get(File, get("/files/at", path=path))

    async def usage(self) -> FileUsage:
        """How much there is, and how much there may be."""
        return await self._transport.get(FileUsage, get("/files/usage"))

    async def upload(
        self, source: Path | str | bytes, path: str | None = None, *, replace: bool = False, progress: bool = False
    ) -> File:
        """Keep a file (named by its own path), or bytes, at a path of the workspace: its name there when left out."""
        if isinstance(source, bytes):
            data, name = source, path
        else:
            data, name = await read_file(Path(source)), path or Path(source).name
        if name is None:
            raise ValueError("bytes need a path")
        sha256 = hashlib.sha256(data).hexdigest()
        wanted = {"path": name, "size": len(data), "sha256": sha256, "replace": replace}
        upload = await self._transport.get(FileUpload, post("/files/uploads", wanted))
        with Progress(name, len(data), shown=progress, unit="B") as shown:
            while upload.received < len(data):
                upload = await self._send(upload, data)
                shown.to(upload.received)
        return await self._complete(upload, sha256)

    async def download(self, file: File | str, to: Path | str | None = None, *, progress: bool = False) -> bytes:
        """The bytes of a file, or of what lies at a path; with `to` they are written there too."""
        found = file if isinstance(file, File) else await self.at(file)
        with Progress(found.path, found.size, shown=progress, unit="B") as shown:
            data = await self._fetch(found, shown)
        if to is not None:
            await write_file(Path(to), data)
        return data

    async def folder(self, path: str) -> File:
        """Make a folder, and those on the way."""
        return await self._transport.get(File, post("/files/folders", {"path": path}))

    async def move(self, file: File | str, path: str) -> File:
        """Give a file or folder another path."""
        id = await self._id(file)
        return await self._transport.get(File, Request(method="PATCH", path=f"/files/{id}", json={"path": path}))

    async def delete(self, file: File | str, *, recursive: bool = False) -> None:
        """Delete a file or folder. It can be had back for a while."""
        request = Request(method="DELETE", path=f"/files/{await self._id(file)}")
        await self._transport.ask(request.asking(recursive=recursive))

    async def _id(self, file: File | str) -> str:
        return file.id if isinstance(file, File) else (await self.at(file)).id

    async def _send(self, upload: FileUpload, data: bytes) -> FileUpload:
        piece = data[upload.received : upload.received + max(SMALLEST_PIECE, upload.most_piece_bytes)]
        path = f"/files/uploads/{upload.id}"
        params = {"offset": upload.received, "sha256": hashlib.sha256(piece).hexdigest()}
        try:
            return await self._transport.get(FileUpload, Request(method="PUT", path=path, params=params, content=piece))
        except Conflict as error:
            if error.code != "wrong-offset":
                raise
            return await self._transport.get(FileUpload, get(path))  # it had come, but its answer was lost

    async def _complete(self, upload: FileUpload, sha256: str) -> File:
        try:
            return await self._transport.get(File, post(f"/files/uploads/{upload.id}/complete"))
        except (NotFound, Conflict):
            try:
                there = await self.at(upload.path)
            except NotFound:
                there = None
            if there is None or there.sha256 != sha256:
                raise
            return there  # it was complete, but its answer was lost

    async def _fetch(self, file: File, shown: Progress) -> bytes:
        data = bytearray()
        patience = Patience(self._transport.retrying, repeatable=True)
        while True:
            had = len(data)
            request = get(f"/files/{file.id}/content").saying(If_Range=f'"{file.sha256}"')
            try:
                async with self._transport.opened(request.saying(Range=f"bytes={had}-" if had else None)) as answer:
                    if answer.status_code != 206:
                        data.clear()
                    async for part in answer.aiter_bytes():
                        data += part
                        shown.to(len(data))
                if file.sha256 is not None and hashlib.sha256(data).hexdigest() != file.sha256:
                    raise BadAnswer(f"{file.path} has changed meanwhile")
                return bytes(data)
            except ConnectionLost as error:
                lost: ApexError = error
                if len(data) > had:
                    patience.renew()
            except ApexError as error:
                lost = error
            await self._transport.wait_for(lost, patience)
