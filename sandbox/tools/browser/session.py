"""One conversation's browser: it starts when something is to be done in it, and ends when nothing is for a while."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeVar

from sandbox.egress.guard import Guard
from sandbox.jail.jail import Jail
from sandbox.kept.kept import Rest
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.browsers import DEFAULT_SIZE, BrowserFacts, Size

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Open:
    """A browser that was started."""

    browser: Browser
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


class Session:
    """A browser's place. `when_over` is called after it was idle for too long."""

    def __init__(
        self, jail: Jail, guard: Guard, idle_seconds: float, when_over: Callable[[], None] = lambda: None
    ) -> None:
        self._jail = jail
        self._guard = guard
        self._when_over = when_over
        self._open: _Open | None = None
        self._starting = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        self.rest = Rest(idle_seconds, self._over)
        """Since when it was not used."""

    @property
    def takes_room(self) -> bool:
        """Whether a browser runs, or is about to."""
        return self.rest.wanted > 0 or self._living() is not None

    @property
    def facts(self) -> BrowserFacts | None:
        """What runs, if it does."""
        opened = self._living()
        if opened is None:
            return None
        browser = opened.browser
        return BrowserFacts(session=opened.id, since=opened.since, size=browser.size, tabs=len(browser.tabs))

    async def start(self, size: Size = DEFAULT_SIZE) -> BrowserFacts:
        """See `Browsers.start`."""
        with self.rest.use():
            await self._started(size)
            facts = self.facts
        assert facts is not None
        return facts

    async def do(self, deed: Callable[Concatenate[Browser, P], Awaitable[T]], *given: P.args, **named: P.kwargs) -> T:
        """See `Browsers.do`."""
        with self.rest.use():
            return await deed(await self._started(DEFAULT_SIZE), *given, **named)

    async def end(self) -> bool:
        """End the browser, whatever it does. Answers whether there was one."""
        living, opened, self._open = self._living(), self._open, None
        if opened is not None:
            await opened.browser.close()
        return living is not None

    async def close(self) -> None:
        """End it for good."""
        self.rest.stop()
        async with self._starting:
            await self.end()
        await asyncio.gather(*self._closing)

    async def _started(self, size: Size) -> Browser:
        async with self._starting:
            opened = self._living()
            if opened is None:
                await self.end()
                width, height = size
                browser = await Browser.start(self._jail, self._guard, width=width, height=height)
                opened = self._open = _Open(browser)
            return opened.browser

    def _living(self) -> _Open | None:
        opened = self._open
        return opened if opened is not None and opened.browser.is_open else None

    def _over(self) -> None:
        task = asyncio.get_running_loop().create_task(self._ended())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        self._when_over()

    async def _ended(self) -> None:
        await self.end()
