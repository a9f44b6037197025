"""What goes out through the guard, and what does not: with attacks by resolvers, servers and redirects."""

import asyncio
import gzip
import ssl
import time
import zlib
from collections.abc import Sequence

import pytest

from sandbox.egress.decoding import decoder_of
from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.exchange import Caps, Request
from sandbox.egress.fetch import Fetched, fetch
from sandbox.egress.guard import Guard, dial
from sandbox.egress.targets import target_of
from tests.sandbox.egress.conftest import Inner
from tests.sandbox.internet import PUBLIC, Internet, answer

OTHER = "93.184.215.15"
SMALL = Caps(seconds=5, bytes=100_000)


async def get(internet: Internet, url: str, caps: Caps = SMALL) -> Fetched:
    return await fetch(internet.guard(), Request(target=target_of(url)), caps)


async def test_a_page_comes_through(internet: Internet):
    await internet.site("example.org", {"/": answer(b"hello")})
    fetched = await get(internet, "http://example.org/?q=1")
    assert (fetched.status, fetched.body, fetched.cut, fetched.content_type) == (200, b"hello", False, "text/html")
    assert b"GET /?q=1 HTTP/1.1\r\nhost: example.org\r\n" in internet.asked[0]


async def test_a_name_that_answers_differently_the_second_time_is_asked_only_once(internet: Internet, inner: Inner):
    internet.name("rebind.org", [PUBLIC], ["127.0.0.1"])
    await internet.site("rebind.org", {"/": answer(b"public")})
    assert (await get(internet, "http://rebind.org/")).body == b"public"
    assert internet.resolved == ["rebind.org"]
    assert internet.dialled == [(PUBLIC, 80)]
    with pytest.raises(EgressRefused):
        await get(internet, "http://rebind.org/")
    assert inner.reached == 0


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1", PUBLIC], ["169.254.169.254"], ["::ffff:127.0.0.1"]]
)
async def test_a_name_with_any_private_address_is_refused(addresses: Sequence[str], internet: Internet):
    internet.name("mixed.org", addresses)
    with pytest.raises(EgressRefused, match="not on the public web"):
        await get(internet, "http://mixed.org/")
    assert internet.dialled == []


async def test_an_address_of_this_machine_is_refused_though_it_is_public(internet: Internet):
    await internet.site("example.org", {"/": answer(b"our own")})
    guard = internet.guard()
    ours = Guard(resolve=guard.resolve, dial=guard.dial, own=lambda address: address == PUBLIC)
    with pytest.raises(EgressRefused):
        await fetch(ours, Request(target=target_of("http://example.org/")))


async def test_the_loopback_is_not_reached_by_its_digits(inner: Inner):
    guard = Guard(ports=frozenset({inner.port}))
    for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"):
        with pytest.raises(EgressRefused):
            await fetch(guard, Request(target=target_of(f"http://{host}:{inner.port}/")))
    assert inner.reached == 0


async def test_nothing_is_looked_up_when_a_connection_is_made():
    with pytest.raises(ValueError, match="localhost"):
        await dial("localhost", 80)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8265, 11434])
async def test_only_the_ports_of_the_web_are_asked(port: int, internet: Internet):
    internet.name("example.org", [PUBLIC])
    with pytest.raises(EgressRefused, match="Port"):
        await get(internet, f"http://example.org:{port}/")
    assert internet.resolved == []


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8080/",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://inner.org/",
        "http://example.org:6379/",
        "file:///etc/passwd",
        "http://a:b@example.org/",
    ],
)
async def test_a_redirect_is_checked_like_the_first_request(location: str, internet: Internet):
    internet.name("inner.org", ["192.168.0.7"])
    await internet.site("example.org", {"/": answer(status="302 Found", Location=location)})
    with pytest.raises(EgressRefused):
        await get(internet, "http://example.org/")
    assert internet.dialled == [(PUBLIC, 80)]


async def test_redirects_are_followed_and_counted(internet: Internet):
    pages = {"/": answer(status="301 Moved", Location="/a"), "/a": answer(b"there")}
    await internet.site("example.org", {**pages, "/round": answer(status="302 Found", Location="/round")})
    fetched = await get(internet, "http://example.org/")
    assert (fetched.url, fetched.redirects, fetched.body) == ("http://example.org/a", 1, b"there")
    with pytest.raises(Unreachable, match="more than 5 times"):
        await get(internet, "http://example.org/round")
    assert len(internet.asked) == 2 + 6


async def test_another_origin_hears_nothing_of_the_callers_secrets(internet: Internet):
    await internet.site("example.org", {"/": answer(status="307 Moved", Location="http://other.org/")})
    await internet.site("other.org", {"/": answer(b"there")}, address=OTHER)
    headers = {"Authorization": "Bearer 1", "X-Key": "2", "Cookie": "3", "Accept": "text/html"}
    await fetch(internet.guard(), Request(target=target_of("http://example.org/"), headers=headers))
    assert b"authorization: Bearer 1" in internet.asked[0]
    assert b"accept: text/html" in internet.asked[1]
    assert not any(name in internet.asked[1].lower() for name in (b"authorization", b"x-key", b"cookie"))


