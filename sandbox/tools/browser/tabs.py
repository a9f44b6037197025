"""What is done to the tabs of a browser, where the browser runs."""

from typing import Literal

from sandbox.egress.targets import target_of
from sandbox.errors import ToolFailed
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.telling import Told, told

Device = Literal["desktop", "laptop", "iphone", "pixel", "ipad"]
BLANK = "about:blank"
DEVICES: dict[Device, tuple[int, int, float, bool, str]] = {
    "desktop": (1920, 1080, 1, False, ""),
    "laptop": (1366, 768, 1, False, ""),
    "iphone": (393, 852, 3, True, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile"),
    "pixel": (412, 915, 2.6, True, "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/156.0 Mobile"),
    "ipad": (820, 1180, 2, True, "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile"),
}


async def go(browser: Browser, url: str) -> Told:
    """Open an address in the tab that is worked in. Raises EgressRefused and ToolFailed."""
    where = url if url == BLANK else target_of(url).url
    before = len(browser.proxy.refused)
    tab = browser.tab()
    try:
        state = await tab.load(where)
    except ToolFailed as error:
        refused = browser.proxy.refused[before:]
        raise ToolFailed(f"{error} {refused[-1] if refused else ''}".strip()) from None
    status = next((request.get("status") for request in tab.requests.values() if request.get("url") == where), None)
    return {"page_id": tab.number, **await told(tab), "status_code": status, "state": state}


async def open_tab(browser: Browser, url: str) -> Told:
    """Open another tab, and an address in it."""
    await browser.open_tab()
    return await go(browser, url)


async def close_tab(browser: Browser, number: int) -> Told:
    """Close a tab. Raises ToolFailed."""
    await browser.close_tab(number)
    return {"success": True, "closed": number, "current": browser.tab().number if browser.tabs else None}


async def list_tabs(browser: Browser) -> Told:
    """The open tabs."""
    tabs = [
        {"page_id": tab.number, "current": tab.number == browser.current, **await told(tab)}
        for tab in list(browser.tabs.values())
    ]
    return {"tabs": tabs, "count": len(tabs)}


async def select_tab(browser: Browser, number: int) -> Told:
    """Work in another tab. Raises ToolFailed."""
    tab = await browser.show(number)
    return {"success": True, "page_id": tab.number, **await told(tab)}


async def fit(browser: Browser, width: int, height: int) -> str:
    """See that it has this size, and answer what it says that it is."""
    if browser.size != (width, height):
        await resize(browser, width, height)
    return str((await browser.version()).get("product"))


async def resize(browser: Browser, width: int, height: int) -> None:
    """Set the size of the page's window."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    await browser.tab().send("Emulation.setDeviceMetricsOverride", metrics)
    browser.size = (width, height)


async def emulate(browser: Browser, device: Device) -> Told:
    """Be a phone, tablet or computer to pages."""
    tab = browser.tab()
    width, height, scale, mobile, agent = DEVICES[device]
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
    await tab.send("Emulation.setDeviceMetricsOverride", metrics)
    await tab.send("Emulation.setTouchEmulationEnabled", {"enabled": mobile})
    await tab.send("Emulation.setUserAgentOverride", {"userAgent": agent})
    return {"success": True, "device": device, "width": width, "height": height}
