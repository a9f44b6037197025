"""Browser tools: which browsers a person has, and what is done in one of them by its id."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.browser import hands
from sandbox.tools.browser.browsers import BrowserFacts, Key
from sandbox.tools.browser.chromium import LIFE_SECONDS
from sandbox.tools.browser.shared import ACTS, OPENED, OWN, key_of
from sandbox.tools.browser.tools_eyes import EYE_TOOLS
from sandbox.tools.browser.tools_hands import HAND_TOOLS
from sandbox.tools.browser.tools_tabs import TAB_TOOLS

SessionId = Annotated[str, Field(max_length=40), "Its id; the one of this conversation when absent"]


@tool(
    category="browser",
    facts=OWN,
    example=Example(
        arguments={"action": "list"},
        result={
            "sessions": [
                {
                    "session_id": "5f0c8a1d2e3b4c5d",
                    "status": "live",
                    "created_at": "2026-11-23T10:00:00+00:00",
                    "dimensions": {"width": 1920, "height": 1080},
                    "tabs": 1,
                    "here": True,
                }
            ],
            "count": 1,
        },
        varies=True,
        after=OPENED,
    ),
)
async def browser_session(
    context: ToolContext,
    *,
    action: Annotated[Literal["create", "list", "close"], "What to do"],
    session_id: SessionId = "",
) -> dict[str, object]:
    """Start this conversation's browser, list all of yours, or close one."""
    if action == "create":
        started = await context.browsers.start(key_of(context))
        return {**_told(context, key_of(context), started), "seconds_at_most": LIFE_SECONDS}
    if action == "list":
        sessions = [_told(context, *each) for each in await context.browsers.of_user(context.user)]
        return {"sessions": sessions, "count": len(sessions)}
    key, facts = await _named(context, session_id)
    await context.browsers.close(key)
    return {"session_id": facts.session, "status": "closed"}


@tool(
    category="browser",
    facts=ACTS,
    example=Example(
        arguments={"action": "info"},
        result={
            "session_id": "5f0c8a1d2e3b4c5d",
            "status": "live",
            "created_at": "2026-11-23T10:00:00+00:00",
            "dimensions": {"width": 1920, "height": 1080},
            "tabs": 1,
            "here": True,
            "url": "http://example.org/form",
            "title": "Form",
        },
        varies=True,
        after=OPENED,
    ),
)
async def browser_action(
    context: ToolContext,
    *,
    session_id: SessionId = "",
    action: Annotated[hands.Deed, "What to do"] = "info",
    selector: Annotated[str, Field(max_length=1000), "CSS selector, to click or type"] = "",
    value: Annotated[str, Field(max_length=20_000), "The text, key or URL"] = "",
) -> dict[str, object]:
    """Do one thing in one of your browsers, and hear where it is."""
    if action in ("click", "type") and not selector:
        raise ToolFailed(f"{action} needs a selector.")
    key, facts = await _named(context, session_id)
    here = await context.browsers.do(key, hands.act, action, selector, value)
    return {**_told(context, key, facts), **here}


async def _named(context: ToolContext, session_id: str) -> tuple[Key, BrowserFacts]:
    """The person's browser with this id, or this conversation's. Raises ToolFailed."""
    for key, facts in await context.browsers.of_user(context.user):
        if facts.session == session_id or (not session_id and key == key_of(context)):
            return key, facts
    raise ToolFailed("There is no such browser; browser_session lists yours, and starts one.")


def _told(context: ToolContext, key: Key, facts: BrowserFacts) -> dict[str, object]:
    width, height = facts.size
    return {
        "session_id": facts.session,
        "status": "live",
        "created_at": facts.since.isoformat(),
        "dimensions": {"width": width, "height": height},
        "tabs": facts.tabs,
        "here": key == key_of(context),
    }


BROWSER_TOOLS = (*TAB_TOOLS, *HAND_TOOLS, *EYE_TOOLS, browser_session, browser_action)
