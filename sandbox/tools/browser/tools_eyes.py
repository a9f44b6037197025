"""Browser tools: look at a page, run a script in it, read its console and its requests."""

from typing import Annotated

from pydantic import Field

from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser import eyes
from sandbox.tools.browser.shared import ACTS, KEEPS, LOOKS, OPENED, PAGE, Number, done

NOTHING: list[object] = []
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
    picture = await done(context, eyes.screenshot, url, selector, full_page)
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
    return await done(context, eyes.snapshot)


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
    return {"success": True, "data": await done(context, eyes.evaluate, script)}


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
    latest = await done(context, eyes.console, limit)
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
    return await done(context, eyes.console_entry, message_id)


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
    latest = await done(context, eyes.requests, limit)
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
    return await done(context, eyes.request, request_id)


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
    return await done(context, eyes.scrape, url, wait_for)


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
    content, address = await done(context, eyes.pdf, url)
    await context.files.write({path: content})
    return {"url": address, "path": path, "size_bytes": len(content)}


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
    return {"success": True, "measuring": True, "url": await done(context, eyes.measure)}


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
    return {"success": True, "data": await done(context, eyes.measured)}


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
    insight_type: Annotated[eyes.Insight, "What to judge"] = "all",
) -> dict[str, object]:
    """Judge what was measured by the limits of Web Vitals; measures now if nothing was."""
    return {"success": True, "data": await done(context, eyes.judged, insight_type)}


EYE_TOOLS = (
    *(browser_screenshot, browser_snapshot, browser_evaluate, browser_console_messages, browser_get_console_message),
    *(browser_network_requests, browser_network_request, browser_perf_start, browser_perf_stop, browser_perf_analyze),
    *(browser_scrape, browser_pdf),
)
