"""What is done to a page, as a hand and a keyboard would do it."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import orjson

from sandbox.errors import ToolFailed
from sandbox.tools.browser import scripts
from sandbox.tools.browser.protocol import CommandFailed
from sandbox.tools.browser.tab import Tab

FIND_MILLISECONDS = 5000
RETRY_SECONDS = 0.1
KEYS: Mapping[str, tuple[str, int, str]] = {
    "enter": ("Enter", 13, "\r"),
    "tab": ("Tab", 9, ""),
    "escape": ("Escape", 27, ""),
    "backspace": ("Backspace", 8, ""),
    "delete": ("Delete", 46, ""),
    "space": (" ", 32, " "),
    "arrowleft": ("ArrowLeft", 37, ""),
    "arrowup": ("ArrowUp", 38, ""),
    "arrowright": ("ArrowRight", 39, ""),
    "arrowdown": ("ArrowDown", 40, ""),
    "home": ("Home", 36, ""),
    "end": ("End", 35, ""),
    "pageup": ("PageUp", 33, ""),
    "pagedown": ("PageDown", 34, ""),
    **{f"f{number}": (f"F{number}", 111 + number, "") for number in range(1, 13)},
}
"""The name that pages know, the code, and what it types."""
MODIFIERS = {"alt": 1, "control": 2, "ctrl": 2, "meta": 4, "shift": 8}


async def locate(
    tab: Tab, selector: str, state: str = "visible", milliseconds: int = FIND_MILLISECONDS, text: str = ""
) -> Mapping[str, float]:
    """Where an element is once it is in that state, also when the page changes meanwhile. Raises ToolFailed."""
    ends = asyncio.get_running_loop().time() + milliseconds / 1000
    while True:
        left = max(0, round((ends - asyncio.get_running_loop().time()) * 1000))
        try:
            box: object = await tab.call(scripts.LOCATE, selector, state, left, text)
        except CommandFailed:
            # It went to another page while it was asked.
            if left == 0:
                raise
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if not isinstance(box, dict):
            raise ToolFailed(f"Nothing is {state} by {selector or text!r} on this page.")
        return cast("Mapping[str, float]", box)


async def click(tab: Tab, selector: str) -> None:
    """Click the middle of an element."""
    box = await locate(tab, selector)
    await _mouse(tab, "mouseMoved", box)
    await _mouse(tab, "mousePressed", box)
    await _mouse(tab, "mouseReleased", box)
    await tab.calm()


async def hover(tab: Tab, selector: str) -> None:
    """Lay the pointer on an element."""
    await _mouse(tab, "mouseMoved", await locate(tab, selector))


async def fill(tab: Tab, selector: str, value: str) -> None:
    """Put a value into a field."""
    await locate(tab, selector)
    wrong: object = await tab.call(scripts.FILL, selector, value)
    if wrong:
        raise ToolFailed(f"{selector!r} {str(wrong)[:500]}.")


async def press(tab: Tab, key: str) -> None:
    """Press a key, such as `Enter`, `a` or `Control+A`."""
    *held, last = key.split("+") if key not in ("+", "") else (key,)
    modifiers = 0
    for name in held:
        if name.strip().lower() not in MODIFIERS:
            raise ToolFailed(f"{name!r} is not a key that can be held; these are: Control, Shift, Alt, Meta.")
        modifiers |= MODIFIERS[name.strip().lower()]
    pressed = {"modifiers": modifiers, **_key(last, modifiers)}
    await tab.act("Input.dispatchKeyEvent", {"type": "keyDown", **pressed})
    await tab.act("Input.dispatchKeyEvent", {"type": "keyUp", **{**pressed, "text": ""}})
    await tab.calm()


def _key(name: str, modifiers: int) -> Mapping[str, Any]:
    known = KEYS.get(name.lower())
    if known is not None:
        return {"key": known[0], "code": known[0], "windowsVirtualKeyCode": known[1], "text": known[2]}
    if len(name) != 1:
        raise ToolFailed(
            f"There is no key {name[:40]!r}; name one such as Enter, Tab, Escape, ArrowDown, F5 or a letter."
        )
    types = name if not modifiers & ~MODIFIERS["shift"] else ""
    commands = ["selectAll"] if name.lower() == "a" and modifiers & MODIFIERS["control"] else []
    code = ord(name.upper()) if name.isascii() and name.isalnum() else 0
    return {"key": name, "windowsVirtualKeyCode": code, "text": types, "commands": commands}


async def drag(tab: Tab, source: str, target: str) -> None:
    """Drag one element onto another."""
    tab.dragged = None
    await tab.send("Input.setInterceptDrags", {"enabled": True})
    try:
        start = await locate(tab, source)
        await _mouse(tab, "mouseMoved", start)
        await _mouse(tab, "mousePressed", start)
        begun = {"x": start["x"] + 8, "y": start["y"] + 8}
        await _mouse(tab, "mouseMoved", begun, held=True)
        await tab.calm()
        end = await locate(tab, target)
        await _mouse(tab, "mouseMoved", end, held=True)
        if tab.dragged is not None:
            for kind in ("dragEnter", "dragOver", "drop"):
                at = {"type": kind, "x": end["x"], "y": end["y"], "data": tab.dragged}
                await tab.act("Input.dispatchDragEvent", at)
        await _mouse(tab, "mouseReleased", end)
    finally:
        await tab.send("Input.setInterceptDrags", {"enabled": False})


async def upload(tab: Tab, selector: str, path: str) -> None:
    """Give a file that lies in the jail to a field for files."""
    await locate(tab, selector, "attached")
    asked = {"expression": f"document.querySelector({orjson.dumps(selector).decode()})"}
    found = (await tab.act("Runtime.evaluate", asked)).get("result", {})
    await tab.act("DOM.setFileInputFiles", {"files": [path], "objectId": found.get("objectId", "")})


async def _mouse(tab: Tab, kind: str, at: Mapping[str, float], *, held: bool = False) -> None:
    button = "left" if kind != "mouseMoved" or held else "none"
    count = 0 if kind == "mouseMoved" else 1
    buttons = 1 if held or kind == "mousePressed" else 0
    event = {"type": kind, "x": at["x"], "y": at["y"], "button": button, "buttons": buttons, "clickCount": count}
    await tab.act("Input.dispatchMouseEvent", event)
