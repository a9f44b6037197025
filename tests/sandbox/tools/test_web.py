"""Tools that ask the web: what they make of pages, and what they refuse."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from cluster.errors import Invalid
from sandbox.egress.errors import EgressRefused
from sandbox.egress.web import Web
from sandbox.errors import ToolFailed
from sandbox.tool import Tool, ToolContext
from sandbox.tools.web import web_download, web_extract_links, web_feed, web_fetch
from tests.sandbox.internet import Internet, answer
from tests.sandbox.memory_files import MemoryFiles


@pytest.fixture
async def internet() -> AsyncGenerator[Internet]:
    """With nobody in it."""
    async with Internet() as internet:
        yield internet


@pytest.fixture
def online(context: ToolContext, internet: Internet) -> ToolContext:
    """Some user, before that internet."""
    return replace(context, web=Web(guard=internet.guard()))


async def run(tool: Tool, context: ToolContext, **arguments: Any) -> Mapping[str, Any]:
    return orjson.loads(orjson.dumps(await tool.run(context, {"url": "http://example.org/", **arguments})))


async def test_a_page_becomes_text_that_can_be_read(online: ToolContext, internet: Internet):
    page = """<html><head><title>A  title</title><meta name=description content="About it"><style>p{}</style></head>
    <body><nav><a href=x>Menu</a></nav><h2>Heading</h2><p>Some <b>bold</b> and
    <i>slanted</i>\n words.</p><ul><li>one<li>two</ul><pre>a  b\n c</pre><table><tr><td>x<td>y</table>
    <script>alert(1)</script><footer>imprint</footer>café</body>"""
    await internet.site("example.org", {"/": answer(page.encode("latin-1"), kind="text/html; charset=ISO-8859-1")})
    told = await run(web_fetch, online)
    assert (told["title"], told["description"], told["status_code"]) == ("A title", "About it", 200)
    lines = [line.strip() for line in told["content"].splitlines()]
    assert lines == ["## Heading", "Some bold and slanted words.", "- one", "- two", "a  b", "c", "x", "y", "café"]
    assert told["truncated"] is False


async def test_a_page_may_be_nested_as_deep_as_it_likes(online: ToolContext, internet: Internet):
    await internet.site("example.org", {"/": answer(b"<div>" * 50_000 + b"deep")})
    assert (await run(web_fetch, online))["status_code"] == 200


async def test_a_long_page_is_cut(online: ToolContext, internet: Internet):
    await internet.site("example.org", {"/": answer(b"word " * 100_000, kind="text/plain")})
    told = await run(web_fetch, online, max_length=50_000)
    assert (len(told["content"]), told["truncated"], told["content_length"]) == (40_000, True, 500_000)
    assert len((await run(web_fetch, online, max_length=7))["content"]) == 7


async def test_the_source_of_a_page_can_be_read(online: ToolContext, internet: Internet):
    await internet.site("example.org", {"/": answer(b"<p>hello")})
    assert (await run(web_fetch, online, raw=True))["content"] == "<p>hello"


async def test_an_error_page_is_an_answer(online: ToolContext, internet: Internet):
    await internet.site("example.org", {})
    told = await run(web_fetch, online)
    assert (told["status_code"], told["content"]) == (404, "nothing here")


async def test_data_is_posted(online: ToolContext, internet: Internet):
    await internet.site("example.org", {"/": answer(b'{"a": 1}', kind="application/json")})
    told = await run(web_fetch, online, method="POST", body="ü", headers={"X-Key": "1"})
    assert told["content"] == '{"a": 1}'
    assert internet.asked[0].startswith(b"POST / ")
    assert internet.asked[0].endswith("ü".encode())
    assert b"x-key: 1\r\n" in internet.asked[0]
    with pytest.raises(ToolFailed, match="Only a POST"):
        await run(web_fetch, online, body="x")


async def test_only_the_head_is_asked_for(online: ToolContext, internet: Internet):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n"
    await internet.site("example.org", {"/": head})
    told = await run(web_fetch, online, method="HEAD")
    assert (told["content_type"], told["content_length"], told["content"]) == ("image/png", 5000, "")


async def test_what_is_not_text_is_not_shown(online: ToolContext, internet: Internet):
    await internet.site("example.org", {"/": answer(b"\x89PNG\r\n", kind="image/png")})
    told = await run(web_fetch, online)
    assert (told["content"], told["content_length"]) == ("", 6)
    assert "web_download" in told["note"]


async def test_an_unknown_character_set_does_not_matter(online: ToolContext, internet: Internet):
    for kind in ("text/plain; charset=nonsense", "text/html; charset=nonsense", "text/plain; charset=zip"):
        async with Internet() as other:
            await other.site("example.org", {"/": answer(b"hello", kind=kind)})
            assert (await run(web_fetch, replace(online, web=Web(guard=other.guard()))))["content"] == "hello"


async def test_what_the_guard_refuses_a_tool_refuses(online: ToolContext, internet: Internet):
    internet.name("inner.org", ["10.0.0.1"])
    for url in ("http://127.0.0.1/", "http://inner.org/", "http://169.254.169.254/latest/", "file:///etc/passwd"):
        for tool in (web_fetch, web_extract_links, web_feed):
            with pytest.raises(EgressRefused):
                await run(tool, online, url=url)
        with pytest.raises(EgressRefused):
            await run(web_download, online, url=url, save_to="a")


async def test_without_a_web_of_ones_own_the_guard_is_the_real_one(context: ToolContext):
    with pytest.raises(EgressRefused):
        await run(web_fetch, context, url="http://127.0.0.1:8080/")


async def test_a_download_becomes_a_file(online: ToolContext, internet: Internet, files: MemoryFiles):
    await internet.site("example.org", {"/": answer(b"\x89PNG", kind="image/png")})
    told = await run(web_download, online, save_to="/a//b.png")
    assert told == {"url": "http://example.org/", "path": "a/b.png", "size": 4, "content_type": "image/png"}
    assert files.contents == {"a/b.png": b"\x89PNG"}


async def test_a_download_that_fails_leaves_no_file(online: ToolContext, internet: Internet, files: MemoryFiles):
    await internet.site("example.org", {})
    with pytest.raises(ToolFailed, match="status 404"):
        await run(web_download, online, save_to="a")
    with pytest.raises(Invalid):
        await run(web_download, online, save_to="../a")
    assert files.contents == {}


async def test_links_are_whole_and_each_is_there_once(online: ToolContext, internet: Internet):
    page = b"""<base href="/sub/"><a href="a">A</a><a href="a#x">again</a><a href="//other.org/b?c">B <b>b</b></a>
    <a href="javascript:alert(1)">no</a><a href="mailto:a@b.org">no</a><a href="http://[x">no</a>"""
    await internet.site("example.org", {"/": answer(page)})
    told = await run(web_extract_links, online)
    assert told["links"] == [
        {"url": "http://example.org/sub/a", "text": "A"},
        {"url": "http://other.org/b?c", "text": "B b"},
    ]
    found = await run(web_extract_links, online, contains="OTHER", limit=1)
    assert (len(found["links"]), found["total"]) == (1, 1)


async def test_an_atom_feed_is_read(online: ToolContext, internet: Internet):
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>E</title>
    <link rel="self" href="/no"/><link href="/e"/><updated>2026-11-23T00:00:00Z</updated>
    <summary type="html">&lt;b&gt;s&lt;/b&gt;</summary></entry><entry><title>F</title></entry></feed>"""
    await internet.site("example.org", {"/": answer(feed, kind="application/atom+xml")})
    told = await run(web_feed, online, limit=1)
    entry = {"title": "E", "url": "http://example.org/e", "published": "2026-11-23T00:00:00Z", "summary": "s"}
    assert told == {"title": "T", "entries": [entry], "total": 2}


async def test_a_feed_cannot_read_files_or_grow(online: ToolContext, internet: Internet):
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x" * 10}">' for n in range(10))
    evil = f'<!DOCTYPE rss [{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    feed = f"{evil}<rss><channel><title>&f;&a9;</title><item><title>E</title></item></channel></rss>"
    await internet.site("example.org", {"/": answer(feed.encode())})
    try:
        told = await run(web_feed, online)
    except ToolFailed:
        return
    assert "root:" not in str(told)
    assert len(str(told)) < 1000


async def test_what_is_no_feed_is_refused(online: ToolContext, internet: Internet):
    await internet.site("example.org", {"/": answer(b"<html><p>hello")})
    with pytest.raises(ToolFailed, match="not an RSS"):
        await run(web_feed, online)
