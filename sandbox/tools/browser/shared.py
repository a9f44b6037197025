"""What all browser tools share: their facts, the kinds of their arguments, and how they come by their tab."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import Field

from sandbox.equipment import Need
from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tool import Facts, ToolContext
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.browsers import Key
from sandbox.tools.browser.tab import Tab

NEEDS = (Need(("chromium",), "The operator has to install Chromium where tools run."),)
ACTS = Facts(reads_untrusted=True, exfiltrates=True, side_effect=True, seconds=90, needs=NEEDS)
LOOKS = Facts(reads_untrusted=True, idempotent=True, seconds=60, needs=NEEDS)
KEEPS = Facts(reads_untrusted=True, exfiltrates=True, side_effect=True, seconds=90, needs=NEEDS)
OWN = Facts(side_effect=True, idempotent=True, seconds=60, needs=NEEDS)
"""Of tools that only change the browser itself."""
LONGEST = 20_000
"""Characters of a value that a model gets."""

Url = Annotated[str, Field(min_length=1, max_length=4000), "http:// or https:// URL"]
Selector = Annotated[str, Field(min_length=1, max_length=1000), "CSS selector"]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
PAGE = "http://example.org/form"
OPENED = (("browser_navigate", {"url": PAGE}),)
"""For examples."""


def key_of(context: ToolContext) -> Key:
    """Whose browser it is."""
    return context.user, context.conversation


async def browser_of(context: ToolContext, size: tuple[int, int] | None = None) -> Browser:
    """The conversation's browser; it starts by itself."""
    return (await context.browsers.session(key_of(context), context.web.guard, size)).browser


async def tab_of(context: ToolContext) -> Tab:
    """The tab that the conversation works in."""
    return (await browser_of(context)).tab()


def bounded(value: Any) -> Any:
    """A value of the page, or the beginning of it as text if it is large. Raises ToolFailed."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}… [cut: {len(value) - LONGEST} more characters]"
    if json_size(value) > LONGEST:
        raise ToolFailed(f"That is larger than {LONGEST} characters; ask for less.")
    return value


async def told(tab: Tab) -> Mapping[str, object]:
    """Where a tab is."""
    if tab.dialog is not None:
        return {"dialog": {"type": tab.dialog.get("type"), "message": str(tab.dialog.get("message"))[:500]}}
    return as_object(await tab.evaluate("({url: location.href.slice(0, 4000), title: document.title.slice(0, 300)})"))


def as_object(value: object) -> dict[str, object]:
    """A value of a page as an object; empty if it is none."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
