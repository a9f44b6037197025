"""The page as a person uses it: what they do, and what they then see."""

import re
import uuid
from pathlib import Path

from playwright.async_api import Locator, Page, expect

PASSWORD = "correct horse battery staple"
SOON = 20_000
LONG = 90_000
"""Milliseconds that something may take to show."""


def counted(most: int) -> str:
    """What an answer to `[[count N]]` reads."""
    return " ".join(str(number) for number in range(1, most + 1))


class Screen:
    """One page of one person."""

    def __init__(self, page: Page, url: str, *, shots: Path) -> None:
        self.page = page
        self.url = url
        self.mail = f"{uuid.uuid4().hex[:12]}@example.org"
        self._shots = shots

    async def register(self) -> None:
        """Make an account by the form."""
        await self.page.goto(f"{self.url}/register")
        await self.page.get_by_label("Name").fill("Ada")
        await self.page.get_by_label("Email").fill(self.mail)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Create account").click()
        await expect(self.composer).to_be_visible(timeout=SOON)

    async def log_in(self, mail: str) -> None:
        """Sign in by the form."""
        await self.page.goto(f"{self.url}/login")
        await self.page.get_by_label("Email").fill(mail)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in").click()
        await expect(self.composer).to_be_visible(timeout=SOON)

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def stop_button(self) -> Locator:
        """There while an answer comes."""
        return self.page.get_by_role("button", name="Stop the answer")

    @property
    def answers(self) -> Locator:
        """What the agent said, answer by answer."""
        return self.page.locator("[data-answer]")

    async def say(self, text: str) -> None:
        """Write a message and send it by the keyboard."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def begins(self, text: str) -> None:
        """Wait until the last answer has this in it."""
        await expect(self.answers.last).to_contain_text(text, timeout=SOON)

    async def settles(self) -> None:
        """Wait until no answer is coming."""
        await expect(self.stop_button).to_have_count(0, timeout=LONG)

    async def text_of_last(self) -> str:
        """The last answer's own words, white space folded."""
        words = await self.answers.last.locator("[data-markdown]").all_inner_texts()
        return re.sub(r"\s+", " ", " ".join(words)).strip()

    async def reads(self, text: str) -> None:
        """Wait until the last answer is complete, and see that it says just this."""
        await self.settles()
        await expect(self.answers.last.locator("[data-markdown]").last).to_be_visible(timeout=SOON)
        assert await self.text_of_last() == text

    async def shoot(self, name: str) -> None:
        """Keep a picture of the page."""
        self._shots.mkdir(exist_ok=True)
        await self.page.screenshot(path=self._shots / f"{name}.png")
