"""Searching by each engine's own wire, spoken by loopback servers in their place."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest

from sandbox.egress.errors import EgressRefused
from sandbox.egress.web import ProviderName, Search, Web
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext
from sandbox.tools import web_search as module
from sandbox.tools.web import web_fetch
from sandbox.tools.web_search import web_search
from tests.sandbox.internet import Internet, answer

ENGINE = "10.1.2.3"
RESULT = {"type": "result", "title": "T", "text": "about it", "url": "https://a.org/x", "source": "a.org"}


@pytest.fixture
async def internet() -> AsyncGenerator[Internet]:
    """With nobody in it."""
    async with Internet() as internet:
        yield internet


async def search(
    context: ToolContext,
    internet: Internet,
    provider: str,
    pages: Mapping[str, bytes],
    *,
    key: str | None = None,
    path: str = "",
) -> Mapping[str, Any]:
    """What a search finds when the engine is a server in the operator's own network."""
    await internet.site("engine", pages, address=ENGINE, port=9000)
    chosen = Search(provider=cast("ProviderName", provider), url=f"http://engine:9000{path}", key=key)
    web = Web(guard=internet.guard(), search=chosen)
    return cast("Mapping[str, Any]", await web_search.run(replace(context, web=web), {"query": "a b&c"}))


def said(value: object, status: str = "200 OK") -> bytes:
    return answer(orjson.dumps(value), kind="application/json", status=status)


async def test_searxng(context: ToolContext, internet: Internet):
    page = {"results": [{"title": "T", "url": "https://a.org/x", "content": "about\n it"}], "answers": ["42"]}
    told = await search(context, internet, "searxng", {"/search": said(page)})
    assert b"GET /search?q=a+b%26c&format=json HTTP/1.1" in internet.asked[0]
    assert told["results"] == [{"type": "answer", "title": "", "text": "42", "url": "", "source": ""}, RESULT]
    assert (told["result_count"], told["provider"], told["answer_type"]) == (2, "searxng", "results")


async def test_brave(context: ToolContext, internet: Internet):
    page = {"web": {"results": [{"title": "T", "url": "https://a.org/x", "description": "about it"}]}}
    told = await search(context, internet, "brave", {"/v1": said(page)}, key="the-key", path="/v1")
    assert internet.asked[0].startswith(b"GET /v1?q=a+b%26c&count=5&")
    assert b"x-subscription-token: the-key\r\n" in internet.asked[0]
    assert told["results"] == [RESULT]


async def test_tavily(context: ToolContext, internet: Internet):
    page = {"answer": None, "results": [{"title": "T", "url": "https://a.org/x", "content": "about it", "score": 1}]}
    told = await search(context, internet, "tavily", {"/search": said(page)}, key="the-key", path="/search")
    head, _, body = internet.asked[0].partition(b"\r\n\r\n")
    assert b"authorization: Bearer the-key" in head
    assert orjson.loads(body) == {"query": "a b&c", "max_results": 5}
    assert told["results"] == [RESULT]


async def test_duckduckgo(context: ToolContext, internet: Internet):
    page = b"""<div class="result result--ad"><a class="result__a" href="https://duckduckgo.com/y.js?ad">Ad</a></div>
    <div class="result"><h2><a class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fa.org%2Fx&amp;rut=1">T</a>
    </h2><a class="result__snippet" href="#">about <b>it</b></a></div>"""
    told = await search(context, internet, "duckduckgo", {"/": answer(page)})
    assert internet.asked[0].endswith(b"\r\n\r\nq=a+b%26c")
    assert told["results"] == [RESULT]


async def test_duckduckgo_answers_at_once_where_it_lists_nothing(context: ToolContext, internet: Internet):
    page: dict[str, object] = {
        "Heading": "T",
        "AbstractText": "about it",
        "AbstractURL": "https://a.org/x",
        "RelatedTopics": [{"Text": "more", "FirstURL": "https://b.org/"}, {"Name": "Group", "Topics": []}],
    }
    told = await search(context, internet, "duckduckgo", {"/": said(page)})
    assert told["answer_type"] == "instant_answer"
    assert told["results"] == [
        {**RESULT, "type": "abstract"},
        {"type": "related", "title": "", "text": "more", "url": "https://b.org/", "source": "b.org"},
    ]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (said({}, "401 No"), "does not accept"),
        (said({}, "429 Slowly"), "try again later"),
        (said({}, "500 Broken"), "status 500"),
        (answer(b"<html>"), "no results"),
        (said([1]), "no results"),
        (answer(status="302 Found", Location="http://example.org/"), "redirects"),
    ],
)
async def test_an_engine_that_does_not_answer_says_why(raw: bytes, why: str, context: ToolContext, internet: Internet):
    with pytest.raises(ToolFailed, match=why):
        await search(context, internet, "searxng", {"/search": raw})


@pytest.mark.parametrize(
    "page", [{}, {"results": "x"}, {"results": [1, None, {"url": 5}]}, {"results": [{"url": "x"}]}]
)
async def test_strange_answers_hold_no_results(page: object, context: ToolContext, internet: Internet):
    told = await search(context, internet, "searxng", {"/search": said(page)})
    assert told["results"] == []


@pytest.mark.parametrize(
    ("provider", "why"), [("brave", "APEX_SEARCH_KEY"), ("searxng", "APEX_SEARCH_URL"), ("off", "switched off")]
)
async def test_what_is_not_set_up_says_what_is_missing(provider: Any, why: str, context: ToolContext):
    web = Web(search=Search(provider=provider))
    with pytest.raises(ToolFailed, match=why):
        await web_search.run(replace(context, web=web), {"query": "a"})


async def test_the_operators_engine_is_open_to_searches_only(context: ToolContext, internet: Internet):
    await internet.site("engine.org", {"/search": said({"results": []}), "/": answer(b"inside")}, address=ENGINE)
    web = Web(guard=internet.guard(), search=Search(provider="searxng", url="http://engine.org"))
    online = replace(context, web=web)
    await web_search.run(online, {"query": "a"})
    with pytest.raises(EgressRefused):
        await web_fetch.run(online, {"url": "http://engine.org/"})


def test_a_key_is_not_shown():
    assert "secret" not in repr(Web(search=Search(provider="brave", key="secret")))


def test_every_engine_is_there():
    assert {*module.PROVIDERS, "off"} == {"duckduckgo", "searxng", "brave", "tavily", "off"}
