"""Loopback servers that stand in for the internet: names, public addresses, and who answers there.

The guard is the real one, with all its checks; only what lies beyond them, the resolver and the wire, is of here.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from sandbox.egress.guard import Guard, dial, web_certificates

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PUBLIC = "93.184.215.14"
"""An address that every check must take for public."""


def answer(
    body: bytes = b"", *, status: str = "200 OK", kind: str = "text/html; charset=utf-8", **headers: str
) -> bytes:
    """A whole response."""
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Internet:
    """Used as a context. `asked` are the requests that arrived, `dialled` the addresses that were connected to."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.dialled: list[tuple[str, int]] = []
        self.resolved: list[str] = []
        self._names: dict[str, list[Sequence[str]]] = {}
        self._listening: dict[tuple[str, int], int] = {}
        self._servers: list[asyncio.Server] = []
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def name(self, host: str, *answers: Sequence[str]) -> None:
        """Give a name addresses: those of the first answer, then of the next; the last one stays."""
        self._names[host] = list(answers)

    async def serve(
        self, serve: Serve, *, address: str = PUBLIC, port: int = 80, tls: ssl.SSLContext | None = None
    ) -> None:
        """Let somebody answer at an address."""

        def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async def served() -> None:
                try:
                    await serve(reader, writer)
                except OSError:
                    pass
                finally:
                    writer.close()

            task = asyncio.create_task(served())
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

        server = await asyncio.start_server(came, "127.0.0.1", 0, ssl=tls)
        self._servers.append(server)
        self._listening[address, port] = server.sockets[0].getsockname()[1]

    async def site(
        self,
        host: str,
        pages: Mapping[str, bytes],
        *,
        address: str = PUBLIC,
        port: int = 80,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """A site: whole responses by path, without the query."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
            self.asked.append(head + await reader.readexactly(length))
            path = head.split(b" ")[1].decode().partition("?")[0]
            writer.write(pages.get(path, answer(b"nothing here", status="404 Not Found")))
            await writer.drain()

        self._names.setdefault(host, [[address]])
        await self.serve(serve, address=address, port=port, tls=tls)

    def port(self, address: str = PUBLIC, port: int = 80) -> int:
        """Where on the loopback an address really is."""
        return self._listening[address, port]

    def guard(self, certificates: ssl.SSLContext | None = None) -> Guard:
        """The real guard, at the door to this internet."""
        return Guard(
            resolve=self._resolve,
            dial=self._dial,
            certificates=(lambda: certificates) if certificates else web_certificates,
        )

    async def _resolve(self, name: str) -> Sequence[str]:
        self.resolved.append(name)
        answers = self._names.get(name)
        if not answers:
            raise socket.gaierror(name)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _dial(self, address: str, port: int) -> socket.socket:
        self.dialled.append((address, port))
        try:
            return await dial("127.0.0.1", self._listening[address, port])
        except KeyError:
            raise ConnectionRefusedError(address) from None
