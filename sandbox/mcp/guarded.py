"""The way to an MCP server on the web for the `mcp` package's client: each of its requests goes through the guard.

A request has a connection of its own, and all requests of one conversation with a server have a common bound of bytes,
since an event stream has no length.
"""

from collections.abc import AsyncGenerator

import h11
import httpx2

from sandbox.egress.decoding import Decoder, decoder_of
from sandbox.egress.errors import Unreachable
from sandbox.egress.exchange import MIB, OURS, Caps, Exchange, Request, in_words
from sandbox.egress.guard import Guard, Stream
from sandbox.egress.targets import Target, operators_target, target_of
from sandbox.errors import ToolFailed

MOST_BYTES = 4 * MIB
MOST_REQUESTS = 60
CAPS = Caps()
DECODED = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""Headers that are not true any more of a body that was read."""


def target_for(guard: Guard, url: str) -> Target:
    """Where a server is asked. Raises EgressRefused for what is neither on the public web nor vouched for."""
    named = operators_target(url)
    return named if named.origin in guard.vouched_for else target_of(url)


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests through a guard. `why` is what went wrong first, in words for a model."""

    def __init__(self, guard: Guard) -> None:
        self.why: ToolFailed | None = None
        self.status = 200
        """What the server answered last."""
        self._guard = guard
        self._bytes, self._requests = MOST_BYTES, MOST_REQUESTS

    @property
    def room(self) -> int:
        """How many bytes may still come."""
        return self._bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See `AsyncBaseTransport`. Raises ConnectError where the guard refuses or nobody answers."""
        try:
            return await self._answered(request)
        except ToolFailed as failed:
            raise self.lost(failed) from failed

    def lost(self, failed: ToolFailed) -> httpx2.ConnectError:
        """Note why, and what the client is told of it."""
        self.why = self.why or failed
        return httpx2.ConnectError(str(failed))

    def take(self, count: int) -> None:
        """Count what came. Raises Unreachable when it is too much."""
        self._bytes -= count
        if self._bytes <= 0:
            raise Unreachable(f"The server said more than {MOST_BYTES // MIB} MiB.")

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        self._requests -= 1
        if self._requests < 0:
            raise Unreachable("The server led from one request to the next without an end.")
        headers = {name: value for name, value in request.headers.items() if name not in OURS}
        target = target_for(self._guard, str(request.url))
        asked = Request(target=target, method=request.method, headers=headers, body=await request.aread())
        body = _Body(self, await self._guard.connect(target), asked)
        try:
            head = await body.head()
        except BaseException:
            await body.aclose()
            raise
        self.status = head.status_code
        told = [(name, value) for name, value in head.headers if name not in DECODED]
        return httpx2.Response(head.status_code, headers=told, stream=body)


class _Body(httpx2.AsyncByteStream):
    """What a server answers, as it comes."""

    def __init__(self, transport: GuardedTransport, stream: Stream, asked: Request) -> None:
        self._transport = transport
        self._stream = stream
        self._host = asked.target.host
        self._exchange = Exchange(stream, asked, CAPS)
        self._decoder: Decoder = decoder_of("")

    async def head(self) -> h11.Response:
        """Ask; answers the status and the headers. Raises EgressRefused or Unreachable."""
        with in_words(self._host):
            await self._exchange.ask()
            head = await self._exchange.head()
        encoding = dict(head.headers).get(b"content-encoding", b"")
        self._decoder = decoder_of(encoding.decode("latin-1"))
        return head

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            with in_words(self._host):
                async for data in self._exchange.pieces():
                    plain = self._decoder.decode(data, self._transport.room)
                    self._transport.take(max(len(plain), len(data)))
                    yield plain
        except ToolFailed as failed:
            raise self._transport.lost(failed) from failed
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        self._stream[1].transport.abort()
