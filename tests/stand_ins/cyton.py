"""A Cyton: it says who it is when it is reset, and sends samples between `b` and `s`, faster than a real one."""

import asyncio
import math
import os
import tty
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

HELLO = b"OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\nFirmware: v3.1.2\r\n$$$"
COUNT = 4.5 / 24 / (2**23 - 1) * 1e6
Send = Callable[[bytes], Awaitable[None]]


def packet(number: int, microvolts: tuple[float, ...]) -> bytes:
    """A sample as the board sends it."""
    counts = b"".join(round(value / COUNT).to_bytes(3, "big", signed=True) for value in microvolts)
    return bytes([0xA0, number % 256]) + counts + bytes(6) + bytes([0xC0])


def wave(number: int) -> tuple[float, ...]:
    """Alpha, twice as strong at the second electrode as at the first; some beta."""
    moment = number / 250
    alpha, beta = math.sin(2 * math.pi * 10 * moment), math.sin(2 * math.pi * 20 * moment)
    return tuple((20.0 if channel == 1 else 10.0) * alpha + 5 * beta for channel in range(8))


class Cyton:
    """`heard` are the commands; `gone` is set when a connection ends. As a context, it has a pseudo terminal, too."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.silent = False
        self.gone = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._main, self._end = -1, -1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Be there for one connection."""

        async def send(what: bytes) -> None:
            writer.write(what)
            await writer.drain()

        try:
            while command := await reader.read(64):
                await self.hear(command, send)
        except ConnectionError:
            pass
        finally:
            self._stop()
            writer.transport.abort()
            self.gone.set()

    async def hear(self, commands: bytes, send: Send) -> None:
        """Do what is commanded."""
        self.heard += commands
        for command in commands if not self.silent else b"":
            if command in b"vs":
                self._stop()
            if command == ord("v"):
                await send(HELLO)
            if command == ord("b"):
                self._sending = asyncio.create_task(self._send(send))

    async def _send(self, send: Send) -> None:
        number = 0
        while True:
            await send(b"".join(packet(at, wave(at)) for at in range(number, number + 25)))
            number += 25
            await asyncio.sleep(0.005)

    def _stop(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    async def __aenter__(self) -> Self:
        self._main, self._end = os.openpty()
        tty.setraw(self._main)
        os.set_blocking(self._main, False)
        self._loop, self._tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        self._loop.add_reader(self._main, self._came)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._loop.remove_reader(self._main)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        os.close(self._main)
        os.close(self._end)

    @property
    def port(self) -> str:
        """The path of the pseudo terminal."""
        return os.ttyname(self._end)

    def _came(self) -> None:
        async def send(what: bytes) -> None:
            try:
                os.write(self._main, what)
            except BlockingIOError:
                await asyncio.sleep(0.01)

        self._tasks.add(asyncio.create_task(self.hear(os.read(self._main, 64), send)))
