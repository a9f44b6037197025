"""A person sends an agent to work and a swarm over a list, and watches both to their ends."""

import pytest
from playwright.async_api import expect

from tests.e2e.screen import LONG, SOON, Screen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_an_agent_is_sent_to_work_and_its_result_and_steps_are_read(screen: Screen):
    page = screen.page
    await page.get_by_role("link", name="Agents", exact=True).click()
    await page.get_by_role("button", name="New agent").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Task", exact=True).fill("[[say **Sorted** and done.]]")
    await dialog.locator("summary").click()
    await expect(dialog.get_by_label("Money, in dollars")).to_have_attribute("placeholder", "1", timeout=SOON)
    await dialog.get_by_label("Money, in dollars").fill("0.5")
    await dialog.get_by_role("button", name="Send to work").click()

    await expect(page.locator("[data-result] strong")).to_have_text("Sorted", timeout=LONG)
    await expect(page.get_by_label("The chosen agent")).to_contain_text("Done")
    await expect(page.get_by_role("meter", name="Money")).to_have_attribute("aria-valuemax", "0.5")
    await expect(page.get_by_label("The chosen agent")).to_contain_text("Spent $0.0", timeout=SOON)
    await screen.shoot("agent")
    await page.get_by_role("link", name="Steps").click()
    await expect(screen.answers.last).to_contain_text("Sorted and done.", timeout=SOON)
    await expect(page.get_by_role("button", name="Answer anew")).to_have_count(0)


async def test_a_swarm_fills_up_and_is_read_as_a_table(screen: Screen):
    page = screen.page
    await page.get_by_role("link", name="Swarms", exact=True).click()
    await page.get_by_role("button", name="New swarm").click()
    await page.get_by_label("Task", exact=True).fill("[[say {input} is sorted]]")
    await page.get_by_label("Inputs", exact=True).fill("\n".join(f"fruit {n}" for n in range(12)))
    await expect(page.locator("[data-example]")).to_have_text("[[say fruit 0 is sorted]]")
    await page.get_by_role("button", name="Begin").click()

    await expect(page.get_by_label("Items by status")).to_contain_text("12 done", timeout=LONG)
    await screen.shoot("swarm")
    await page.get_by_role("button", name="Table", exact=True).click()
    await expect(page.get_by_role("row").nth(12)).to_contain_text("fruit 11 is sorted", timeout=SOON)
