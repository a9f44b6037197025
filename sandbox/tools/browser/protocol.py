"""Speaks Chromium's DevTools protocol over a socket. What answers is a stranger's: it ran strangers' pages."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson

from sandbox.errors import ToolFailed

LARGEST = 128 * 1024 * 1024
"""Of one message (bytes), such as a picture of a long page."""

Listener = Callable[[str, str, Mapping[str, Any]], None]
"""Hears of an event: the session of its tab, its name, what it says."""


class CommandFailed(ToolFailed):
    """The browser could not do this."""


class BrowserGone(ToolFailed):
    """The browser has ended. The next browser tool starts another, without its tabs."""


class Protocol:
    """One connection to a browser."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: Listener) -> None:
        self._reader = reader
        self._writer = writer
        self._listener = listener
        self._pending: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._last = 0
        self._reading = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        """Whether somebody still answers."""
        return not self._reading.done()

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, *, session: str | None = None, seconds: float = 30
    ) -> Mapping[str, Any]:
        """Give a command and wait for what came of it. Raises CommandFailed or BrowserGone."""
        message: dict[str, Any] = {"method": method, "params": params or {}}
        if session is not None:
            message["sessionId"] = session
        return await self._ask(method, message, seconds)

    async def put(self, name: str, content: bytes) -> None:
        """Lay a file where the browser finds it, in /tmp/uploads."""
        self._last += 1
        encoded = base64.b64encode(content).decode()
        await self._ask("upload", {"put": {"id": self._last, "name": name, "content": encoded}}, 30, self._last)

    async def ended(self) -> None:
        """Wait until nobody answers any more."""
        await asyncio.wait([self._reading])

    async def close(self) -> None:
        """Hear no more."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._writer.transport.abort()

    async def _ask(
        self, what: str, message: dict[str, Any], seconds: float, number: int | None = None
    ) -> Mapping[str, Any]:
        if not self.is_open:
            raise BrowserGone
        if number is None:
            self._last += 1
            number = self._last
            message["id"] = number
        answered: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[number] = answered
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(orjson.dumps(message) + b"\0")
                await self._writer.drain()
                return await answered
        except TimeoutError:
            raise CommandFailed(f"The page did not react for {seconds:g} seconds ({what}).") from None
        except OSError:
            raise BrowserGone from None
        finally:
            self._pending.pop(number, None)

    async def _read(self) -> None:
        try:
            while True:
                self._hear(orjson.loads((await self._reader.readuntil(b"\0"))[:-1]))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, TypeError, KeyError):
            pass  # It is gone, or says what no browser says: in both cases there is nobody to speak to.
        finally:
            for answered in self._pending.values():
                if not answered.done():
                    answered.set_exception(BrowserGone())

    def _hear(self, said: Any) -> None:
        if not isinstance(said, dict):
            raise TypeError(said)
        message = cast("dict[str, Any]", said)
        if "method" in message:
            self._listener(str(message.get("sessionId", "")), str(message["method"]), message.get("params") or {})
            return
        answered = self._pending.get(message["id"])
        if answered is None or answered.done():
            return
        if "error" in message:
            answered.set_exception(CommandFailed(str(message["error"].get("message", ""))))
        else:
            answered.set_result(message.get("result") or {})
