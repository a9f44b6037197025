"""Who asks is still there, or not: what nobody waits for any more is ended, and a model's call with it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cluster.errors import Temporary

R = TypeVar("R")
Failed = Callable[[Exception], bytes]
"""Says in a stream that has begun why it cannot be finished."""
FIRST_SECONDS = 10.0
"""How long the first word is waited for before the answer begins without it: until then, an error is a status."""
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ClientGone(Temporary):
    """The client did not wait for the answer."""


async def while_here(request: Request, work: Coroutine[Any, Any, R]) -> R:
    """What some work comes to, unless the client goes before. Raises ClientGone then."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(gone(request.receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        await _put_down(working, leaving)


class Streamed(Response):
    """Pieces as they come. When the client goes, or sending fails, their source is closed at once."""

    media_type = "text/event-stream"

    def __init__(
        self, pieces: AsyncGenerator[bytes], *, failed: Failed, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(headers={**HEADERS, **(headers or {})})
        del self.headers["content-length"]
        self._pieces = pieces
        self._failed = failed
        self._first: asyncio.Future[bytes] | None = None
        self._sent_at = 0.0

    async def begun(self, request: Request) -> "Streamed":
        """This, once its first piece is there, or is long in coming. Raises what it fails with before that."""
        first = self._first = asyncio.ensure_future(anext(self._pieces, b""))
        leaving = asyncio.ensure_future(gone(request.receive))
        try:
            await asyncio.wait({first, leaving}, timeout=FIRST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if first.done():
                first.result()
            elif leaving.done():
                raise ClientGone
        except BaseException:
            await self._close()
            raise
        finally:
            await _put_down(leaving)
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it."""
        tasks = [asyncio.ensure_future(work) for work in (self._send(send), self._beat(send), gone(receive))]
        sending, _, leaving = tasks
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            await _put_down(*tasks)
            await self._close()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            if self._first is not None:
                await self._piece(send, await self._first)
            async for piece in self._pieces:
                await self._piece(send, piece)
        except OSError:  # the client does not take it any more
            raise
        except Exception as error:
            await self._piece(send, self._failed(error))
        self._sent_at = float("inf")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _piece(self, send: Send, piece: bytes) -> None:
        self._sent_at = asyncio.get_running_loop().time()
        await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _beat(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        self._sent_at = loop.time()
        while (due := self._sent_at + HEARTBEAT_SECONDS) != float("inf"):
            await asyncio.sleep(max(0.0, due - loop.time()))
            if loop.time() >= self._sent_at + HEARTBEAT_SECONDS:
                await self._piece(send, HEARTBEAT)

    async def _close(self) -> None:
        if self._first is not None:
            await _put_down(self._first)
        await self._pieces.aclose()


async def gone(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _put_down(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            task.result()
