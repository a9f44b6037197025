"""Somebody keeps files: by mouse, by keyboard, on a phone."""

import os
import struct
import zlib

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, Route, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(width: int = 320, height: int = 200) -> bytes:
    """A PNG of one golden colour."""
    rows = (b"\0" + bytes((217, 167, 46)) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def named(name: str, content: bytes) -> FilePayload:
    """A file of the person's own disk."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def item(page: Page, name: str) -> Locator:
    """The row or tile of a file."""
    return page.locator(f"[data-entry][title='{name}']")


async def upload(page: Page, *files: FilePayload) -> None:
    """Choose these with the button, and wait until they have arrived."""
    await page.get_by_label("Files to upload").set_input_files(list(files))
    uploads = page.get_by_role("region", name="Uploads")
    await expect(uploads.get_by_role("status")).to_have_text(f"Uploaded {len(files)} of {len(files)}", timeout=SOON)
    await uploads.get_by_role("button", name="Clear").click()


async def test_a_large_file_goes_on_after_a_lost_connection(screen: Screen):
    page = await open_files(screen)
    pieces = "**/api/v1/files/uploads/*?offset=*"
    refused: list[str] = []

    async def lose(route: Route) -> None:
        refused.append(route.request.url)
        await (route.continue_() if "offset=0&" in route.request.url else route.abort("connectionfailed"))

    await page.route(pieces, lose)
    await page.get_by_label("Files to upload").set_input_files([named("large.bin", os.urandom(10 * 1024 * 1024))])
    uploads = page.get_by_role("region", name="Uploads")
    await expect(uploads).to_contain_text("Waits for the connection", timeout=SOON)
    await expect(uploads.get_by_role("progressbar", name="Uploading large.bin")).to_have_attribute(
        "aria-valuenow", "40"
    )
    await screen.shoot("files-piece-lost")

    await page.unroute(pieces)
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(uploads.get_by_role("status")).to_have_text("Uploaded 1 of 1", timeout=SOON)
    assert [url for url in refused if "offset=0&" in url] == refused[:1], "what had arrived is not sent again"
    await expect(item(page, "large.bin")).to_contain_text("10")


async def open_files(screen: Screen) -> Page:
    """By the menu, as one finds it."""
    page = screen.page
    await page.get_by_role("button", name="Account menu").click()
    await page.get_by_role("menuitem", name="Files").click()
    await expect(page.get_by_role("heading", name="Files", level=1)).to_be_visible(timeout=SOON)
    return page


async def test_files_are_uploaded_seen_renamed_moved_deleted_and_had_back(screen: Screen):
    page = await open_files(screen)
    await expect(page.get_by_text("No files yet")).to_be_visible(timeout=SOON)
    await screen.shoot("files-empty")
    await upload(
        page, named("gold.png", picture()), named("notes.md", b"# Gold\n\nAu 79\n"), named("a.csv", b"a,b\n1,2\n")
    )

    await item(page, "gold.png").click()
    preview = page.get_by_role("dialog", name="gold.png")
    await expect(preview.get_by_role("img", name="gold.png")).to_be_visible(timeout=SOON)
    assert await preview.get_by_role("img").evaluate("image => image.naturalWidth") == 320
    async with page.expect_download() as download:
        await preview.get_by_role("button", name="Download").click()
    assert (await download.value).suggested_filename == "gold.png"
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="New folder").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("treasures")
    await page.keyboard.press("Enter")
    await expect(item(page, "treasures")).to_be_focused(timeout=SOON)

    await item(page, "gold.png").focus()
    await page.keyboard.press("F2")
    await page.get_by_role("dialog").get_by_label("Name").fill("aurum.png")
    await page.keyboard.press("Enter")
    await expect(item(page, "aurum.png")).to_be_focused(timeout=SOON)

    await page.get_by_role("button", name="Options for aurum.png").click()
    await page.get_by_role("menuitem", name="Move").click()
    await page.get_by_role("dialog").get_by_label("treasures", exact=True).check()
    await screen.shoot("files-move")
    await page.get_by_role("button", name="Move here").click()
    await expect(item(page, "aurum.png")).to_have_count(0, timeout=SOON)
    await item(page, "treasures").press("Enter")
    await expect(item(page, "aurum.png")).to_be_visible(timeout=SOON)
    await expect(page.get_by_role("navigation", name="Folder")).to_contain_text("treasures")

    await item(page, "aurum.png").press("Delete")
    await expect(page.get_by_text("This folder is empty")).to_be_visible(timeout=SOON)
    await page.get_by_role("button", name="Undo").last.click()
    await expect(item(page, "aurum.png")).to_be_visible(timeout=SOON)
    await page.get_by_role("button", name="Grid").click()
    await expect(page.locator("[data-entry] img")).to_be_visible(timeout=SOON)
    await page.go_back()
    await expect(item(page, "notes.md")).to_be_visible(timeout=SOON)
    await screen.shoot("files-grid")


async def test_a_name_that_is_taken_is_asked_about_and_what_was_replaced_comes_back(screen: Screen):
    page = await open_files(screen)
    await upload(page, named("plan.txt", b"the first plan"))
    await page.get_by_label("Files to upload").set_input_files([named("plan.txt", b"another plan")])
    await page.get_by_role("button", name="Replace plan.txt").click(timeout=SOON)
    await expect(page.get_by_role("region", name="Uploads").get_by_role("status")).to_have_text(
        "Uploaded 1 of 1", timeout=SOON
    )
    await item(page, "plan.txt").click()
    await expect(page.get_by_role("dialog")).to_contain_text("another plan", timeout=SOON)
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Options for plan.txt").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Versions").press("Enter")
    versions = page.get_by_role("dialog", name="Versions of plan.txt")
    await versions.get_by_role("button", name="Restore").click(timeout=SOON)
    await expect(versions).to_have_count(0, timeout=SOON)
    await item(page, "plan.txt").click()
    await expect(page.get_by_role("dialog")).to_contain_text("the first plan", timeout=SOON)


async def test_files_are_found_by_their_words_and_the_trash_gives_back_or_forgets(screen: Screen):
    page = await open_files(screen)
    await upload(page, named("diary.txt", b"Monday\nthe philosopher's stone\n"), named("other.txt", b"nothing\n"))
    await page.get_by_role("searchbox", name="Search names and contents").fill("philosopher")
    found = page.get_by_role("region", name="Found")
    await expect(found.get_by_role("button")).to_have_count(1, timeout=SOON)
    await expect(found.get_by_role("button")).to_contain_text("the philosopher's stone")
    await screen.shoot("files-found")
    await page.get_by_role("searchbox", name="Search names and contents").fill("")

    for name in ("diary.txt", "other.txt"):
        await item(page, name).press("Delete")
        await expect(item(page, name)).to_have_count(0, timeout=SOON)
    await page.get_by_role("link", name="Trash").click()
    await page.get_by_role("button", name="Restore diary.txt").click(timeout=SOON)
    await expect(page.get_by_role("list", name="Deleted").get_by_role("listitem")).to_have_count(1, timeout=SOON)
    await screen.shoot("files-trash")
    await page.get_by_role("button", name="Empty the trash").click()
    await page.get_by_role("button", name="Delete for good").click()
    await expect(page.get_by_text("Nothing was deleted in the last seven days.")).to_be_visible(timeout=SOON)
    await page.get_by_role("link", name="Files", exact=True).click()
    await expect(item(page, "diary.txt")).to_be_visible(timeout=SOON)


async def test_files_can_be_dropped_and_walked_by_arrows(screen: Screen):
    page = await open_files(screen)
    await expect(page.get_by_text("No files yet")).to_be_visible(timeout=SOON)
    dropped = await page.evaluate_handle(
        """() => {
            const dropped = new DataTransfer()
            for (const name of ['a.txt', 'b.txt', 'c.txt']) dropped.items.add(new File([name], name))
            return dropped
        }"""
    )
    await page.dispatch_event("body", "dragover", {"dataTransfer": dropped})
    await expect(page.get_by_text("Drop files to upload them")).to_be_visible()
    await page.dispatch_event("body", "drop", {"dataTransfer": dropped})
    await expect(item(page, "c.txt")).to_be_visible(timeout=SOON)
    await item(page, "a.txt").focus()
    await page.keyboard.press("ArrowDown")
    await expect(item(page, "b.txt")).to_be_focused()
    await page.keyboard.press("End")
    await expect(item(page, "c.txt")).to_be_focused()
    await page.keyboard.press("Delete")
    await expect(item(page, "b.txt")).to_be_focused(timeout=SOON)
    await page.emulate_media(color_scheme="dark")
    await screen.shoot("files-dark")


async def test_the_files_fit_a_phone(browser: Browser, instance: Instance):
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
        await phone.register()
        await phone.page.goto(f"{phone.url}/files")
        long = "a-very-long-name-that-does-not-fit-a-phone-" * 2 + ".txt"
        await upload(phone.page, named("gold.png", picture()), named(long, b"text"), named("song.mp3", b"\0"))
        await expect(item(phone.page, "gold.png")).to_be_visible(timeout=SOON)
        assert await phone.page.evaluate("document.scrollingElement.scrollWidth") <= 390
        await phone.shoot("files-phone")
        await phone.page.get_by_role("button", name="Options for gold.png").tap()
        await expect(phone.page.get_by_role("menuitem", name="Versions")).to_be_visible()
        await phone.shoot("files-phone-menu")
        await phone.page.get_by_role("menuitem", name="Move").tap()
        await expect(phone.page.get_by_role("dialog", name="Move gold.png")).to_be_visible()
        await phone.shoot("files-phone-move")
    finally:
        await context.close()
