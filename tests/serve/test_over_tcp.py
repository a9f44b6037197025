"""What only shows on a real connection: a refused body's sender hears why."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

MIB = 1024 * 1024
HEAD = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def port(door: FastAPI) -> AsyncIterator[int]:
    """The port of a real server in front of the door."""
    server = uvicorn.Server(uvicorn.Config(door, lifespan="off", log_config=None, ws="none"))
    # It listens already, so whoever connects early waits in its queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await serving


async def send(port: int, *parts: bytes) -> bytes:
    """Send all of it, then read the answer's head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await reader.readuntil(b"}")
    writer.close()
    return answer


async def test_who_sends_20_mib_hears_that_it_is_too_much(port: int):
    answer = await send(port, HEAD + b"Content-Length: %d\r\n\r\n" % (20 * MIB), *[b"x" * MIB] * 20)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


async def test_who_sends_20_mib_without_saying_so_hears_it_too(port: int):
    piece = b"%x\r\n" % MIB + b"x" * MIB + b"\r\n"
    answer = await send(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[piece] * 20, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"urn:apexaurum:problem:too-large" in answer


async def test_an_announced_terabyte_is_refused_before_it_is_sent(port: int):
    answer = await send(port, HEAD + b"Content-Length: 1000000000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
