"""A tool that a stranger may want asks first: the card survives a reload, and its answer lets the turn go on."""

import json
import re

import pytest
from playwright.async_api import expect

from tests.e2e.screen import LONG, SOON, Screen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

WAITS = re.compile("waits for your answer$")


def tool(name: str, **arguments: object) -> str:
    """What makes the stand-in provider ask for a tool."""
    return f"[[tool {name} {json.dumps(arguments)}]]"


async def ask(screen: Screen, key: str) -> None:
    """Have the model read a page, and then want to keep something in the memory."""
    page = tool("web_fetch", url="http://127.0.0.1/")
    await screen.say(f"{page} [[then]] {tool('memory_store', key=key, value='all I know')} [[then]] [[say Done.]]")
    await expect(screen.page.get_by_role("button", name="Approve")).to_be_visible(timeout=LONG)


async def test_a_question_waits_through_a_reload_and_is_answered_by_keyboard(screen: Screen):
    await ask(screen, "allowed")
    await expect(screen.answers.last).to_contain_text('"value": "all I know"')
    row = screen.page.get_by_role("navigation", name="Conversations").get_by_role("link", name=WAITS)
    await expect(row).to_be_visible(timeout=SOON)
    await screen.shoot("asking")

    await screen.page.reload()
    await expect(row).to_be_visible(timeout=LONG)
    approve = screen.page.get_by_role("button", name="Approve")
    await expect(approve).to_be_visible(timeout=LONG)
    await approve.press("Enter")

    await screen.reads("Done.")
    await expect(row).to_have_count(0)
    await expect(screen.page.get_by_role("button", name="Approve")).to_have_count(0)
    await screen.say(f"{tool('scratch_list')} [[then]] [[say Next.]]")
    await screen.reads("Next.")


async def test_what_is_denied_does_not_run(screen: Screen):
    await ask(screen, "denied")
    await screen.page.get_by_role("button", name="Deny").click()
    await screen.reads("Done.")
    card = screen.answers.last.get_by_role("button", name=re.compile("^Remembered"))
    await card.press("Enter")
    await expect(screen.answers.last).to_contain_text("The person declined")
