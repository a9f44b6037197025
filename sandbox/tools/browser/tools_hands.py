"""Browser tools: click, type, drag, and answer what a page asks."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser import hands
from sandbox.tools.browser.shared import ACTS, LOOKS, OPENED, PAGE, Selector, done

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
    return await done(context, hands.wait_for, selector, state, timeout, text)


@tool(
    category="browser",
    facts=ACTS,
    example=Example(arguments={"selector": "#more"}, result={"success": True, **HERE}, after=OPENED),
)
async def browser_click(context: ToolContext, *, selector: Selector) -> dict[str, object]:
    """Click an element once it is visible."""
    return await done(context, hands.click, selector)


@tool(
    category="browser",
    facts=ACTS,
    example=Example(arguments={"selector": "#more"}, result={"success": True, **HERE}, after=OPENED),
)
async def browser_hover(context: ToolContext, *, selector: Selector) -> dict[str, object]:
    """Lay the pointer on an element."""
    return await done(context, hands.hover, selector)


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
    return await done(context, hands.fill, {selector: value})


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
    return await done(context, hands.fill, fields)


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
    return await done(context, hands.press, key)


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
    return await done(context, hands.drag, source_selector, target_selector)


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
    await done(context, hands.upload, selector, path.rpartition("/")[2], content)
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
    return await done(context, hands.answer_dialog, action == "accept", prompt_text)


HAND_TOOLS = (
    *(browser_wait_for, browser_click, browser_fill, browser_fill_form, browser_press_key, browser_hover),
    *(browser_drag, browser_upload_file, browser_handle_dialog),
)
