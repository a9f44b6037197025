"""Which browsers run in this process: one for each conversation, a few in all, and none that nobody uses."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from weakref import WeakValueDictionary

from cluster.errors import Busy
from cluster.ids import ConversationId, UserId
from sandbox.egress.guard import Guard
from sandbox.errors import ToolFailed
from sandbox.jail.jail import Jail
from sandbox.tools.browser.browser import Browser

IDLE_SECONDS = 300.0
MOST, MOST_OF_USER = 6, 2
DEFAULT_SIZE = (1920, 1080)

Key = tuple[UserId, ConversationId | None]


@dataclass
class Session:
    """A conversation's browser."""

    browser: Browser
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


class Browsers:
    """All of them. Browsers die with the process that started them; the next tool starts another."""

    def __init__(self, jail: Jail | None = None, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._jail = jail or Jail()
        self._idle_seconds = idle_seconds
        self._sessions: dict[Key, Session] = {}
        self._starting: set[Key] = set()
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def session(self, key: Key, guard: Guard, size: tuple[int, int] | None = None) -> Session:
        """The conversation's browser; it is started if there is none. Raises Busy, ToolFailed or JailUnavailable."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            found = self.found(key)
            if found is None:
                await self._close(key)
                found = await self._started(key, guard, size or DEFAULT_SIZE)
            self._rest(key)
            return found

    def found(self, key: Key) -> Session | None:
        """The conversation's browser, if it runs."""
        session = self._sessions.get(key)
        return session if session is not None and session.browser.is_open else None

    def of_user(self, user: UserId) -> list[tuple[Key, Session]]:
        """All that run for a user."""
        return [(key, session) for key, session in self._sessions.items() if key[0] == user and self.found(key)]

    async def close(self, key: Key) -> bool:
        """End a conversation's browser. Answers whether there was one."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            return await self._close(key)

    async def close_all(self) -> None:
        """End all of them."""
        await asyncio.gather(*map(self.close, list(self._sessions)), *self._closing)

    async def _started(self, key: Key, guard: Guard, size: tuple[int, int]) -> Session:
        self._admit(key[0])
        self._starting.add(key)
        try:
            width, height = size
            made = self._sessions[key] = Session(await Browser.start(self._jail, guard, width=width, height=height))
            return made
        finally:
            self._starting.discard(key)

    def _admit(self, user: UserId) -> None:
        starting = sum(key[0] == user for key in self._starting)
        if len(self.of_user(user)) + starting >= MOST_OF_USER:
            raise ToolFailed(f"You have {MOST_OF_USER} browsers open; close one with browser_session first.")
        if len(self._sessions) + len(self._starting) >= MOST:
            raise Busy("all browsers are in use")

    def _rest(self, key: Key) -> None:
        """End it when nobody has used it for a while."""
        if key in self._timers:
            self._timers[key].cancel()
        self._timers[key] = asyncio.get_running_loop().call_later(self._idle_seconds, self._drop, key)

    def _drop(self, key: Key) -> None:
        task = asyncio.create_task(self._dropped(key))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _dropped(self, key: Key) -> None:
        await self.close(key)

    async def _close(self, key: Key) -> bool:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        session = self._sessions.pop(key, None)
        if session is None:
            return False
        await session.browser.close()
        return True


@cache
def process_browsers() -> Browsers:
    """Those of this process."""
    return Browsers()
