"""A TCP proxy that cuts connections: after so many bytes of the server's, or of the client's."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, repeat

NEVER = 1 << 60


@dataclass
class Cutter:
    """Where it cuts, one number for each connection; connections after the last are left alone."""

    upstream: tuple[str, int]
    answers: Iterator[int] = field(default_factory=lambda: repeat(NEVER))
    """How much of the server's bytes a connection lets through."""
    requests: Iterator[int] = field(default_factory=lambda: repeat(NEVER))
    """How much of the client's."""
    cuts: int = 0
    connections: int = 0
    url: str = ""
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def cut(self, *, answers: Iterable[int] = (), requests: Iterable[int] = ()) -> None:
        """Cut what is connected now, and the next connections there."""
        self.cuts = 0
        for writer in self._open:
            writer.transport.abort()
        self.answers, self.requests = (chain(each, repeat(NEVER)) for each in (answers, requests))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, until either side ends it or its measure is full."""
        self.connections += 1
        self._open.add(writer)
        there, back = await asyncio.open_connection(*self.upstream)
        ways = [
            asyncio.create_task(self._pass(reader, back, next(self.requests))),
            asyncio.create_task(self._pass(there, writer, next(self.answers))),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        self._open.discard(writer)
        for end in (writer, back):
            end.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, left: int) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                target.write(data[:left])
                await target.drain()
                left -= len(data)
                if left <= 0:
                    self.cuts += 1
                    # What was let through arrives; only then comes the end.
                    target.write_eof()
                    return


@asynccontextmanager
async def cutting(host: str, port: int) -> AsyncGenerator[Cutter]:
    """A proxy in front of a server."""
    cutter = Cutter((host, port))
    server = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
    cutter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield cutter
    finally:
        server.close()