async def test_a_body_does_not_follow_to_a_page_that_answers_see_other(internet: Internet):
    await internet.site("example.org", {"/": answer(status="303 See Other", Location="/a"), "/a": answer(b"there")})
    await fetch(internet.guard(), Request(target=target_of("http://example.org/"), method="POST", body=b"data"))
    assert internet.asked[0].startswith(b"POST / ")
    assert internet.asked[0].endswith(b"\r\n\r\ndata")
    assert internet.asked[1].startswith(b"GET /a ")
    assert b"content-length" not in internet.asked[1]


Certificate = tuple[ssl.SSLContext, ssl.SSLContext]


async def test_a_certificate_is_checked_against_the_name(internet: Internet, certificate: Certificate):
    shown, trusting = certificate
    await internet.site("example.org", {"/": answer(b"encrypted")}, port=443, tls=shown)
    internet.name("other.org", [PUBLIC])
    ask = Request(target=target_of("https://example.org/"))
    assert (await fetch(internet.guard(trusting), ask)).body == b"encrypted"
    with pytest.raises(Unreachable, match="certificate"):
        await fetch(internet.guard(), ask)
    with pytest.raises(Unreachable, match="certificate"):
        await fetch(internet.guard(trusting), Request(target=target_of("https://other.org/")))


async def test_a_body_does_not_go_from_https_to_http(internet: Internet, certificate: Certificate):
    shown, trusting = certificate
    moved = answer(status="307 Moved", Location="http://example.org/")
    await internet.site("example.org", {"/": moved}, port=443, tls=shown)
    await internet.site("example.org", {"/": answer(b"plain")})
    ask = Request(target=target_of("https://example.org/"), method="POST", body=b"secret")
    with pytest.raises(EgressRefused, match="without encryption"):
        await fetch(internet.guard(trusting), ask)
    headers = {"Authorization": "Bearer 1"}
    await fetch(internet.guard(trusting), Request(target=target_of("https://example.org/"), headers=headers))
    assert b"authorization" not in internet.asked[-1].lower()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "inner"),
        ("Content-Length", "9"),
        ("transfer-encoding", "chunked"),
        ("Proxy-Authorization", "x"),
        ("X-A", "b\r\nHost: inner"),
        ("X A", "b"),
        ("X-A", "b\0"),
        ("X:A", "ü"),
    ],
)
async def test_a_header_that_changes_the_message_is_refused(name: str, value: str, internet: Internet):
    await internet.site("example.org", {"/": answer(b"hello")})
    with pytest.raises(EgressRefused):
        await fetch(internet.guard(), Request(target=target_of("http://example.org/"), headers={name: value}))
    assert internet.asked == []


async def test_a_body_without_end_is_cut(internet: Internet):
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    internet.name("example.org", [PUBLIC])
    await internet.serve(endless)
    fetched = await get(internet, "http://example.org/")
    assert fetched.cut
    assert len(fetched.body) == SMALL.bytes


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(b"x" * 50_000_000)), ("deflate", zlib.compress(b"x" * 50_000_000))],
    ids=["gzip", "deflate"],
)
async def test_a_bomb_is_not_inflated_beyond_the_cap(encoding: str, packed: bytes, internet: Internet):
    assert len(packed) < SMALL.bytes
    await internet.site("example.org", {"/": answer(packed, Content_Encoding=encoding)})
    fetched = await get(internet, "http://example.org/")
    assert fetched.cut
    assert len(fetched.body) == SMALL.bytes


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_a_bomb_would_become_is_never_made(encoding: str):
    packed = gzip.compress(b"x" * 5_000_000) if encoding == "gzip" else zlib.compress(b"x" * 5_000_000)
    assert len(decoder_of(encoding).decode(packed, 1000)) == 1000


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello" * 1000)),
        ("deflate", zlib.compress(b"hello" * 1000)),
        ("deflate", zlib.compress(b"hello" * 1000)[2:-4]),
    ],
    ids=["gzip", "deflate", "bare"],
)
async def test_a_compressed_page_is_read(encoding: str, packed: bytes, internet: Internet):
    await internet.site("example.org", {"/": answer(packed, Content_Encoding=encoding)})
    assert (await get(internet, "http://example.org/")).body == b"hello" * 1000


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"not gzip at all, this is", Content_Encoding="gzip"),
        answer(b"x", Content_Encoding="br"),
        answer(b"x", Content_Encoding="gzip, gzip"),
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
)
async def test_an_answer_that_cannot_be_read_is_an_error(raw: bytes, internet: Internet):
    await internet.site("example.org", {"/": raw})
    with pytest.raises(Unreachable):
        await get(internet, "http://example.org/")


async def test_somebody_who_answers_one_letter_at_a_time_is_given_up(internet: Internet):
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000:
            writer.write(bytes([letter]))
            await writer.drain()
            await asyncio.sleep(0.05)

    internet.name("example.org", [PUBLIC])
    await internet.serve(slow)
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"longer than 0\.4 seconds"):
        await get(internet, "http://example.org/", Caps(seconds=0.4))
    assert time.monotonic() - began < 4


async def test_the_next_address_is_tried_when_one_does_not_answer(internet: Internet):
    internet.name("example.org", [OTHER, PUBLIC])
    await internet.site("example.org", {"/": answer(b"hello")})
    assert (await get(internet, "http://example.org/")).body == b"hello"
    assert internet.dialled == [(OTHER, 80), (PUBLIC, 80)]


async def test_a_name_that_is_not_there_is_said(internet: Internet):
    with pytest.raises(Unreachable, match="There is no host nobody"):
        await get(internet, "http://nobody.org/")
