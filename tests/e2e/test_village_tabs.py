"""The village's tabs as a person uses them: what is known, threads, realms and invitations."""

import asyncio
import json

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def open_tab(screen: Screen, name: str) -> Page:
    """A tab of the village, at its own address."""
    await screen.page.goto(f"{screen.url}/village/{name}")
    await expect(screen.page.get_by_role("navigation", name="Village")).to_be_visible(timeout=SOON)
    return screen.page


async def remember(page: Page, text: str, *, tags: str = "") -> None:
    """Add a memory in the person's own name."""
    await page.get_by_role("button", name="Add", exact=True).click()
    form = page.get_by_role("dialog", name="Add a memory")
    await form.get_by_label("What to remember").fill(text)
    await form.get_by_label("Tags").fill(tags)
    await form.get_by_role("button", name="Remember").click()
    await expect(page.locator("[data-memory]", has_text=text)).to_be_visible(timeout=SOON)


async def search(page: Page, words: str) -> str:
    """What the first hit says. Its meaning is found once it has a vector, which comes a little later."""
    field = page.get_by_role("searchbox", name="Search memories")
    await field.fill("")
    async with page.expect_response(lambda answer: "/village/knowledge?q=" in answer.url, timeout=SOON):
        await field.fill(words)
    return await page.locator("[data-memory]").first.inner_text(timeout=SOON)


async def test_memories_are_added_found_changed_removed_and_had_back(screen: Screen):
    page = await open_tab(screen, "memory")
    await expect(page.get_by_text("Nothing is known here yet")).to_be_visible(timeout=SOON)
    await screen.shoot("village-memory-empty")
    await remember(page, "Gold melts at 1064 degrees Celsius", tags="gold, heat")
    await remember(page, "The library closes at six in the evening")

    first = page.locator("[data-memory]").first
    async with asyncio.timeout(SOON / 1000):
        while "by meaning, with a similarity of" not in await search(page, "when does gold become liquid"):
            pass
    await expect(first).to_contain_text("Gold melts")
    await screen.shoot("village-memory-found")

    await first.click()
    memory = page.get_by_role("dialog", name="Memory")
    await expect(memory).to_contain_text("Written by a person", timeout=SOON)
    await screen.shoot("village-memory-one")
    await memory.get_by_role("button", name="Edit").click()
    await memory.get_by_label("Content").fill("Gold melts at 1064.18 degrees Celsius")
    await memory.get_by_role("button", name="Save as version 2").click()
    await expect(memory.get_by_role("heading", name="Versions")).to_be_visible(timeout=SOON)
    await page.keyboard.press("Escape")

    await page.get_by_role("searchbox", name="Search memories").fill("")
    gold = page.locator("[data-memory]", has_text="1064.18")
    await expect(gold).to_be_visible(timeout=SOON)
    await gold.focus()
    await page.keyboard.press("Delete")
    await expect(gold).to_have_count(0, timeout=SOON)
    await page.get_by_role("button", name="Undo").last.click()
    await expect(gold).to_be_visible(timeout=SOON)


async def test_what_is_known_goes_out_as_lines_and_comes_in_once(screen: Screen):
    page = await open_tab(screen, "memory")
    await remember(page, "Mercury is the quick silver")
    await page.get_by_role("button", name="Export and import").click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Export").click()
    path = await (await download.value).path()
    lines = path.read_bytes()
    assert any("quick silver" in json.dumps(json.loads(line)) for line in lines.splitlines())

    await page.get_by_role("button", name="Export and import").click()
    await page.get_by_role("menuitem", name="Import").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("File").set_input_files(
        [{"name": "known.jsonl", "mimeType": "application/x-ndjson", "buffer": lines}]
    )
    await expect(form.get_by_role("status")).to_contain_text("0 of 1 added, 1 known before", timeout=SOON)
    await screen.shoot("village-memory-import")


async def test_a_thread_is_begun_answered_and_drawn(screen: Screen):
    page = await open_tab(screen, "threads")
    await page.get_by_role("button", name="New thread").click(timeout=SOON)
    await page.get_by_role("dialog").get_by_label("Title").fill("The stone")
    await page.keyboard.press("Enter")
    thread = page.get_by_role("region", name="The stone")
    await thread.get_by_role("button", name="Add to it").click(timeout=SOON)
    await page.get_by_role("dialog").get_by_label("What to remember").fill("The stone is red")
    await page.get_by_role("button", name="Remember").click()
    await thread.get_by_role("button", name="Answer 1").click(timeout=SOON)
    await page.get_by_role("dialog").get_by_label("What to remember").fill("It was white before")
    await page.get_by_role("button", name="Remember").click()
    await expect(thread.get_by_role("listitem").nth(1)).to_contain_text("answers 1", timeout=SOON)
    await expect(page.locator("[data-graph] path")).to_have_count(1)
    await screen.shoot("village-thread")

    await thread.get_by_role("button", name="All threads").click()
    await expect(page.get_by_role("list", name="Threads")).to_contain_text("2 statements", timeout=SOON)
    await page.get_by_role("button", name="Options for The stone").click()
    await page.get_by_role("menuitem", name="Archive").click()
    await expect(page.get_by_text("No threads yet")).to_be_visible(timeout=SOON)


async def test_a_realm_is_made_and_another_person_joins_by_a_link(screen: Screen, browser: Browser, instance: Instance):
    page = await open_tab(screen, "realms")
    await page.get_by_role("button", name="New realm").click(timeout=SOON)
    await page.get_by_role("dialog").get_by_label("Name").fill("Guild")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Guild")).to_be_visible(timeout=SOON)
    await page.get_by_label("They become").select_option("writer")
    await page.get_by_role("button", name="Make a link").click()
    link = await page.locator("code").inner_text(timeout=SOON)
    await screen.shoot("village-realm")

    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
        await phone.register()
        await phone.page.goto(link)
        await expect(phone.page.get_by_text("Ada invites you as a writer")).to_be_visible(timeout=SOON)
        await phone.shoot("village-join-phone")
        await phone.page.get_by_role("button", name="Join").tap()
        await expect(phone.page.locator("[data-realm]")).to_have_value(
            await page.locator("[data-realm]").input_value(), timeout=SOON
        )
        await expect(page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(2, timeout=SOON)

        await open_tab(phone, "memory")
        await remember(phone.page, "The guild meets on Monday")
        await phone.shoot("village-memory-phone")
        assert await phone.page.evaluate("document.scrollingElement.scrollWidth") <= 390
        await open_tab(phone, "realms")
        await phone.page.get_by_role("button", name="Leave").tap(timeout=SOON)
        await phone.page.get_by_role("dialog").get_by_role("button", name="Leave").tap()
        await expect(phone.page.locator("[data-realm]")).not_to_contain_text("Guild", timeout=SOON)
    finally:
        await context.close()
    await open_tab(screen, "memory")
    await expect(page.locator("[data-memory]", has_text="The guild meets")).to_be_visible(timeout=SOON)
