"""Somebody looks at the tools, tries one, and chooses what models are given: by mouse, by keyboard, on a phone."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_a_tool_is_found_tried_and_a_preset_chosen(screen: Screen):
    page = screen.page
    await page.get_by_role("button", name="Account menu").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Tools").press("Enter")
    await expect(page.get_by_role("region", name="Scratch")).to_be_visible(timeout=SOON)
    await screen.shoot("tools")

    await page.get_by_role("searchbox", name="Find a tool").fill("arithmetic")
    await expect(page.get_by_role("region", name="Found").get_by_role("button").first).to_contain_text("calculator")
    await page.get_by_role("region", name="Found").get_by_role("button").first.press("Enter")
    dialog = page.get_by_role("dialog", name="calculator")
    await dialog.get_by_role("textbox", name="expression").fill("2^10 + 0.5")
    await dialog.get_by_role("button", name="Run").click()
    await expect(dialog.get_by_role("region", name="Result")).to_contain_text("1024.5", timeout=SOON)
    await expect(dialog.get_by_role("region", name="Result")).to_be_in_viewport(ratio=0.9)
    await screen.shoot("tool-tried")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)

    creative = page.get_by_role("radio", name="Creative")
    async with page.expect_response("**/api/v1/user/preferences"):
        await page.get_by_role("radio", name="Standard").press("ArrowRight")
    await expect(page.get_by_role("radio", checked=True)).to_have_count(1)
    async with page.expect_response("**/api/v1/user/preferences"):
        await creative.check(force=True)
    await page.emulate_media(color_scheme="dark")
    await page.reload()
    await expect(creative).to_be_checked(timeout=SOON)
    await screen.shoot("tools-dark")


async def test_the_tools_fit_a_phone(browser: Browser, instance: Instance):
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
        await phone.register()
        await phone.page.goto(f"{phone.url}/tools")
        await phone.page.get_by_role("button", name="string_replace").tap(timeout=SOON)
        dialog = phone.page.get_by_role("dialog", name="string_replace")
        await dialog.get_by_role("button", name="Fill in the example").tap()
        await dialog.get_by_role("button", name="Run").tap()
        await expect(dialog.get_by_role("region", name="Result")).to_contain_text("white roses", timeout=SOON)
        await phone.shoot("tool-phone")
        await phone.page.keyboard.press("Escape")
        width = await phone.page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= 390
        await phone.page.evaluate("document.querySelector('h1').scrollIntoView()")
        await phone.shoot("tools-phone")
    finally:
        await context.close()
