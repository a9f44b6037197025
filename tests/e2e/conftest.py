"""A whole instance, a provider that speaks the real wire, and a real browser in front of them."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, async_playwright

from tests.e2e.screen import Screen
from tests.instance import Instance

SHOTS = Path(__file__).parent / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Provider:
    """The stand-in for the model's provider, as a process of its own."""

    url: str


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A data folder, gone afterwards. Its path is short: sockets have short names."""
    folder = Path(tempfile.mkdtemp(prefix="apex-e2e-"))
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def model_provider() -> Iterator[Provider]:
    """The loopback provider."""
    command = [sys.executable, "-m", "tests.provider", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Provider(process.stdout.readline().strip())
        process.terminate()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def instance(home: Path, model_provider: Provider) -> AsyncIterator[Instance]:
    """`apex up`, with the provider in the place of Anthropic."""
    settings = {
        "ANTHROPIC_API_KEY": "a key for tests",
        "ANTHROPIC_BASE_URL": model_provider.url,
        "APEX_LOCAL_MODEL": "off",
        "APEX_MESSAGES_PER_MINUTE": "1000",
    }
    async with Instance(home, settings=settings) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """The driver of the browser."""
    async with async_playwright() as driver:
        yield driver


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """The Chromium that is installed, or the one that playwright brought."""
    installed = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    opened = await playwright.chromium.launch(executable_path=installed, args=FLAGS)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A wide window that nobody has used before. What the page complains about fails the test."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["clipboard-read"])
    opened = await context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    await context.close()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def screen(page: Page, instance: Instance) -> Screen:
    """Somebody new, signed in, before an empty conversation."""
    someone = Screen(page, instance.url, shots=SHOTS)
    await someone.register()
    return someone
