"""Searches the web with the engine that the operator chose, each by its own wire."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, cast
from urllib.parse import urlencode, urlsplit

import orjson
from pydantic import Field

from sandbox.egress.exchange import MIB, Caps, Request
from sandbox.egress.fetch import Fetched, fetch
from sandbox.egress.targets import operators_target
from sandbox.egress.web import ProviderName, Web
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.web import read

CAPS = Caps(seconds=20, bytes=2 * MIB, redirects=0)
"""The key goes to the engine and nowhere else, so redirects are not followed."""
MOST = 20
LONGEST_TITLE, LONGEST_TEXT = 300, 1000
ADDRESSES: Mapping[ProviderName, str] = {
    "duckduckgo": "https://html.duckduckgo.com/html/",
    "brave": "https://api.search.brave.com/res/v1/web/search",
    "tavily": "https://api.tavily.com/search",
}
INSTANT = "https://api.duckduckgo.com/"

Found = Sequence[object]


@tool(
    category="web",
    facts=Facts(reads_untrusted=True, exfiltrates=True, idempotent=True, seconds=60),
    example=Example(
        arguments={"query": "what to try things with", "num_results": 3},
        result={
            "query": "what to try things with",
            "provider": "searxng",
            "answer_type": "results",
            "result_count": 1,
            "results": [
                {
                    "type": "result",
                    "title": "Example",
                    "text": "A page to try things with.",
                    "url": "http://example.org/",
                    "source": "example.org",
                }
            ],
        },
    ),
)
async def web_search(
    context: ToolContext,
    *,
    query: Annotated[str, Field(min_length=1, max_length=400), "What to look for"],
    num_results: Annotated[int, Field(ge=1, le=MOST), "How many"] = 5,
) -> dict[str, object]:
    """Search the web: titles, addresses and short texts of pages."""
    provider = context.web.search.provider
    if provider == "off":
        raise ToolFailed("Searching the web is switched off here.")
    kind, found = await PROVIDERS[provider](context, query, num_results)
    results = [told for told in map(_result, found) if told["url"] or told["text"]][:num_results]
    return {
        "query": query,
        "provider": provider,
        "answer_type": kind,
        "result_count": len(results),
        "results": results,
    }


async def _searxng(context: ToolContext, query: str, count: int) -> tuple[str, Found]:
    root = context.web.search.url
    if root is None:
        raise ToolFailed("Searching is not set up: SearXNG needs APEX_SEARCH_URL.")
    asked = urlencode({"q": query, "format": "json"})
    answered = await _json(context.web, f"{root.rstrip('/')}/search?{asked}")
    answers = [_object(answer) or {"answer": answer} for answer in _list(answered, "answers")]
    direct = [{"type": "answer", "text": answer.get("answer"), "url": answer.get("url")} for answer in answers]
    return "results", [*direct, *_list(answered, "results")]


async def _brave(context: ToolContext, query: str, count: int) -> tuple[str, Found]:
    asked = urlencode({"q": query, "count": count, "text_decorations": "false"})
    headers = {"X-Subscription-Token": _key(context.web), "Accept": "application/json"}
    answered = await _json(context.web, f"{_address(context.web)}?{asked}", headers=headers)
    return "results", _list(answered.get("web"), "results")


async def _tavily(context: ToolContext, query: str, count: int) -> tuple[str, Found]:
    headers = {"Authorization": f"Bearer {_key(context.web)}", "Content-Type": "application/json"}
    body = orjson.dumps({"query": query, "max_results": count})
    answered = await _json(context.web, _address(context.web), headers=headers, body=body)
    answer = [{"type": "answer", "text": answered["answer"]}] if answered.get("answer") else []
    return "results", [*answer, *_list(answered, "results")]


async def _duckduckgo(context: ToolContext, query: str, count: int) -> tuple[str, Found]:
    """Its page for browsers without scripts; where that shows nothing, its instant answers."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await _ask(context.web, _address(context.web), headers=headers, body=urlencode({"q": query}).encode())
    if page.status == 200:
        found = await read(context, "results", page.body, limit=count)
        if found:
            return "results", found
    asked = urlencode({"q": query, "format": "json", "no_html": 1, "skip_disambig": 1})
    answered = await _json(context.web, f"{_instant(context.web)}?{asked}")
    return "instant_answer", list(_instant_answers(answered))


def _instant_answers(answered: Mapping[str, object]) -> Found:
    found: list[object] = []
    for kind, text, url in (("answer", "Answer", ""), ("abstract", "AbstractText", "AbstractURL")):
        if answered.get(text):
            title = answered.get("Heading")
            found.append({"type": kind, "title": title, "text": answered[text], "url": answered.get(url)})
    for topic in map(_object, _list(answered, "RelatedTopics")):
        found.append({"type": "related", "text": topic.get("Text"), "url": topic.get("FirstURL")})
    return found


Provider = Callable[[ToolContext, str, int], Awaitable[tuple[str, Found]]]
PROVIDERS: Mapping[ProviderName, Provider] = {
    "searxng": _searxng,
    "brave": _brave,
    "tavily": _tavily,
    "duckduckgo": _duckduckgo,
}


async def _ask(web: Web, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Fetched:
    request = Request(target=operators_target(url), method="POST" if body else "GET", headers=headers or {}, body=body)
    return await fetch(web.search_guard, request, CAPS)


async def _json(
    web: Web, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Mapping[str, object]:
    fetched = await _ask(web, url, headers=headers, body=body)
    if fetched.status in (401, 403):
        raise ToolFailed("The search engine does not accept this instance's key or address.")
    if fetched.status == 429:
        raise ToolFailed("The search engine has had enough questions for now; try again later.")
    try:
        answered: object = orjson.loads(fetched.body)
    except orjson.JSONDecodeError:
        answered = None
    if not 200 <= fetched.status < 300 or not isinstance(answered, dict):
        raise ToolFailed(f"The search engine gave no results (status {fetched.status}).")
    return cast("Mapping[str, object]", answered)


def _address(web: Web) -> str:
    return web.search.url or ADDRESSES[web.search.provider]


def _instant(web: Web) -> str:
    return web.search.url or INSTANT


def _key(web: Web) -> str:
    if web.search.key is None:
        raise ToolFailed(f"Searching is not set up: {web.search.provider} needs APEX_SEARCH_KEY.")
    return web.search.key


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _list(answered: object, name: str) -> list[object]:
    """The list under a name, empty if there is none."""
    found = _object(answered).get(name)
    return cast("list[object]", found) if isinstance(found, list) else []


def _result(found: object) -> Mapping[str, str]:
    """One result in one shape, whatever the engine calls its parts."""
    said = _object(found)
    url = _text(said, "url")
    return {
        "type": _text(said, "type") if said.get("type") in ("answer", "abstract", "related") else "result",
        "title": _text(said, "title")[:LONGEST_TITLE],
        "text": _text(said, "text", "content", "description")[:LONGEST_TEXT],
        "url": url if url.startswith(("http://", "https://")) else "",
        "source": _host(url),
    }


def _text(said: Mapping[str, object], *names: str) -> str:
    return next((" ".join(value.split()) for name in names if isinstance(value := said.get(name), str)), "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
