"""An agent is chosen to answer, and walks through the village while it works: on the map, in the list, on a phone."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen
from tests.e2e.test_tool_cards import asks
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def choose_azoth(page: Page) -> None:
    """By the keyboard, at the composer."""
    await page.get_by_role("button", name="Agent: Assistant").press("Enter")
    await page.get_by_role("menuitemradio", name=re.compile("^Azoth")).press("Enter")
    await expect(page.get_by_role("button", name="Agent: Azoth")).to_be_visible()


async def test_the_agent_one_talks_with_is_named_and_seen_at_work(screen: Screen):
    page = screen.page
    watching = await page.context.new_page()
    await watching.goto(f"{screen.url}/village")
    azoth = watching.get_by_role("button", name=re.compile("^Azoth"))
    await expect(azoth).to_contain_text("Village square", timeout=SOON)
    await expect(watching.locator("[data-map]")).to_be_visible()

    await choose_azoth(page)
    await screen.say(asks("execute_python", code="import time\ntime.sleep(60)", timeout=90))
    await expect(azoth).to_contain_text("Workshop", timeout=SOON)
    await expect(azoth).to_contain_text("uses execute_python")
    await azoth.press("Enter")
    await expect(azoth).to_have_attribute("aria-pressed", "true")
    await watching.screenshot(path=SHOTS / "village-at-work.png")

    await expect(screen.answers.last.get_by_role("heading", name="Azoth says")).to_be_visible()
    await page.get_by_role("button", name="Stop: Running Python").click()
    await screen.settles()
    await expect(azoth).to_contain_text("Village square", timeout=SOON)
    await expect(page.get_by_role("link", name=re.compile("with Azoth"))).to_be_visible(timeout=SOON)
    await page.reload()
    await expect(page.get_by_role("button", name="Agent: Azoth")).to_be_visible(timeout=SOON)
    await screen.shoot("chat-azoth")


async def test_one_talks_with_an_agent_from_the_village(screen: Screen):
    page = screen.page
    await page.get_by_role("link", name="Village", exact=True).click()
    await page.get_by_role("button", name=re.compile("^Vajra")).click(timeout=SOON)
    await page.get_by_role("button", name="Talk with Vajra").click()
    await expect(page.get_by_role("button", name="Agent: Vajra")).to_be_visible(timeout=SOON)
    await screen.say("[[say Verdict first.]]")
    await screen.reads("Verdict first.")
    await expect(screen.answers.last.get_by_role("heading", name="Vajra says")).to_be_visible()


async def test_the_village_fits_a_phone(browser: Browser, instance: Instance):
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
        await phone.register()
        await phone.page.goto(f"{phone.url}/village")
        plan = phone.page.locator("[data-map]")
        await expect(plan).to_be_visible(timeout=SOON)
        box = await plan.bounding_box()
        assert box is not None
        assert box["width"] <= 390
        await plan.tap(position={"x": box["width"] * 120 / 840, "y": box["height"] * 118 / 676})
        await expect(phone.page.locator("[data-card]")).to_contain_text("Library")
        assert await phone.page.evaluate("document.scrollingElement.scrollWidth") <= 390
        await phone.shoot("village-phone")
    finally:
        await context.close()
