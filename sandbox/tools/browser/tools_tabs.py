"""Browser tools: start and end, go to pages, tabs, and what kind of screen it is."""

from typing import Annotated

from pydantic import Field

from sandbox.egress.targets import target_of
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser import tabs
from sandbox.tools.browser.shared import ACTS, LOOKS, OPENED, OWN, PAGE, Number, Url, done, key_of

VIEWPORT = Annotated[str, Field(max_length=20, pattern=r"^\d{2,4}x\d{2,4}$"), "Width x height in pixels"]


@tool(
    category="browser",
    facts=OWN,
    example=Example(
        arguments={"viewport": "1280x720"},
        result={"success": True, "config": {"viewport": "1280x720"}, "server_info": "Chrome/156.0.0.0"},
        varies=True,
    ),
)
async def browser_connect(
    context: ToolContext,
    *,
    headless: Annotated[bool, "There is no other way here"] = True,
    isolated: Annotated[bool, "It always starts empty"] = True,
    viewport: VIEWPORT = "1920x1080",
) -> dict[str, object]:
    """Start this conversation's browser. The other browser tools start it by themselves."""
    width, height = map(int, viewport.split("x"))
    await context.browsers.start(key_of(context), (width, height))
    product = await done(context, tabs.fit, width, height)
    return {"success": True, "config": {"viewport": viewport}, "server_info": product}


@tool(
    category="browser",
    facts=OWN,
    example=Example(arguments={}, result={"success": True, "was_open": True}, after=OPENED),
)
async def browser_disconnect(context: ToolContext) -> dict[str, object]:
    """End this conversation's browser, with its tabs and cookies."""
    return {"success": True, "was_open": await context.browsers.close(key_of(context))}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"url": PAGE},
        result={"page_id": 1, "url": PAGE, "title": "Form", "status_code": 200, "state": "complete"},
    ),
)
async def browser_navigate(context: ToolContext, *, url: Url) -> dict[str, object]:
    """Open a page in the browser; browser_snapshot then shows what is on it."""
    return await done(context, tabs.go, url)


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"url": PAGE},
        result={"page_id": 2, "url": PAGE, "title": "Form", "status_code": 200, "state": "complete"},
    ),
)
async def browser_new_tab(
    context: ToolContext, *, url: Annotated[str, Field(max_length=4000), "What to open in it"] = tabs.BLANK
) -> dict[str, object]:
    """Open another tab and work in it."""
    if url and url != tabs.BLANK:
        target_of(url)
    return await done(context, tabs.open_tab, url or tabs.BLANK)


@tool(
    category="browser",
    facts=OWN,
    example=Example(
        arguments={"page_id": 2},
        result={"success": True, "closed": 2, "current": 1},
        after=(("browser_new_tab", {}),),
    ),
)
async def browser_close_tab(context: ToolContext, *, page_id: Annotated[Number, "Its number"]) -> dict[str, object]:
    """Close a tab."""
    return await done(context, tabs.close_tab, page_id)


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={},
        result={"tabs": [{"page_id": 1, "current": True, "url": PAGE, "title": "Form"}], "count": 1},
        after=OPENED,
    ),
)
async def browser_list_tabs(context: ToolContext) -> dict[str, object]:
    """List the open tabs."""
    return await done(context, tabs.list_tabs)


@tool(
    category="browser",
    facts=OWN,
    example=Example(
        arguments={"page_id": 1},
        result={"success": True, "page_id": 1, "url": PAGE, "title": "Form"},
        after=(*OPENED, ("browser_new_tab", {})),
    ),
)
async def browser_select_tab(context: ToolContext, *, page_id: Annotated[Number, "Its number"]) -> dict[str, object]:
    """Work in another tab."""
    return await done(context, tabs.select_tab, page_id)


@tool(
    category="browser",
    facts=OWN,
    example=Example(
        arguments={"width": 800, "height": 600}, result={"success": True, "width": 800, "height": 600}, after=OPENED
    ),
)
async def browser_resize(
    context: ToolContext,
    *,
    width: Annotated[int, Field(ge=100, le=4000), "Pixels"],
    height: Annotated[int, Field(ge=100, le=4000), "Pixels"],
) -> dict[str, object]:
    """Set the size of the page's window."""
    await done(context, tabs.resize, width, height)
    return {"success": True, "width": width, "height": height}


@tool(
    category="browser",
    facts=OWN,
    example=Example(
        arguments={"device": "iphone"},
        result={"success": True, "device": "iphone", "width": 393, "height": 852},
        after=OPENED,
    ),
)
async def browser_emulate(
    context: ToolContext,
    *,
    device: Annotated[tabs.Device, "Which one"],
) -> dict[str, object]:
    """Be a phone, tablet or computer to pages: size, touch and what it calls itself."""
    return await done(context, tabs.emulate, device)


TAB_TOOLS = (
    *(browser_connect, browser_disconnect, browser_navigate, browser_new_tab, browser_close_tab, browser_list_tabs),
    *(browser_select_tab, browser_resize, browser_emulate),
)
