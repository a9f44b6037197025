"""What is done to the page that is worked in, where the browser runs; each answers where it is afterwards."""

from collections.abc import Mapping
from typing import Literal

from sandbox.errors import ToolFailed
from sandbox.tools.browser import actions
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.protocol import CommandFailed
from sandbox.tools.browser.tabs import go
from sandbox.tools.browser.telling import Told, told

Deed = Literal["info", "goto", "click", "type", "press"]


async def wait_for(browser: Browser, selector: str, state: str, milliseconds: int, text: str) -> Told:
    """Wait until an element, or a text, is in that state. Raises ToolFailed."""
    tab = browser.tab()
    await actions.locate(tab, selector, state, milliseconds, text)
    return {"success": True, "state": state, **await told(tab)}


async def click(browser: Browser, selector: str) -> Told:
    """Click an element once it is visible."""
    tab = browser.tab()
    await actions.click(tab, selector)
    return {"success": True, **await told(tab)}


async def hover(browser: Browser, selector: str) -> Told:
    """Lay the pointer on an element."""
    tab = browser.tab()
    await actions.hover(tab, selector)
    return {"success": True, **await told(tab)}


async def fill(browser: Browser, fields: Mapping[str, str]) -> Told:
    """Put values into fields, by selector."""
    for selector, value in fields.items():
        await actions.fill(browser.tab(), selector, value)
    return {"success": True, "filled": list(fields)}


async def press(browser: Browser, key: str) -> Told:
    """Press a key."""
    tab = browser.tab()
    await actions.press(tab, key)
    return {"success": True, **await told(tab)}


async def drag(browser: Browser, source: str, target: str) -> Told:
    """Drag an element onto another."""
    tab = browser.tab()
    await actions.drag(tab, source, target)
    return {"success": True, **await told(tab)}


async def upload(browser: Browser, selector: str, name: str, content: bytes) -> None:
    """Give a file to a field for files."""
    await actions.upload(browser.tab(), selector, await browser.put(name, content))


async def answer_dialog(browser: Browser, accept: bool, text: str) -> Told:
    """Answer the dialog that a page has opened. Raises ToolFailed."""
    tab = browser.tab()
    dialog = tab.dialog
    if dialog is None:
        raise ToolFailed("No dialog is open.")
    try:
        await tab.send("Page.handleJavaScriptDialog", {"accept": accept, "promptText": text})
    except CommandFailed as error:
        raise ToolFailed(f"The dialog is gone: {error}") from None
    await tab.answered(dialog)
    return {"success": True, "message": str(dialog.get("message"))[:500], **await told(tab)}


async def act(browser: Browser, deed: Deed, selector: str, value: str) -> Mapping[str, object]:
    """Do one thing."""
    tab = browser.tab()
    match deed:
        case "goto":
            await go(browser, value)
        case "click":
            await actions.click(tab, selector)
        case "type":
            await actions.fill(tab, selector, value)
        case "press":
            await actions.press(tab, value)
        case "info":
            pass
    return await told(tab)
