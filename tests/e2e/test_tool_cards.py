"""Tools run in a conversation, and their cards show code, output, tables, pictures, files and failures."""

import json
import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

PLOT = """\
import matplotlib.pyplot as plt

for step in range(40):
    print("step", step, step * step)
plt.bar(("tea", "rum", "gold"), (4, 7, 9), color="#d9a72e")
plt.savefig("sales.png")
6 * 7"""


def asks(tool: str, **arguments: object) -> str:
    """What makes the stand-in provider ask for a tool, and then go on."""
    return f"[[tool {tool} {json.dumps(arguments)}]] [[then]] [[say Done.]]"


def header(screen: Screen, title: str, state: str) -> Locator:
    """The button that folds the card."""
    return screen.answers.last.get_by_role("button", name=re.compile(rf"^{title}\s*, {state}"))


async def test_a_program_is_shown_with_its_output_value_and_picture(screen: Screen):
    await screen.say(asks("execute_python", code=PLOT))
    await screen.reads("Done.")
    answer = screen.answers.last
    await expect(header(screen, "Ran Python", "done")).to_have_attribute("aria-expanded", "true")
    await expect(answer.locator("code .hljs-keyword").first).to_have_text("import", timeout=SOON)
    await expect(answer.get_by_role("group", name="Output")).to_contain_text("step 3 9")
    await expect(answer.get_by_role("group", name="Return value")).to_have_text("42")
    await answer.get_by_role("button", name="Show all 40 lines").click()
    picture = answer.get_by_role("img", name="sales.png")
    await expect(picture).to_be_visible(timeout=SOON)
    assert await picture.evaluate("image => image.complete && image.naturalWidth > 100")
    await screen.shoot("card-program")

    await answer.get_by_role("button", name="Open sales.png", exact=False).last.click()
    dialog = screen.page.get_by_role("dialog", name="sales.png")
    await expect(dialog.get_by_role("img")).to_be_visible(timeout=SOON)
    await screen.page.keyboard.press("Escape")
    await header(screen, "Ran Python", "done").press("Enter")
    await expect(header(screen, "Ran Python", "done")).to_have_attribute("aria-expanded", "false")
    await expect(picture).to_have_count(0)


async def test_a_table_is_a_table_and_a_failure_is_seen_to_be_one(screen: Screen):
    rows = "pet,age\n" + "".join(f"pet {number},{number}\n" for number in range(30))
    await screen.say(
        f"[[tool fs_write_file {json.dumps({'path': 'pets.csv', 'content': rows})}]] [[then]]"
        f"[[tool data_query {json.dumps({'files': ['pets.csv'], 'sql': 'select pet, age from pets order by age'})}]]"
        f"[[tool execute_python {json.dumps({'code': '1 / 0'})}]] [[then]] [[say Done.]]"
    )
    await screen.reads("Done.")
    table = screen.answers.last.get_by_role("table")
    await expect(table.get_by_role("columnheader")).to_have_text(["pet", "age"], timeout=SOON)
    await expect(table.get_by_role("row")).to_have_count(21)
    await screen.answers.last.get_by_role("button", name="Show all", exact=True).click()
    await expect(table.get_by_role("row")).to_have_count(31)
    await expect(header(screen, "Ran Python", "failed")).to_be_visible()
    await expect(screen.answers.last.get_by_role("group", name="Error", exact=True)).to_contain_text(
        "ZeroDivisionError"
    )
    await header(screen, "Ran Python", "failed").scroll_into_view_if_needed()
    await screen.page.emulate_media(color_scheme="dark")
    await screen.shoot("card-failure-dark")


async def test_a_run_that_takes_long_shows_a_clock_and_can_be_stopped(screen: Screen):
    await screen.say(asks("execute_python", code="import time\ntime.sleep(100)", timeout=120))
    stop = screen.page.get_by_role("button", name="Stop: Running Python")
    await expect(stop).to_be_visible(timeout=SOON)
    await expect(header(screen, "Running Python", "running")).to_contain_text(re.compile(r"\d s"))
    await screen.shoot("card-running")
    await stop.click()
    await screen.settles()
    await expect(screen.page.get_by_text("You stopped this answer.")).to_be_visible(timeout=SOON)


async def test_the_cards_fit_a_phone(browser: Browser, instance: Instance):
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
        await phone.register()
        wide = f'print("{"wide " * 60}")\n' + PLOT
        await phone.say(asks("execute_python", code=wide))
        await phone.reads("Done.")
        await expect(phone.answers.last.get_by_role("img", name="sales.png")).to_be_visible(timeout=SOON)
        assert await phone.page.evaluate("document.scrollingElement.scrollWidth") <= 390
        await phone.shoot("card-phone")
    finally:
        await context.close()
