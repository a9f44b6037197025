"""The guard as a proxy on a socket: what a jail could send through it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.egress.proxy import Proxy, ProxyCaps
from tests.sandbox.egress.conftest import Inner
from tests.sandbox.internet import PUBLIC, Internet, answer


@pytest.fixture
async def proxy(internet: Internet, tmp_path: Path) -> AsyncGenerator[Proxy]:
    """With room for a little."""
    caps = ProxyCaps(bytes=200_000, at_once=3, connections=10, idle_seconds=0.5)
    async with Proxy(internet.guard(), tmp_path / "p", caps) as proxy:
        yield proxy


async def said(tmp_path: Path, *words: bytes) -> bytes:
    """What comes back until the end."""
    reader, writer = await asyncio.open_unix_connection(tmp_path / "p")
    try:
        for word in words:
            writer.write(word)
        async with asyncio.timeout(10):
            return await reader.read(-1)
    except ConnectionResetError:
        return b""
    finally:
        writer.transport.abort()


async def test_a_plain_request_goes_to_the_checked_address(internet: Internet, proxy: Proxy, tmp_path: Path):
    await internet.site("example.org", {"/a": answer(b"hello")})
    asked = b"GET http://example.org/a?b HTTP/1.1\r\nHost: inner\r\nProxy-Connection: x\r\nAccept: y\r\n\r\n"
    assert (await said(tmp_path, asked)).endswith(b"\r\n\r\nhello")
    assert internet.asked == [
        b"GET /a?b HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\nAccept: y\r\n\r\n",
    ]


async def test_a_tunnel_goes_to_the_checked_address(internet: Internet, proxy: Proxy, tmp_path: Path):
    await internet.site("example.org", {"/": answer(b"hello")}, port=443)
    through = await said(tmp_path, b"CONNECT example.org:443 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n")
    assert through.startswith(b"HTTP/1.1 200 ")
    assert through.endswith(b"hello")
    assert internet.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "asked",
    [
        b"CONNECT 127.0.0.1:443 HTTP/1.1",
        b"CONNECT 169.254.169.254:80 HTTP/1.1",
        b"CONNECT [::1]:443 HTTP/1.1",
        b"CONNECT 0x7f.1:443 HTTP/1.1",
        b"CONNECT inner.org:443 HTTP/1.1",
        b"CONNECT example.org:5432 HTTP/1.1",
        b"CONNECT example.org:443/../ HTTP/1.1",
        b"CONNECT a@example.org:443 HTTP/1.1",
        b"GET http://127.0.0.1/ HTTP/1.1",
        b"GET http://inner.org/ HTTP/1.1",
        b"GET https://example.org/ HTTP/1.1",
        b"GET /etc/passwd HTTP/1.1",
        b"GET file:///etc/passwd HTTP/1.1",
        b"GET  http://example.org/ HTTP/1.1",
        b"GET http://example.org/ HTTP/1.1\r\nno header",
        b"GET http://example.org/ HTTP/1.1\r\nA: b\nHost: inner",
        b"nonsense",
    ],
)
async def test_what_the_guard_refuses_is_refused(asked: bytes, internet: Internet, proxy: Proxy, tmp_path: Path):
    internet.name("inner.org", ["10.0.0.1"])
    await internet.site("example.org", {"/": answer(b"hello")})
    assert (await said(tmp_path, asked + b"\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
    assert internet.dialled == []
    assert len(proxy.refused) == 1


async def test_a_tunnel_by_a_name_that_changes_goes_nowhere_else(
    internet: Internet, proxy: Proxy, inner: Inner, tmp_path: Path
):
    internet.name("rebind.org", [PUBLIC], ["127.0.0.1"])
    await internet.site("rebind.org", {"/": answer(b"public")}, port=443)
    asked = b"CONNECT rebind.org:443 HTTP/1.1\r\n\r\n"
    assert b"public" in await said(tmp_path, asked, b"GET / HTTP/1.1\r\n\r\n")
    assert (await said(tmp_path, asked)).startswith(b"HTTP/1.1 403 ")
    assert internet.dialled == [(PUBLIC, 443)]
    assert inner.reached == 0


async def test_a_proxy_passes_on_only_so_much(internet: Internet, proxy: Proxy, tmp_path: Path):
    await internet.site("example.org", {"/": answer(b"x" * 500_000)})
    through = await said(tmp_path, b"GET http://example.org/ HTTP/1.1\r\n\r\n")
    assert len(through) < 500_000
    assert proxy.bytes_left <= 0
    assert await said(tmp_path, b"GET http://example.org/ HTTP/1.1\r\n\r\n") == b""


async def test_a_head_without_end_is_not_kept(proxy: Proxy, tmp_path: Path):
    assert await said(tmp_path, b"GET http://example.org/ HTTP/1.1\r\nA: " + b"b" * 200_000) == b""


async def test_only_so_many_connections_are_open_at_once(internet: Internet, proxy: Proxy, tmp_path: Path):
    waiting = [await asyncio.open_unix_connection(tmp_path / "p") for _ in range(3)]
    for _, writer in waiting:
        writer.write(b"GET")
    assert await said(tmp_path, b"GET http://example.org/ HTTP/1.1\r\n\r\n") == b""
    for _, writer in waiting:
        writer.transport.abort()


async def test_a_tunnel_that_is_silent_is_closed(internet: Internet, proxy: Proxy, tmp_path: Path):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    internet.name("example.org", [PUBLIC])
    await internet.serve(silent, port=443)
    through = await said(tmp_path, b"CONNECT example.org:443 HTTP/1.1\r\n\r\n")
    assert through == b"HTTP/1.1 200 Connection established\r\n\r\n"


async def test_nobody_gets_through_when_it_is_closed(internet: Internet, tmp_path: Path):
    await internet.site("example.org", {"/": answer(b"hello")}, port=443)
    async with Proxy(internet.guard(), tmp_path / "p"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "p")
        writer.write(b"CONNECT example.org:443 HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.transport.abort()
    assert not (tmp_path / "p").exists()
