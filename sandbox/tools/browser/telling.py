"""What is told of a page: where it is, and values of its scripts, within bounds."""

from collections.abc import Mapping
from typing import Any, cast

from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tools.browser.tab import Tab

LONGEST = 20_000
"""Characters of a value that a model gets."""

Told = dict[str, object]


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


def as_object(value: object) -> Told:
    """A value of a page as an object; empty if it is none."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
