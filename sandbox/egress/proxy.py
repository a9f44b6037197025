"""The guard as a proxy on a Unix socket: the only way out that a jail may be given, bounded on its own.

It speaks what browsers speak to a proxy: `CONNECT host:port`, and plain requests with a whole URL. Each is checked like
a tool's own request, and the name that was asked for is looked up here: what is inside never sees an address.
"""

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.exchange import CHUNK, MIB
from sandbox.egress.guard import Guard, Stream
from sandbox.egress.targets import Target, target_of

HEAD_BYTES, HEAD_SECONDS = 64 * 1024, 15.0
MOST_REFUSALS = 50
"""How many refusals are remembered, for whoever wants to know why a page stayed empty."""
HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*")
METHOD = re.compile(rb"[A-Z]{3,10}")
BETWEEN_NEIGHBOURS = (b"proxy-", b"connection:", b"keep-alive:", b"upgrade:", b"te:", b"host:", b"trailer:")
"""Headers that are not passed on."""


@dataclass(frozen=True, kw_only=True)
class ProxyCaps:
    """How much may go through one proxy in its whole life."""

    bytes: int = 100 * MIB
    """In both directions together."""
    at_once: int = 48
    """Connections open at the same time."""
    connections: int = 3000
    idle_seconds: float = 60.0
    """A connection that is silent for so long is closed."""


class Proxy:
    """Listens at `path` while it is used as a context."""

    def __init__(self, guard: Guard, path: Path, caps: ProxyCaps | None = None) -> None:
        self.refused: list[str] = []
        self._guard = guard
        self._path = path
        self._caps = caps or ProxyCaps()
        self._bytes_left = self._caps.bytes
        self._connections_left = self._caps.connections
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen. The folder decides who finds the socket; the socket itself lets everybody in, as a jail is nobody."""
        self._server = await asyncio.start_unix_server(self._came, self._path, limit=HEAD_BYTES)
        os.chmod(self._path, 0o666)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections; nothing goes out any more when this returns."""
        assert self._server is not None
        self._server.close()
        while self._open:
            for task in self._open:
                task.cancel()
            await asyncio.wait(self._open)
        self._path.unlink(missing_ok=True)

    @property
    def bytes_left(self) -> int:
        """How much may still go through."""
        return self._bytes_left

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections_left -= 1
        if len(self._open) >= self._caps.at_once or self._connections_left < 0 or self._bytes_left <= 0:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve((reader, writer)))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, inside: Stream) -> None:
        try:
            opened = await self._opened(inside)
            if opened is not None:
                try:
                    await self._relay(inside, opened)
                finally:
                    opened[1].transport.abort()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # One of the two is gone or silent: there is nobody to tell.
        finally:
            inside[1].transport.abort()

    async def _opened(self, inside: Stream) -> Stream | None:
        """The connection to whom the head asks for; None if it was refused, and that was said."""
        async with asyncio.timeout(HEAD_SECONDS):
            head = await inside[0].readuntil(b"\r\n\r\n")
        try:
            method, target, headers = parsed(head)
            outside = await self._guard.plain_connection(target)
        except (EgressRefused, Unreachable) as error:
            status = b"403 Forbidden" if isinstance(error, EgressRefused) else b"502 Bad Gateway"
            if len(self.refused) < MOST_REFUSALS:
                self.refused.append(str(error))
            said = str(error).encode()
            inside[1].write(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n" % status)
            inside[1].write(b"Content-Length: %d\r\n\r\n%s" % (len(said), said))
            await inside[1].drain()
            inside[1].close()
            async with asyncio.timeout(HEAD_SECONDS):
                await inside[1].wait_closed()
            return None
        if method == b"CONNECT":
            inside[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            outside[1].write(rewritten(method, target, headers))
        return outside

    async def _relay(self, inside: Stream, outside: Stream) -> None:
        ways = ((inside[0], outside[1]), (outside[0], inside[1]))
        tasks = [asyncio.create_task(self._copy(*way)) for way in ways]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes until it ends, is silent for too long, or exceeds what is left."""
        while self._bytes_left > 0:
            async with asyncio.timeout(self._caps.idle_seconds):
                data = await reader.read(CHUNK)
            if not data:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            self._bytes_left -= len(data)
            writer.write(data)
            async with asyncio.timeout(self._caps.idle_seconds):
                await writer.drain()
        raise TimeoutError("nothing is left of what this proxy may pass on")


def parsed(head: bytes) -> tuple[bytes, Target, Sequence[bytes]]:
    """Method, target and headers of a request to a proxy. Raises EgressRefused."""
    asked, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    words = asked.split(b" ")
    if len(words) != 3 or not METHOD.fullmatch(words[0]) or not all(map(HEADER.fullmatch, headers)):
        raise EgressRefused("This is not a request to a proxy.")
    method, where = words[0], words[1].decode("latin-1")
    if method == b"CONNECT":
        if any(mark in where for mark in "/?#"):
            raise EgressRefused("This is not a request to a proxy.")
        return method, target_of(f"https://{where}"), headers
    target = target_of(where)
    if target.scheme != "http":
        raise EgressRefused("Ask for https by CONNECT.")
    return method, target, headers


def rewritten(method: bytes, target: Target, headers: Sequence[bytes]) -> bytes:
    """The head as the target gets it: the name is the one that was checked, and one request is all there is."""
    kept = [line for line in headers if not line.lower().startswith(BETWEEN_NEIGHBOURS)]
    own = [f"Host: {target.authority}".encode(), b"Connection: close"]
    return b"\r\n".join([b"%s %s HTTP/1.1" % (method, target.path.encode()), *own, *kept, b"", b""])
