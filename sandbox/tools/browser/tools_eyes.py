"""Browser tools: look at a page, run a script in it, read its console and its requests."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser import actions, scripts
from sandbox.tools.browser.shared import (
    ACTS,
    KEEPS,
    LONGEST,
    LOOKS,
    OPENED,
    PAGE,
    Number,
    as_object,
    bounded,
    browser_of,
    tab_of,
    told,
)
from sandbox.tools.browser.tab import Tab
from sandbox.tools.browser.tools_tabs import go

TALLEST = 10_000
MOST_ELEMENTS = 100
NOTHING: list[object] = []
SILENT_ROLES = {"none", "generic", "InlineTextBox", "ListMarker", "LineBreak"}
SaveTo = Annotated[str, Field(max_length=500), "Path in your workspace"]
LOGGED = (*OPENED, ("browser_evaluate", {"script": "console.log('seen', 1)"}))


@tool(
    category="browser",
    facts=KEEPS,
    example=Example(
        arguments={"save_to": "seen.png"},
        result={"success": True, "type": "image", "mimeType": "image/png", "path": "seen.png", "size": 9000},
        varies=True,
        after=OPENED,
    ),
)
async def browser_screenshot(
    context: ToolContext,
    *,
    full_page: Annotated[bool, "All of it, not only what fits the window"] = False,
    selector: Annotated[str, Field(max_length=1000), "Only this element"] = "",
    url: Annotated[str, Field(max_length=4000), "Go there first"] = "",
    save_to: SaveTo = "browser/screenshot.png",
) -> dict[str, object]:
    """Keep a picture of the page, or of an element, as a PNG in your workspace."""
    path = plain(save_to)
    browser = await browser_of(context)
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
    picture = base64.b64decode(str((await tab.act("Page.captureScreenshot", asked)).get("data", "")))
    await context.files.write({path: picture})
    return {"success": True, "type": "image", "mimeType": "image/png", "path": path, "size": len(picture)}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={},
        result={
            "url": PAGE,
            "title": "Form",
            "text": 'RootWebArea "Form"\n  heading "A form"',
            "elements": [
                {"selector": "#name", "kind": "input:text", "text": ""},
                {"selector": "#kind", "kind": "select:select-one", "text": "First"},
                {"selector": "#file", "kind": "input:file", "text": ""},
                {"selector": "#more", "kind": "button:submit", "text": "More"},
                {"selector": "#ask", "kind": "button:submit", "text": "Ask"},
            ],
        },
        varies=True,
        after=OPENED,
    ),
)
async def browser_snapshot(context: ToolContext) -> dict[str, object]:
    """Read the page: its accessibility tree, and a selector for all that can be clicked or filled."""
    tab = await tab_of(context)
    tree: list[Mapping[str, Any]] = (await tab.act("Accessibility.getFullAXTree")).get("nodes", [])
    elements: object = await tab.call(scripts.ELEMENTS, MOST_ELEMENTS)
    return {**await told(tab), "text": bounded(_outline(tree)), "elements": elements}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(arguments={"script": "document.title"}, result={"success": True, "data": "Form"}, after=OPENED),
)
async def browser_evaluate(
    context: ToolContext,
    *,
    script: Annotated[str, Field(min_length=1, max_length=20_000), "JavaScript; the value of its last expression"],
) -> dict[str, object]:
    """Run a script in the page and get its value as JSON; promises are awaited."""
    return {"success": True, "data": bounded(await (await tab_of(context)).evaluate(script))}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={"limit": 1},
        result={"messages": [{"id": 5, "type": "log", "text": "seen 1"}], "count": 1},
        varies=True,
        after=LOGGED,
    ),
)
async def browser_console_messages(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=100), "The latest so many"] = 50
) -> dict[str, object]:
    """Read what a page wrote to its console, errors included."""
    tab = await tab_of(context)
    latest = [{**entry, "text": entry["text"][:300]} for entry in tab.console][-limit:]
    return {"messages": latest, "count": len(latest)}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={"message_id": 1}, result={"id": 1, "type": "log", "text": "opened"}, varies=True, after=OPENED
    ),
)
async def browser_get_console_message(
    context: ToolContext, *, message_id: Annotated[Number, "Its id"]
) -> dict[str, object]:
    """Read one entry of the console in full."""
    tab = await tab_of(context)
    return _numbered(tab.console, message_id, "console entry")


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={"limit": 1},
        result={"requests": [{"id": 1, "method": "GET", "url": PAGE, "type": "Document", "status": 200}], "count": 1},
        varies=True,
        after=OPENED,
    ),
)
async def browser_network_requests(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=100), "The latest so many"] = 50
) -> dict[str, object]:
    """List what a page asked for, and what was answered."""
    tab = await tab_of(context)
    latest = [_brief(request) for request in list(tab.requests.values())[-limit:]]
    return {"requests": latest, "count": len(latest)}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={"request_id": 1},
        result={
            **{"id": 1, "method": "GET", "url": PAGE, "type": "Document", "status": 200, "mime": "text/html"},
            "headers": {"Content-Type": "text/html; charset=utf-8", "Content-Length": "900", "Connection": "close"},
            "body": "<!doctype html>…",
        },
        varies=True,
        after=OPENED,
    ),
)
async def browser_network_request(
    context: ToolContext, *, request_id: Annotated[Number, "Its id"]
) -> dict[str, object]:
    """Read one request with the headers and the body of its answer."""
    tab = await tab_of(context)
    request = _numbered(list(tab.requests.values()), request_id, "request")
    headers = {name[:100]: str(value)[:500] for name, value in list(as_object(request.get("headers")).items())[:50]}
    return {**_brief(request), "mime": request.get("mime"), "headers": headers, "body": await _body(tab, request)}


@tool(
    category="browser",
    facts=KEEPS,
    example=Example(
        arguments={"url": PAGE},
        result={
            **{
                "url": PAGE,
                "title": "Form",
                "description": None,
                "language": "en",
                "status_code": 200,
                "links": NOTHING,
            },
            **{"html": "<html>…", "og_title": None, "og_description": None, "og_image": None},
        },
        varies=True,
    ),
)
async def browser_scrape(
    context: ToolContext,
    *,
    url: Annotated[str, Field(min_length=1, max_length=4000), "http:// or https:// URL"],
    wait_for: Annotated[int, Field(ge=0, le=20_000), "Milliseconds to wait after it has loaded"] = 0,
) -> dict[str, object]:
    """Open a page, let its scripts run, and get its HTML, links and description."""
    browser = await browser_of(context)
    await go(browser, url)
    tab = browser.tab()
    if wait_for:
        await tab.evaluate(f"new Promise((done) => setTimeout(done, {wait_for}))")
    return as_object(await tab.call(scripts.SCRAPE, 50, LONGEST))


@tool(
    category="browser",
    facts=KEEPS,
    example=Example(
        arguments={"url": PAGE, "filename": "form.pdf"},
        result={"url": PAGE, "path": "form.pdf", "size_bytes": 9000},
        varies=True,
    ),
)
async def browser_pdf(
    context: ToolContext,
    *,
    url: Annotated[str, Field(max_length=4000), "Go there first; the page that is open when absent"] = "",
    save_to_vault: Annotated[bool, "It is always kept in your workspace"] = True,
    filename: Annotated[str, Field(max_length=500), "Path in your workspace"] = "browser/page.pdf",
) -> dict[str, object]:
    """Keep a page as a PDF in your workspace."""
    path = plain(filename)
    browser = await browser_of(context)
    if url:
        await go(browser, url)
    tab = browser.tab()
    printed = await tab.act("Page.printToPDF", {"printBackground": True})
    content = base64.b64decode(str(printed.get("data", "")))
    await context.files.write({path: content})
    return {"url": (await told(tab)).get("url"), "path": path, "size_bytes": len(content)}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={},
        result={"success": True, "measuring": True, "url": PAGE},
        after=OPENED,
    ),
)
async def browser_perf_start(context: ToolContext) -> dict[str, object]:
    """Begin to measure how fast the page is; what it did since it was opened counts."""
    tab = await tab_of(context)
    tab.measured = None
    await tab.call(scripts.MEASURE)
    return {"success": True, "measuring": True, "url": (await told(tab)).get("url")}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={},
        result={
            "success": True,
            "data": {
                **{"url": PAGE, "lcp": 30, "cls": 0, "inp": None, "long_tasks": 0, "fcp": 30, "ttfb": 5},
                **{"dom_content_loaded": 20, "load": 21, "resources": {"count": 0, "bytes": 1200, "slowest": NOTHING}},
            },
        },
        varies=True,
        after=(*OPENED, ("browser_perf_start", {})),
    ),
)
async def browser_perf_stop(context: ToolContext) -> dict[str, object]:
    """End the measuring, and get what was seen."""
    tab = await tab_of(context)
    tab.measured = await _measured(tab)
    return {"success": True, "data": bounded(tab.measured)}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={"insight_type": "lcp"},
        result={"success": True, "data": {"lcp": {"value": 20, "unit": "ms", "rating": "good"}}},
        varies=True,
        after=(*OPENED, ("browser_perf_start", {}), ("browser_perf_stop", {})),
    ),
)
async def browser_perf_analyze(
    context: ToolContext,
    *,
    insight_type: Annotated[Literal["all", "lcp", "cls", "inp", "resources"], "What to judge"] = "all",
) -> dict[str, object]:
    """Judge what was measured by the limits of Web Vitals; measures now if nothing was."""
    tab = await tab_of(context)
    measured = tab.measured or await _measured(tab)
    chosen = tuple(VITALS) if insight_type == "all" else (insight_type,)
    data: dict[str, object] = {name: _judged(name, measured.get(name)) for name in chosen if name in VITALS}
    if insight_type in ("all", "resources"):
        data["resources"] = measured.get("resources")
    return {"success": True, "data": bounded(data)}


VITALS = {"lcp": ("ms", 2500, 4000), "inp": ("ms", 200, 500), "cls": ("", 0.1, 0.25)}
"""Unit, and up to where it is good and not yet poor: https://web.dev/articles/vitals."""


def _judged(name: str, value: object) -> Mapping[str, object]:
    unit, good, poor = VITALS[name]
    if not isinstance(value, int | float):
        return {"value": None, "unit": unit, "rating": "not seen"}
    rating = "good" if value <= good else "needs improvement" if value <= poor else "poor"
    return {"value": round(value, 3), "unit": unit, "rating": rating}


async def _measured(tab: Tab) -> Mapping[str, object]:
    await tab.call(scripts.MEASURE)
    return as_object(await tab.call(scripts.MEASURED))


def _numbered(entries: Any, number: int, what: str) -> dict[str, Any]:
    for entry in entries:
        if entry["id"] == number:
            return dict(entry)
    raise ToolFailed(f"There is no {what} {number}.")


def _brief(request: Mapping[str, Any]) -> dict[str, object]:
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


EYE_TOOLS = (
    *(browser_screenshot, browser_snapshot, browser_evaluate, browser_console_messages, browser_get_console_message),
    *(browser_network_requests, browser_network_request, browser_perf_start, browser_perf_stop, browser_perf_analyze),
    *(browser_scrape, browser_pdf),
)
