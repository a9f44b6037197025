"""One request and its answer over one connection, within bounds of size: HTTP/1.1, and nothing is kept alive."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import h11

from sandbox.egress.decoding import ACCEPTED, Decoder, decoder_of
from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.guard import Stream
from sandbox.egress.targets import Target

MIB = 1024 * 1024
CHUNK = 64 * 1024
MOST_INTERIM = 5
"""Answers such as `100 Continue` before the real one."""
OURS = frozenset(
    (
        *("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "upgrade", "te"),
        *("trailer", "expect", "keep-alive", "via", "forwarded"),
    )
)
"""Headers that a caller cannot set: they decide how the message itself is read."""


@dataclass(frozen=True, kw_only=True)
class Caps:
    """How much one fetch may take, all redirects together."""

    seconds: float = 30.0
    bytes: int = 5 * MIB
    """Of the body, both as it travels and as it is inflated."""
    header_bytes: int = 64 * 1024
    redirects: int = 5


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked. `headers` are the caller's own, and are checked."""

    target: Target
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Response:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; the first of each."""
    body: bytes
    cut: bool
    """Whether the body was longer than there was room for."""


def headers_of(request: Request) -> Sequence[tuple[str, str]]:
    """All headers as they are sent. Raises EgressRefused for one that the caller may not set."""
    own = {name.lower(): value for name, value in request.headers.items()}
    for name in own:
        if name in OURS or name.startswith("proxy-"):
            raise EgressRefused(f"The header {name!r} cannot be set.")
    own.setdefault("user-agent", "ApexAurum/1.0")
    own.setdefault("accept", "*/*")
    framing = {"host": request.target.authority, "connection": "close", "accept-encoding": ACCEPTED}
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        framing["content-length"] = str(len(request.body))
    return list({**framing, **own}.items())


async def exchange(stream: Stream, request: Request, caps: Caps) -> Response:
    """Ask and read the answer, and close the connection. Raises EgressRefused or Unreachable."""
    try:
        with in_words(request.target.host):
            return await Exchange(stream, request, caps).run()
    finally:
        stream[1].transport.abort()


@contextmanager
def in_words(host: str) -> Generator[None]:
    """What goes wrong on a connection, as EgressRefused or Unreachable."""
    try:
        yield
    except (h11.LocalProtocolError, UnicodeEncodeError):
        raise EgressRefused("These headers cannot be sent: names and values are plain text on one line.") from None
    except h11.RemoteProtocolError as error:
        raise Unreachable(f"{host} did not answer in HTTP that can be read: {error}.") from None
    except OSError:
        raise Unreachable(f"{host} broke the connection off.") from None


class Exchange:
    """One request on its way. `ask`, then `head`, then `pieces`; who uses them closes the connection."""

    def __init__(self, stream: Stream, request: Request, caps: Caps) -> None:
        self._reader, self._writer = stream
        self._request = request
        self._caps = caps
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=caps.header_bytes)

    async def run(self) -> Response:
        await self.ask()
        head = await self.head()
        headers = dict(reversed([(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers]))
        body, cut = await self._body(decoder_of(headers.get("content-encoding", "")))
        return Response(status=head.status_code, headers=headers, body=body, cut=cut)

    async def ask(self) -> None:
        """Send the request."""
        asked = h11.Request(
            method=self._request.method, target=self._request.target.path, headers=list(headers_of(self._request))
        )
        sent = self._http.send(asked) or b""
        if self._request.body:
            sent += self._http.send(h11.Data(data=self._request.body)) or b""
        self._writer.write(sent + (self._http.send(h11.EndOfMessage()) or b""))
        await self._writer.drain()

    async def head(self) -> h11.Response:
        """The answer's status and headers. Raises Unreachable."""
        for _ in range(MOST_INTERIM + 1):
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                break
        raise Unreachable(f"{self._request.target.host} closed the connection without an answer.")

    async def _body(self, decoder: Decoder) -> tuple[bytes, bool]:
        """The body as far as there is room, and whether there was more."""
        room, travelled = self._caps.bytes, 0
        body = bytearray()
        async for data in self.pieces():
            travelled += len(data)
            body += decoder.decode(data, room + 1 - len(body))
            if len(body) > room or travelled > room:
                return bytes(body[:room]), True
        return bytes(body), False

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The body as it comes, undecoded and unbounded."""
        while isinstance(event := await self._event(), h11.Data):
            yield bytes(event.data)

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(CHUNK))
            await asyncio.sleep(0)
        return event
