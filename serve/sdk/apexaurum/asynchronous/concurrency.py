"""What differs between waiting in an event loop and waiting in a thread: here, in an event loop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from apexaurum.errors import ConnectionLost

T = TypeVar("T")
AsyncStream = AsyncGenerator[T, None]
AsyncLock = asyncio.Lock
AsyncHttp = httpx.AsyncClient
AsyncSend = Callable[[list[Any], bool], Awaitable[None]]
AsyncInputs = Iterable[Any] | AsyncIterable[Any]
OPEN_SECONDS = 15.0
MOST_AT_ONCE = 500
"""Inputs in one request."""
MOST_WAITING = 2000
_END: Any = object()


async def sleep(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


async def read_file(path: Path) -> bytes:
    """The bytes of a file."""
    return await asyncio.to_thread(path.read_bytes)


async def write_file(path: Path, data: bytes) -> None:
    """Put bytes where a file is, or is to be."""
    await asyncio.to_thread(path.write_bytes, data)


class AsyncSocket:
    """An open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> "AsyncSocket":
        """Raises ConnectionLost."""
        try:
            return cls(await connect(url, open_timeout=OPEN_SECONDS, close_timeout=1, max_size=None))
        except (OSError, TimeoutError, asyncio.TimeoutError, InvalidHandshake, InvalidMessage) as error:
            raise ConnectionLost(f"the socket does not open: {error}") from error

    async def send(self, text: str) -> None:
        """Raises ConnectionLost."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise ConnectionLost(f"the socket was closed: {error}") from error

    async def receive(self, seconds: float) -> str | bytes | None:
        """The next message, or None if none comes in time. Raises ConnectionLost."""
        try:
            return await asyncio.wait_for(self._connection.recv(), seconds)
        except (TimeoutError, asyncio.TimeoutError):
            return None
        except ConnectionClosed as error:
            raise ConnectionLost(f"the socket was closed: {error}") from error

    async def close(self) -> None:
        """Closing what is closed is fine."""
        await self._connection.close()


class AsyncFeeder:
    """Takes inputs as they come, however slowly, and sends on at once what is there."""

    def __init__(self, inputs: AsyncInputs, send: AsyncSend) -> None:
        self._inputs = inputs
        self._send = send
        self._queue: asyncio.Queue[Any] = asyncio.Queue(MOST_WAITING)
        self.error: Exception | None = None
        """What the inputs raised; those before are worked on."""
        self.broken: Exception | None = None
        """Why inputs could not be sent: nothing more will be."""
        self._tasks = [asyncio.create_task(self._pull()), asyncio.create_task(self._pass_on())]

    def stop(self) -> None:
        """Take no more."""
        for task in self._tasks:
            task.cancel()

    async def _pull(self) -> None:
        try:
            if isinstance(self._inputs, AsyncIterable):
                async for each in self._inputs:
                    await self._queue.put(each)
            else:
                iterator = iter(self._inputs)
                while (each := await asyncio.to_thread(next, iterator, _END)) is not _END:
                    await self._queue.put(each)
        except Exception as error:
            self.error = error
        await self._queue.put(_END)

    async def _pass_on(self) -> None:
        ended = False
        try:
            while not ended:
                batch = [await self._queue.get()]
                while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                ended = batch[-1] is _END
                await self._send(batch[:-1] if ended else batch, ended)
        except Exception as error:
            self.broken = error
            self._tasks[0].cancel()
