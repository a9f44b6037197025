"""Councils as a person convenes, watches, interrupts and shares them; and what they used, on the dashboard."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import LONG, SOON, Screen
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ANSWER = (
    '{"vote": "Yes", "position": "It is the heaviest of the common metals", "reasoning": "Nineteen to one.", '
    '"arguments": ["It sinks in mercury"], "confidence": 0.9, "reviews": []}'
)
QUESTION = "Is gold heavy?"


async def convene(screen: Screen) -> Page:
    """A council of the founders that waits for the word to begin."""
    page = screen.page
    await page.get_by_role("link", name="Councils").click()
    await page.get_by_role("link", name="New council").click(timeout=SOON)
    await page.get_by_label("Question").fill(f"{QUESTION} [[first 0.3]] [[say {ANSWER}]]")
    await page.get_by_role("textbox", name="Option 1").fill("Yes")
    await page.get_by_role("textbox", name="Option 2").fill("No")
    await page.get_by_label("Begin at once").uncheck()
    await screen.shoot("council-new")
    await page.get_by_role("button", name="Convene").click()
    await expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=SOON)
    return page


async def test_a_council_deliberates_is_interrupted_shared_and_counted(
    screen: Screen, browser: Browser, instance: Instance
):
    page = await convene(screen)
    await page.get_by_label("Butt in").fill("Think of platinum, too")
    await page.get_by_role("button", name="Say it").click()
    await expect(page.get_by_text("Waits for the next round")).to_be_visible(timeout=SOON)

    await page.get_by_role("button", name="Start").click()
    await expect(page.locator("[data-cell=thinking]").first).to_be_visible(timeout=SOON)
    await screen.shoot("council-thinking")
    await expect(page.get_by_role("heading", name="What they came to")).to_be_visible(timeout=LONG)
    await expect(page.locator("[data-cell=open]").first).to_contain_text("It is the heaviest", timeout=SOON)
    await expect(page.get_by_text("Heard in round 1")).to_be_visible()
    await expect(page.locator("[data-baseline]")).to_contain_text("Yes")
    await expect(page.get_by_role("region", name="Minority report")).to_contain_text("Nobody dissents")
    await expect(page.locator("[data-chart] canvas")).to_be_visible(timeout=SOON)
    await screen.shoot("council-ended")

    await page.locator("[data-cell=open]").first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("It sinks in mercury")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More").click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Export as Markdown").click()
    assert QUESTION in (await (await download.value).path()).read_text()

    await page.get_by_role("button", name="Share").click()
    await page.get_by_role("button", name="Make a link").click()
    link = await page.locator("[data-link]").inner_text(timeout=SOON)
    await looked_at_by_a_stranger(browser, link)
    await page.get_by_role("button", name="End all links").click()
    await page.keyboard.press("Escape")

    await page.goto(f"{screen.url}/usage")
    await page.get_by_role("button", name="Kind of work").click(timeout=SOON)
    await expect(page.get_by_role("region", name="Use by kind of work")).to_contain_text("Councils", timeout=SOON)
    await expect(page.locator("[data-chart] canvas").first).to_be_visible(timeout=SOON)
    await screen.shoot("usage")


async def looked_at_by_a_stranger(browser: Browser, link: str) -> None:
    """On a phone, and without signing in."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        page = await context.new_page()
        await page.goto(link)
        await expect(page.get_by_role("heading", name=QUESTION)).to_be_visible(timeout=SOON)
        await expect(page.locator("[data-cell=open]")).to_have_count(4)
        await expect(page.get_by_role("button", name="Share")).to_have_count(0)
        await page.screenshot(path=SHOTS / "council-shared-phone.png", full_page=True)
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= 390
    finally:
        await context.close()
