"""Browser tools: click, type, drag, and answer what a page asks."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser import actions
from sandbox.tools.browser.protocol import CommandFailed
from sandbox.tools.browser.shared import ACTS, LOOKS, OPENED, PAGE, Selector, browser_of, tab_of, told

MOST_UPLOADED = 20 * 1024 * 1024
HERE = {"url": PAGE, "title": "Form"}


@tool(
    category="browser",
    facts=LOOKS,
    example=Example(
        arguments={"selector": "#name"}, result={"success": True, "state": "visible", **HERE}, after=OPENED
    ),
)
async def browser_wait_for(
    context: ToolContext,
    *,
    selector: Annotated[str, Field(max_length=1000), "CSS selector"] = "",
    text: Annotated[str, Field(max_length=500), "Text on the page, in place of a selector"] = "",
    timeout: Annotated[int, Field(ge=0, le=45_000), "Milliseconds"] = 30_000,  # noqa: ASYNC109 - the known name
    state: Annotated[Literal["visible", "hidden", "attached", "detached"], "What to wait for"] = "visible",
) -> dict[str, object]:
    """Wait until an element, or a text, is there or gone."""
    if bool(selector) == bool(text):
        raise ToolFailed("Name a selector or a text.")
    tab = await tab_of(context)
    await actions.locate(tab, selector, state, timeout, text)
    return {"success": True, "state": state, **await told(tab)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(arguments={"selector": "#more"}, result={"success": True, **HERE}, after=OPENED),
)
async def browser_click(context: ToolContext, *, selector: Selector) -> dict[str, object]:
    """Click an element once it is visible."""
    tab = await tab_of(context)
    await actions.click(tab, selector)
    return {"success": True, **await told(tab)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(arguments={"selector": "#more"}, result={"success": True, **HERE}, after=OPENED),
)
async def browser_hover(context: ToolContext, *, selector: Selector) -> dict[str, object]:
    """Lay the pointer on an element."""
    tab = await tab_of(context)
    await actions.hover(tab, selector)
    return {"success": True, **await told(tab)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"selector": "#name", "value": "Ada"}, result={"success": True, "filled": ["#name"]}, after=OPENED
    ),
)
async def browser_fill(
    context: ToolContext, *, selector: Selector, value: Annotated[str, Field(max_length=20_000), "What to put in"]
) -> dict[str, object]:
    """Put a value into a field; a choice by its value or label, a box by true or false."""
    await actions.fill(await tab_of(context), selector, value)
    return {"success": True, "filled": [selector]}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"fields": {"#name": "Ada", "#kind": "Second"}},
        result={"success": True, "filled": ["#name", "#kind"]},
        after=OPENED,
    ),
)
async def browser_fill_form(
    context: ToolContext,
    *,
    fields: Annotated[
        dict[Annotated[str, Field(max_length=1000)], Annotated[str, Field(max_length=20_000)]],
        Field(min_length=1, max_length=50),
        "Values by CSS selector",
    ],
) -> dict[str, object]:
    """Put values into several fields."""
    tab = await tab_of(context)
    for selector, value in fields.items():
        await actions.fill(tab, selector, value)
    return {"success": True, "filled": list(fields)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(arguments={"key": "Tab"}, result={"success": True, **HERE}, after=OPENED),
)
async def browser_press_key(
    context: ToolContext,
    *,
    key: Annotated[str, Field(min_length=1, max_length=40), "Such as Enter, ArrowDown, a or Control+A"],
) -> dict[str, object]:
    """Press a key where the focus is."""
    tab = await tab_of(context)
    await actions.press(tab, key)
    return {"success": True, **await told(tab)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"source_selector": "#card", "target_selector": "#place"},
        result={"success": True, **HERE},
        after=OPENED,
    ),
)
async def browser_drag(
    context: ToolContext, *, source_selector: Selector, target_selector: Selector
) -> dict[str, object]:
    """Drag an element and drop it on another."""
    tab = await tab_of(context)
    await actions.drag(tab, source_selector, target_selector)
    return {"success": True, **await told(tab)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"selector": "#file", "file_path": "notes.txt"},
        result={"success": True, "file": "notes.txt", "size": 5},
        after=OPENED,
        files={"notes.txt": b"hello"},
    ),
)
async def browser_upload_file(
    context: ToolContext,
    *,
    selector: Selector,
    file_path: Annotated[str, Field(min_length=1, max_length=500), "Path in your workspace"],
) -> dict[str, object]:
    """Put a file of your workspace into a field for files."""
    path = plain(file_path)
    content = await context.files.read(path)
    if len(content) > MOST_UPLOADED:
        raise ToolFailed(f"A file that is given to a page has at most {MOST_UPLOADED // 1024 // 1024} MiB.")
    browser = await browser_of(context)
    await actions.upload(browser.tab(), selector, await browser.put(path.rpartition("/")[2], content))
    return {"success": True, "file": path, "size": len(content)}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"action": "accept"},
        result={"success": True, "message": "Sure?", **HERE},
        after=(*OPENED, ("browser_click", {"selector": "#ask"})),
    ),
)
async def browser_handle_dialog(
    context: ToolContext,
    *,
    action: Annotated[Literal["accept", "dismiss"], "What to answer"] = "accept",
    prompt_text: Annotated[str, Field(max_length=2000), "What to type, where it asks for text"] = "",
) -> dict[str, object]:
    """Answer a dialog that a page has opened."""
    tab = await tab_of(context)
    dialog = tab.dialog
    if dialog is None:
        raise ToolFailed("No dialog is open.")
    try:
        answer = {"accept": action == "accept", "promptText": prompt_text}
        await tab.send("Page.handleJavaScriptDialog", answer)
    except CommandFailed as error:
        raise ToolFailed(f"The dialog is gone: {error}") from None
    await tab.answered(dialog)
    return {"success": True, "message": str(dialog.get("message"))[:500], **await told(tab)}


HAND_TOOLS = (
    *(browser_wait_for, browser_click, browser_fill, browser_fill_form, browser_press_key, browser_hover),
    *(browser_drag, browser_upload_file, browser_handle_dialog),
)
