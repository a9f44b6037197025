"""The bytes of an OpenBCI Cyton: 33 a sample, 250 samples a second, 24 bits for each of 8 electrodes."""

import asyncio
import math
import os
import termios
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from cluster.errors import Unavailable
from sandbox.errors import ToolFailed

RATE, CHANNELS, PACKET = 250, 8, 33
FIRST_BYTE, LAST_BYTES = 0xA0, range(0xC0, 0xD0)
MICROVOLTS = 4.5 / 24 / (2**23 - 1) * 1e6
"""Of one count, at the gain of 24 that a board begins with."""
RESET, START, STOP = b"v", b"b", b"s"
READY = b"$$$"
OPEN_SECONDS = 8.0
CHUNK = 4096

Sample = tuple[float, ...]
"""Microvolts at each electrode."""


def samples(buffer: bytearray) -> Iterator[Sample]:
    """Take whole samples off the front; what is no sample is passed over, until the next one begins."""
    while len(buffer) >= PACKET:
        if buffer[0] != FIRST_BYTE or buffer[PACKET - 1] not in LAST_BYTES:
            following = buffer.find(FIRST_BYTE, 1)
            del buffer[: following if following > 0 else len(buffer)]
            continue
        counts = [int.from_bytes(buffer[at : at + 3], "big", signed=True) for at in range(2, 26, 3)]
        del buffer[:PACKET]
        yield tuple(count * MICROVOLTS for count in counts)


@dataclass(frozen=True)
class Line:
    """The way to a board: what comes from it, how to send it a command, how to let go of it."""

    reader: asyncio.StreamReader
    write: Callable[[bytes], object]
    close: Callable[[], None]

    async def read(self) -> bytes:
        """What has come. Raises Unavailable at the end."""
        got = await self.reader.read(CHUNK)
        if not got:
            raise Unavailable("The board is gone.")
        return got


async def opened(port: str) -> tuple[Line, str]:
    """A board that is ready, and what it says of itself. Raises ToolFailed."""
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            line = await (_network(port) if port.startswith("tcp://") else _serial(port))
            try:
                line.write(STOP)
                line.write(RESET)
                said = b""
                while READY not in said:
                    said = (said + await line.read())[-CHUNK:]
            except BaseException:
                line.close()
                raise
    except TimeoutError:
        raise ToolFailed("The board does not answer; is it switched on?") from None
    except (OSError, termios.error, Unavailable) as error:
        raise ToolFailed(f"The board cannot be reached: {error}") from None
    lines = [row.strip() for row in said.partition(READY)[0].decode("ascii", "replace").splitlines()]
    return line, next((row for row in lines if row.isprintable() and "OpenBCI" in row), "OpenBCI board")[:100]


async def _network(port: str) -> Line:
    where = urlsplit(port)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    return Line(reader, writer.write, writer.transport.abort)


async def _serial(port: str) -> Line:
    """A serial port at 115,200 baud, with nothing changed on the way."""
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(descriptor)
        settings = termios.tcgetattr(descriptor)
        settings[4] = settings[5] = termios.B115200
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        file = os.fdopen(descriptor, "rb", 0)
    except BaseException:
        os.close(descriptor)
        raise
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
    return Line(reader, lambda command: os.write(descriptor, command), transport.close)


def synthetic(number: int) -> Sample:
    """A made-up signal: alpha at 10 Hz, stronger at the back, some beta at 20 Hz."""
    moment = number / RATE
    return tuple(
        (10 + 2 * channel) * math.sin(2 * math.pi * 10 * moment) + 6 * math.sin(2 * math.pi * 20 * moment + channel)
        for channel in range(CHANNELS)
    )
