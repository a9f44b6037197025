"""A running browser: its jail, its way out and its tabs."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from sandbox.egress.guard import Guard
from sandbox.egress.proxy import Proxy
from sandbox.errors import ToolFailed
from sandbox.jail.jail import Jail
from sandbox.jail.run import Outcome, Run
from sandbox.tools.browser import chromium
from sandbox.tools.browser.protocol import LARGEST, BrowserGone, Protocol
from sandbox.tools.browser.tab import Tab

START_SECONDS = 30.0
MOST_TABS = 10
CODE = """\
import sys
sys.path.append("/opt/ours")
from sandbox.programs.browser import serve
serve({command!r})
"""


class Browser:
    """Chromium in a jail of its own, whose one way out is a proxy that asks the guard."""

    def __init__(self, width: int, height: int) -> None:
        self.tabs: dict[int, Tab] = {}
        self.current: int | None = None
        self.size = (width, height)
        self.proxy: Proxy
        self._protocol: Protocol
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._owned = AsyncExitStack()
        self._enabling: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(cls, jail: Jail, guard: Guard, *, width: int, height: int) -> Self:
        """Start one. Raises ToolFailed where there is no Chromium, and JailUnavailable."""
        browser = cls(width, height)
        try:
            async with asyncio.timeout(START_SECONDS):
                await browser._start(jail, guard)
        except TimeoutError:
            await browser.close()
            raise ToolFailed("The browser did not start in time.") from None
        except BaseException:
            await browser.close()
            raise
        return browser

    @property
    def is_open(self) -> bool:
        """Whether it still runs."""
        return self._protocol.is_open

    async def ended(self) -> None:
        """Wait until it does not answer any more."""
        await self._protocol.ended()

    async def close(self) -> None:
        """End it and all that it started."""
        for tab in self.tabs.values():
            tab.leave()
        await self._owned.aclose()

    def tab(self) -> Tab:
        """The tab that is worked in."""
        tab = self.tabs.get(self.current or 0) or next(iter(self.tabs.values()), None)
        if tab is None:
            raise ToolFailed("There is no tab; open one with browser_new_tab.")
        self.current = tab.number
        return tab

    async def open_tab(self) -> Tab:
        """A new, empty tab, and work in it."""
        if len(self.tabs) >= MOST_TABS:
            raise ToolFailed(f"There are {MOST_TABS} tabs already; close one first.")
        made = await self._protocol.send("Target.createTarget", {"url": "about:blank"})
        tab = await self._attached(str(made["targetId"]))
        self.current = tab.number
        return tab

    async def close_tab(self, number: int) -> None:
        """Close a tab. Raises ToolFailed."""
        tab = self.numbered(number)
        await self._protocol.send("Target.closeTarget", {"targetId": tab.target})
        async with asyncio.timeout(START_SECONDS):
            while number in self.tabs:
                self._changed.clear()
                await self._changed.wait()

    async def show(self, number: int) -> Tab:
        """Work in this tab. Raises ToolFailed."""
        tab = self.numbered(number)
        await self._protocol.send("Target.activateTarget", {"targetId": tab.target})
        self.current = number
        return tab

    def numbered(self, number: int) -> Tab:
        """The tab with this number. Raises ToolFailed."""
        if number not in self.tabs:
            raise ToolFailed(f"There is no tab {number}; the tabs are: {', '.join(map(str, self.tabs))}.")
        return self.tabs[number]

    async def put(self, name: str, content: bytes) -> str:
        """Lay a file where pages can be given it, and answer its path in there."""
        await self._protocol.put(name, content)
        return f"/tmp/uploads/{name}"

    async def version(self) -> Mapping[str, Any]:
        """What it says that it is."""
        return await self._protocol.send("Browser.getVersion")

    async def _start(self, jail: Jail, guard: Guard) -> None:
        program = chromium.find_chromium()
        if program is None:
            raise ToolFailed("There is no browser here: Chromium is not installed on this machine.")
        folder = Path(self._owned.enter_context(tempfile.TemporaryDirectory(prefix="apex-")))
        self.proxy = await self._owned.enter_async_context(Proxy(guard, folder / "web.sock"))
        came: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        path = folder / "driver.sock"

        def knock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._owned.callback(writer.transport.abort)
            came.put_nowait((reader, writer))

        door = await asyncio.start_unix_server(knock, path, limit=LARGEST)
        self._owned.callback(door.close)
        os.chmod(path, 0o666)
        ways = {"web.sock": folder / "web.sock", "driver.sock": path, **chromium.shown(program)}
        cell = await jail.start(chromium.LIMITS, shown=ways)
        self._owned.push_async_callback(cell.close)
        code = CODE.format(command=list(chromium.command(program, *self.size)))
        running = asyncio.create_task(cell.run(Run(code=code, limits=chromium.LIMITS)))
        self._owned.push_async_callback(_ended, running)
        stream = await _first(came, running)
        # One comes, the program that we started; whoever else in there knocks finds nobody.
        door.close()
        self._protocol = Protocol(*stream, self._hear)
        self._owned.push_async_callback(self._protocol.close)
        await self._protocol.send("Browser.setDownloadBehavior", {"behavior": "deny"})
        # A page that was opened by another waits until we listen: the other one would stand still for good otherwise.
        pages = [{"type": "page", "exclude": False}, {"exclude": True}]
        asked = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True, "filter": pages}
        await self._protocol.send("Target.setAutoAttach", asked)
        while not self.tabs:
            self._changed.clear()
            await self._changed.wait()
        await asyncio.gather(*self._enabling)

    async def _attached(self, target: str) -> Tab:
        async with asyncio.timeout(START_SECONDS):
            while True:
                self._changed.clear()
                for tab in self.tabs.values():
                    if tab.target == target:
                        await asyncio.gather(*self._enabling)
                        return tab
                await self._changed.wait()

    def _hear(self, session: str, event: str, said: Mapping[str, Any]) -> None:
        if event == "Target.attachedToTarget" and said["targetInfo"]["type"] == "page":
            number = next(self._numbers)
            tab = Tab(number, str(said["targetInfo"]["targetId"]), str(said["sessionId"]), self._protocol)
            self.tabs[number] = tab
            enabling = asyncio.create_task(self._enable(tab))
            self._enabling.add(enabling)
            enabling.add_done_callback(self._enabled)
        elif event == "Target.detachedFromTarget":
            for number in [tab.number for tab in self.tabs.values() if tab.session == said["sessionId"]]:
                self.tabs.pop(number).leave()
        else:
            for tab in self.tabs.values():
                if tab.session == session:
                    tab.hear(event, said)
            return
        self._changed.set()

    async def _enable(self, tab: Tab) -> None:
        await tab.enable()
        if len(self.tabs) > MOST_TABS:
            await self._protocol.send("Target.closeTarget", {"targetId": tab.target})

    def _enabled(self, task: "asyncio.Task[None]") -> None:
        self._enabling.discard(task)
        if not task.cancelled():
            task.exception()


async def _first(
    came: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]", running: "asyncio.Task[Outcome]"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Who comes first from inside. Raises BrowserGone if the program ends before."""
    coming = asyncio.create_task(came.get())
    try:
        await asyncio.wait({coming, running}, return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            said = running.result().stderr.strip().rpartition("\n")[2][-300:]
            raise BrowserGone(f"The browser did not start: {said}")
        return coming.result()
    finally:
        coming.cancel()


async def _ended(running: "asyncio.Task[Outcome]") -> None:
    """End the program, and know that it is gone."""
    running.cancel()
    await asyncio.wait([running])
    if not running.cancelled():
        running.exception()
