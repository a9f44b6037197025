"""An administrator looks at the runtime, anybody at the timeline of an answer: by mouse, by keyboard, on a phone."""

import asyncio
import os
import subprocess
import sys

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def appoint(instance: Instance, mail: str, *more: str) -> None:
    """`apex admin`, on the instance that runs."""
    command = [sys.executable, "-m", "cluster.cli", "admin", mail, *more]
    env = {**os.environ, "APEX_HOME": str(instance.home)}
    await asyncio.to_thread(subprocess.run, command, env=env, check=True, capture_output=True)


async def test_the_timeline_of_an_answer_opens_from_its_details(screen: Screen):
    await screen.say(
        '[[speed 60]] [[say Let me see.]] [[tool calculator {"expression": "6*7"}]] [[then]] [[say It is forty-two.]]'
    )
    await screen.begins("It is forty-two.")
    await screen.settles()
    await screen.page.get_by_role("button", name="details").last.click()
    await screen.page.get_by_role("button", name="Timeline").click()
    dialog = screen.page.get_by_role("dialog", name="Timeline")
    happened = dialog.get_by_role("list", name="What happened when").get_by_role("listitem")
    await expect(happened.first).to_contain_text("Waiting: began after 0 ms", timeout=SOON)
    await expect(happened.filter(has_text="calculator, step 1")).to_have_count(1)
    await screen.shoot("timeline")
    await screen.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_an_administrator_finds_the_runtime_in_the_menu_and_it_is_live(screen: Screen, instance: Instance):
    await appoint(instance, screen.mail)
    await screen.page.reload()
    await screen.page.get_by_role("button", name="Account menu").focus()
    await screen.page.keyboard.press("Enter")
    await screen.page.get_by_role("menuitem", name="Runtime").press("Enter")
    await expect(screen.page.get_by_role("heading", name="Runtime", level=1)).to_be_visible(timeout=SOON)
    await expect(screen.page.get_by_role("status").filter(has_text="Live")).to_be_visible(timeout=SOON)
    await expect(screen.page.get_by_role("region", name="Hosts").get_by_text("Serving").first).to_be_visible(
        timeout=SOON
    )
    await expect(screen.page.get_by_role("link", name="Ray dashboard")).to_be_visible()
    async with screen.page.expect_response("**/api/v1/runtime"):
        pass
    await screen.shoot("runtime")
    await screen.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    await screen.shoot("runtime-dark")


async def test_who_is_no_administrator_is_not_led_there(screen: Screen, instance: Instance):
    await appoint(instance, screen.mail, "--revoke")
    await screen.page.reload()
    await screen.page.get_by_role("button", name="Account menu").click()
    await expect(screen.page.get_by_role("menuitem", name="Usage")).to_be_visible(timeout=SOON)
    await expect(screen.page.get_by_role("menuitem", name="Runtime")).to_have_count(0)
    await screen.page.goto(f"{screen.url}/runtime")
    await expect(screen.composer).to_be_visible(timeout=SOON)


async def test_the_runtime_fits_a_phone(browser: Browser, instance: Instance):
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
        await phone.register()
        await appoint(instance, phone.mail)
        await phone.page.goto(f"{phone.url}/runtime")
        await expect(phone.page.get_by_role("region", name="Hosts").get_by_text("Serving").first).to_be_visible(
            timeout=SOON
        )
        width = await phone.page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= 390
        await phone.shoot("runtime-phone")
        await phone.page.get_by_role("heading", name="Actors by kind").scroll_into_view_if_needed()
        await phone.shoot("runtime-phone-below")
    finally:
        await context.close()
