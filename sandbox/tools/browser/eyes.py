"""What is seen of the page that is worked in, where the browser runs."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from sandbox.errors import ToolFailed
from sandbox.tools.browser import actions, scripts
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.tab import Tab
from sandbox.tools.browser.tabs import go
from sandbox.tools.browser.telling import LONGEST, Told, as_object, bounded, told

TALLEST = 10_000
MOST_ELEMENTS = 100
SILENT_ROLES = {"none", "generic", "InlineTextBox", "ListMarker", "LineBreak"}
VITALS = {"lcp": ("ms", 2500, 4000), "inp": ("ms", 200, 500), "cls": ("", 0.1, 0.25)}
"""Unit, and up to where it is good and not yet poor: https://web.dev/articles/vitals."""

Insight = Literal["all", "lcp", "cls", "inp", "resources"]


async def screenshot(browser: Browser, url: str, selector: str, full_page: bool) -> bytes:
    """A picture of the page, or of an element, as a PNG."""
    if url:
        await go(browser, url)
    tab = browser.tab()
    asked: dict[str, object] = {"format": "png"}
    if selector:
        box = await actions.locate(tab, selector)
        asked["clip"] = {"x": box["left"], "y": box["top"], "width": box["width"], "height": box["height"], "scale": 1}
        asked["captureBeyondViewport"] = True
    elif full_page:
        size = (await tab.act("Page.getLayoutMetrics")).get("cssContentSize", {})
        height = min(float(size.get("height", 0)), TALLEST)
        asked["clip"] = {"x": 0, "y": 0, "width": size.get("width", 0), "height": height, "scale": 1}
        asked["captureBeyondViewport"] = True
    return base64.b64decode(str((await tab.act("Page.captureScreenshot", asked)).get("data", "")))


async def pdf(browser: Browser, url: str) -> tuple[bytes, object]:
    """The page as a PDF, and its address."""
    if url:
        await go(browser, url)
    tab = browser.tab()
    printed = await tab.act("Page.printToPDF", {"printBackground": True})
    return base64.b64decode(str(printed.get("data", ""))), (await told(tab)).get("url")


async def snapshot(browser: Browser) -> Told:
    """Its accessibility tree, and what can be clicked or filled."""
    tab = browser.tab()
    tree: list[Mapping[str, Any]] = (await tab.act("Accessibility.getFullAXTree")).get("nodes", [])
    elements: object = await tab.call(scripts.ELEMENTS, MOST_ELEMENTS)
    return {**await told(tab), "text": bounded(_outline(tree)), "elements": elements}


async def evaluate(browser: Browser, script: str) -> object:
    """The value of a script."""
    return bounded(await browser.tab().evaluate(script))


async def console(browser: Browser, most: int) -> list[Told]:
    """The latest entries of the console."""
    return [{**entry, "text": entry["text"][:300]} for entry in browser.tab().console][-most:]


async def console_entry(browser: Browser, number: int) -> Told:
    """One entry in full. Raises ToolFailed."""
    return _numbered(browser.tab().console, number, "console entry")


async def requests(browser: Browser, most: int) -> list[Told]:
    """The latest requests."""
    return [_brief(request) for request in list(browser.tab().requests.values())[-most:]]


async def request(browser: Browser, number: int) -> Told:
    """One request with its answer. Raises ToolFailed."""
    tab = browser.tab()
    found = _numbered(list(tab.requests.values()), number, "request")
    headers = {name[:100]: str(value)[:500] for name, value in list(as_object(found.get("headers")).items())[:50]}
    return {**_brief(found), "mime": found.get("mime"), "headers": headers, "body": await _body(tab, found)}


async def scrape(browser: Browser, url: str, milliseconds: int) -> Told:
    """The page as it is so long after it has loaded."""
    await go(browser, url)
    tab = browser.tab()
    if milliseconds:
        await tab.evaluate(f"new Promise((done) => setTimeout(done, {milliseconds}))")
    return as_object(await tab.call(scripts.SCRAPE, 50, LONGEST))


async def measure(browser: Browser) -> object:
    """Begin to measure its speed. Answers the page's address."""
    tab = browser.tab()
    tab.measured = None
    await tab.call(scripts.MEASURE)
    return (await told(tab)).get("url")


async def measured(browser: Browser) -> Mapping[str, object]:
    """What was measured."""
    tab = browser.tab()
    tab.measured = await _measured(tab)
    return bounded(tab.measured)


async def judged(browser: Browser, insight: Insight) -> Mapping[str, object]:
    """What was measured, beside the limits of Web Vitals; measures now if nothing was."""
    tab = browser.tab()
    seen = tab.measured or await _measured(tab)
    chosen = tuple(VITALS) if insight == "all" else (insight,)
    data: dict[str, object] = {name: _judged(name, seen.get(name)) for name in chosen if name in VITALS}
    if insight in ("all", "resources"):
        data["resources"] = seen.get("resources")
    return bounded(data)


def _judged(name: str, value: object) -> Mapping[str, object]:
    unit, good, poor = VITALS[name]
    if not isinstance(value, int | float):
        return {"value": None, "unit": unit, "rating": "not seen"}
    rating = "good" if value <= good else "needs improvement" if value <= poor else "poor"
    return {"value": round(value, 3), "unit": unit, "rating": rating}


async def _measured(tab: Tab) -> Mapping[str, object]:
    await tab.call(scripts.MEASURE)
    return as_object(await tab.call(scripts.MEASURED))


def _numbered(entries: Iterable[Mapping[str, Any]], number: int, what: str) -> dict[str, Any]:
    for entry in entries:
        if entry["id"] == number:
            return dict(entry)
    raise ToolFailed(f"There is no {what} {number}.")


def _brief(request: Mapping[str, Any]) -> Told:
    kept = {name: request[name] for name in ("id", "method", "url", "type", "status", "failed") if name in request}
    return {**kept, "url": str(request.get("url"))[:500]}


async def _body(tab: Tab, request: Mapping[str, Any]) -> str:
    try:
        answered = await tab.act("Network.getResponseBody", {"requestId": request["key"]})
    except ToolFailed:
        return ""
    return "(binary)" if answered.get("base64Encoded") else str(bounded(str(answered.get("body", ""))))


def _outline(nodes: list[Mapping[str, Any]]) -> str:
    """The tree as indented lines, without what says nothing."""
    by_id = {node["nodeId"]: node for node in nodes}
    lines: list[str] = []
    pending = [(node, 0) for node in nodes[:1]]
    while pending:
        node, depth = pending.pop()
        role = str(node.get("role", {}).get("value", ""))
        name = " ".join(str(node.get("name", {}).get("value", "")).split())
        shown = not node.get("ignored") and role not in SILENT_ROLES
        if shown:
            value = node.get("value", {}).get("value")
            lines.append(f"{'  ' * min(depth, 20)}{role} {name[:300]!r}{f' = {str(value)[:200]!r}' if value else ''}")
        children = [by_id[child] for child in node.get("childIds", []) if child in by_id]
        pending += [(child, depth + shown) for child in reversed(children)]
    return "\n".join(lines)
