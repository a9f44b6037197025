"""One tab of a browser: its commands, and what it has told of itself."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from sandbox.errors import ToolFailed
from sandbox.tools.browser.protocol import Protocol

MOST_KEPT = 200
"""Console entries and requests that are remembered."""
LONGEST_ENTRY = 1000
LOAD_SECONDS = 25.0
MOMENT_SECONDS = 0.15
"""How soon a page begins to load because of what was done to it."""
DOMAINS = ("Page", "Runtime", "Network", "Log")


@dataclass
class Tab:
    """A tab. `number` is what tools call it by."""

    number: int
    target: str
    session: str
    protocol: Protocol
    console: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    requests: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    dialog: Mapping[str, Any] | None = None
    measured: Mapping[str, object] | None = None
    """What the last measuring of its speed saw."""
    dragged: Mapping[str, Any] | None = None
    """What is being dragged, as the page declared it."""
    _loading: bool = False
    _entries: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _asked: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _dialog_opened: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _loads: int = 0
    _left: set["asyncio.Task[Mapping[str, Any]]"] = field(default_factory=set["asyncio.Task[Mapping[str, Any]]"])

    async def enable(self) -> None:
        """Let it tell what happens in it."""
        await asyncio.gather(*(self.send(f"{domain}.enable") for domain in DOMAINS))
        await self.send("Runtime.runIfWaitingForDebugger")

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, *, seconds: float = 30
    ) -> Mapping[str, Any]:
        """Give this tab a command."""
        return await self.protocol.send(method, params, session=self.session, seconds=seconds)

    async def act(self, method: str, params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The same for what a page may answer by opening a dialog, which stops it: then nothing is waited for.

        Raises ToolFailed while a dialog is open.
        """
        if self.dialog is not None:
            said = str(self.dialog.get("message", ""))[:200]
            raise ToolFailed(f"A dialog is open ({said!r}): answer it with browser_handle_dialog first.")
        command = asyncio.create_task(self.send(method, params))
        opened = asyncio.create_task(self._dialog_opened.wait())
        try:
            await asyncio.wait({command, opened}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            command.cancel()
            raise
        finally:
            opened.cancel()
        if command.done():
            return command.result()
        self._left.add(command)
        command.add_done_callback(self._forget)
        return {}

    async def evaluate(self, script: str) -> Any:
        """The value of a script in the page, awaited if it is a promise. Raises ToolFailed with the page's error."""
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answered = await self.act("Runtime.evaluate", asked)
        failed = answered.get("exceptionDetails")
        if failed:
            said = failed.get("exception", {}).get("description") or failed.get("text", "it failed")
            raise ToolFailed(f"The page says: {str(said)[:LONGEST_ENTRY]}")
        return answered.get("result", {}).get("value")

    async def call(self, function: str, *arguments: object) -> Any:
        """The value of a function of ours in the page, with these arguments."""
        return await self.evaluate(f"({function})(...{orjson.dumps(arguments).decode()})")

    async def load(self, url: str) -> str:
        """Go to an address. Answers "complete", or "loading" if it still is; raises ToolFailed if nothing came."""
        before = self._loads
        answered = await self.act("Page.navigate", {"url": url})
        if answered.get("errorText"):
            raise ToolFailed(f"The page did not open: {answered['errorText']}.")
        if not answered.get("loaderId"):
            return "complete"
        done = await self._until(lambda: self._loads > before or self.dialog is not None, LOAD_SECONDS)
        return "complete" if done else "loading"

    async def calm(self) -> None:
        """After something was done to it: if it begins to load within a moment, wait until it has."""
        if await self._until(lambda: self._loading or self.dialog is not None, MOMENT_SECONDS):
            await self._until(lambda: not self._loading or self.dialog is not None, LOAD_SECONDS)

    async def answered(self, dialog: Mapping[str, Any]) -> None:
        """After this dialog was answered: wait until the page goes on, or opens the next."""
        await self._until(lambda: self.dialog is not dialog, LOAD_SECONDS)
        await self.calm()

    async def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait for what events bring about. Answers whether it came."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def leave(self) -> None:
        """Drop what is still waited for."""
        for command in self._left:
            command.cancel()

    def hear(self, event: str, said: Mapping[str, Any]) -> None:
        """Note what it tells of itself."""
        match event:
            case "Page.frameStartedLoading" if said.get("frameId") == self.target:
                self._loading = True
                self._changed.set()
            case "Page.frameStoppedLoading" if said.get("frameId") == self.target:
                self._loading = False
                self._loads += 1
                self._changed.set()
            case "Input.dragIntercepted":
                self.dragged = said.get("data")
            case "Page.javascriptDialogOpening":
                self.dialog = said
                self._dialog_opened.set()
                self._changed.set()
            case "Page.javascriptDialogClosed":
                self.dialog = None
                self._dialog_opened.clear()
                self._changed.set()
            case "Runtime.consoleAPICalled":
                words = [_shown(argument) for argument in cast("list[Mapping[str, Any]]", said.get("args", []))[:20]]
                self._note(str(said.get("type")), " ".join(words))
            case "Runtime.exceptionThrown":
                details = said.get("exceptionDetails", {})
                self._note("error", str(details.get("exception", {}).get("description") or details.get("text")))
            case "Log.entryAdded":
                entry = said.get("entry", {})
                self._note(str(entry.get("level")), str(entry.get("text")))
            case _ if event.startswith("Network."):
                self._hear_request(event, said)
            case _:
                pass

    def _note(self, kind: str, text: str) -> None:
        self.console.append({"id": next(self._entries), "type": kind[:20], "text": text[:LONGEST_ENTRY]})

    def _hear_request(self, event: str, said: Mapping[str, Any]) -> None:
        key = str(said.get("requestId"))
        if event == "Network.requestWillBeSent":
            asked = said.get("request", {})
            moved = self.requests.pop(key, None)
            number = moved["id"] if moved else next(self._asked)
            self.requests[key] = {"id": number, "key": key, "method": asked.get("method"), "url": asked.get("url")}
            self.requests[key]["type"] = said.get("type")
            while len(self.requests) > MOST_KEPT:
                del self.requests[next(iter(self.requests))]
            return
        request = self.requests.get(key)
        if request is None:
            return
        if event == "Network.responseReceived":
            response = said.get("response", {})
            request.update(status=response.get("status"), mime=response.get("mimeType"))
            request["headers"] = response.get("headers")
        elif event == "Network.loadingFinished":
            request["size"] = said.get("encodedDataLength")
        elif event == "Network.loadingFailed":
            request["failed"] = said.get("errorText")

    def _forget(self, command: "asyncio.Task[Mapping[str, Any]]") -> None:
        self._left.discard(command)
        if not command.cancelled():
            command.exception()


def _shown(argument: Mapping[str, Any]) -> str:
    value = argument.get("value")
    if value is None:
        return str(argument.get("description") or argument.get("unserializableValue") or argument.get("type"))
    return value if isinstance(value, str) else orjson.dumps(value).decode()
