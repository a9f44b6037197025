"""Browser tools: start and end, go to pages, tabs, and what kind of screen it is."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.egress.targets import target_of
from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.shared import ACTS, LOOKS, OPENED, OWN, PAGE, Number, Url, browser_of, key_of, tab_of, told

VIEWPORT = Annotated[str, Field(max_length=20, pattern=r"^\d{2,4}x\d{2,4}$"), "Width x height in pixels"]
DEVICES = {
    "desktop": (1920, 1080, 1, False, ""),
    "laptop": (1366, 768, 1, False, ""),
    "iphone": (393, 852, 3, True, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile"),
    "pixel": (412, 915, 2.6, True, "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/156.0 Mobile"),
    "ipad": (820, 1180, 2, True, "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile"),
}


async def go(browser: Browser, url: str) -> dict[str, object]:
    """Open an address in the tab that is worked in. Raises EgressRefused and ToolFailed."""
    where = url if url == "about:blank" else target_of(url).url
    before = len(browser.proxy.refused)
    tab = browser.tab()
    try:
        state = await tab.load(where)
    except ToolFailed as error:
        refused = browser.proxy.refused[before:]
        raise ToolFailed(f"{error} {refused[-1] if refused else ''}".strip()) from None
    status = next((request.get("status") for request in tab.requests.values() if request.get("url") == where), None)
    return {"page_id": tab.number, **await told(tab), "status_code": status, "state": state}


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
    browser = await browser_of(context, (width, height))
    if browser.size != (width, height):
        await _resize(browser, width, height)
    version = await browser.version()
    return {"success": True, "config": {"viewport": viewport}, "server_info": str(version.get("product"))}


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
    return await go(await browser_of(context), url)


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"url": PAGE},
        result={"page_id": 2, "url": PAGE, "title": "Form", "status_code": 200, "state": "complete"},
    ),
)
async def browser_new_tab(
    context: ToolContext, *, url: Annotated[str, Field(max_length=4000), "What to open in it"] = "about:blank"
) -> dict[str, object]:
    """Open another tab and work in it."""
    if url and url != "about:blank":
        target_of(url)
    browser = await browser_of(context)
    await browser.open_tab()
    return await go(browser, url or "about:blank")


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
    browser = await browser_of(context)
    await browser.close_tab(page_id)
    return {"success": True, "closed": page_id, "current": browser.tab().number if browser.tabs else None}


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
    browser = await browser_of(context)
    tabs = [
        {"page_id": tab.number, "current": tab.number == browser.current, **await told(tab)}
        for tab in list(browser.tabs.values())
    ]
    return {"tabs": tabs, "count": len(tabs)}


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
    tab = await (await browser_of(context)).show(page_id)
    return {"success": True, "page_id": tab.number, **await told(tab)}


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
    await _resize(await browser_of(context), width, height)
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
    device: Annotated[Literal["desktop", "laptop", "iphone", "pixel", "ipad"], "Which one"],
) -> dict[str, object]:
    """Be a phone, tablet or computer to pages: size, touch and what it calls itself."""
    tab = await tab_of(context)
    width, height, scale, mobile, agent = DEVICES[device]
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
    await tab.send("Emulation.setDeviceMetricsOverride", metrics)
    await tab.send("Emulation.setTouchEmulationEnabled", {"enabled": mobile})
    await tab.send("Emulation.setUserAgentOverride", {"userAgent": agent})
    return {"success": True, "device": device, "width": width, "height": height}


async def _resize(browser: Browser, width: int, height: int) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    await browser.tab().send("Emulation.setDeviceMetricsOverride", metrics)
    browser.size = (width, height)


TAB_TOOLS = (
    *(browser_connect, browser_disconnect, browser_navigate, browser_new_tab, browser_close_tab, browser_list_tabs),
    *(browser_select_tab, browser_resize, browser_emulate),
)
