"""Runs Chromium in a jail: its commands come and go by one socket, its requests leave by another.

Chromium takes a proxy's address only as host and port, so one is offered on the jail's own loopback.
"""

import asyncio
import base64
import fcntl
import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

DRIVER, WEB = "/run/driver.sock", "/run/web.sock"
PROXY_PORT = 3128
UPLOADS = Path("/tmp/uploads")
CHUNK, LARGEST = 64 * 1024, 128 * 1024 * 1024
HIGH = 64
TO_CHROMIUM, FROM_CHROMIUM = 3, 4
"""Where Chromium reads commands and writes answers when it is driven by pipes."""


def serve(command: Sequence[str]) -> None:
    """Run Chromium until it ends or nobody drives it any more."""
    UPLOADS.mkdir(exist_ok=True)
    (commands_in, commands_out), (answers_in, answers_out) = _pipe(), _pipe()
    os.dup2(commands_in, TO_CHROMIUM)
    os.dup2(answers_out, FROM_CHROMIUM)
    chromium = subprocess.Popen(
        command, pass_fds=(TO_CHROMIUM, FROM_CHROMIUM), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for ours in (commands_in, answers_out, TO_CHROMIUM, FROM_CHROMIUM):
        os.close(ours)
    try:
        asyncio.run(_serve(commands_out, answers_in))
    finally:
        chromium.kill()
        os._exit(0)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are out of the way of Chromium's."""
    ends = os.pipe()
    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, HIGH) for end in ends)
    for end in ends:
        os.close(end)
    return reading, writing


async def _serve(commands: int, answers: int) -> None:
    proxy = await asyncio.start_server(_pass_on, "127.0.0.1", PROXY_PORT)
    driver = await asyncio.open_unix_connection(DRIVER, limit=LARGEST)
    ways = [asyncio.create_task(_commands(driver, commands)), asyncio.create_task(_answers(answers, driver[1]))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    proxy.close()


async def _commands(driver: tuple[asyncio.StreamReader, asyncio.StreamWriter], pipe: int) -> None:
    """What the driver says, to Chromium; but for files, which it hands to us."""
    loop = asyncio.get_running_loop()
    while frame := await driver[0].readuntil(b"\0"):
        if frame.startswith(b'{"put":'):
            given = json.loads(frame[:-1])["put"]
            (UPLOADS / os.path.basename(given["name"])).write_bytes(base64.b64decode(given["content"]))
            driver[1].write(json.dumps({"id": given["id"], "result": {}}).encode() + b"\0")
        else:
            await loop.run_in_executor(None, _write, pipe, frame)


def _write(pipe: int, frame: bytes) -> None:
    while frame:
        frame = frame[os.write(pipe, frame) :]


async def _answers(pipe: int, driver: asyncio.StreamWriter) -> None:
    reader = asyncio.StreamReader(limit=LARGEST)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    # Whole frames only: our own answers go between them.
    with suppress(asyncio.IncompleteReadError):
        while True:
            driver.write(await reader.readuntil(b"\0"))
            await driver.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        out_reader, out_writer = await asyncio.open_unix_connection(WEB)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(_copy(reader, out_writer), _copy(out_reader, writer))
    except OSError:
        pass
    finally:
        writer.close()
        out_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
