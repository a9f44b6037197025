"""Browsers in this process's care, without Ray."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from cluster.errors import Busy
from cluster.ids import UserId
from sandbox.egress.guard import Guard
from sandbox.errors import ToolFailed
from sandbox.jail.jail import Jail
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.browsers import DEFAULT_SIZE, IDLE_SECONDS, MOST_OF_USER, BrowserFacts, Key, Size
from sandbox.tools.browser.session import Session

MOST = 6

P = ParamSpec("P")
T = TypeVar("T")


class InlineBrowsers:
    """Implements `Browsers`. Used as an async context, which ends all of them."""

    def __init__(self, jail: Jail, guard: Guard, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._jail = jail
        self._guard = guard
        self._idle_seconds = idle_seconds
        self._sessions: dict[Key, Session] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions.values()))

    async def start(self, key: Key, size: Size = DEFAULT_SIZE) -> BrowserFacts:
        """See `Browsers.start`."""
        return await self._place(key).start(size)

    async def do(
        self, key: Key, deed: Callable[Concatenate[Browser, P], Awaitable[T]], *given: P.args, **named: P.kwargs
    ) -> T:
        """See `Browsers.do`."""
        return await self._place(key).do(deed, *given, **named)

    async def of_user(self, user: UserId) -> Sequence[tuple[Key, BrowserFacts]]:
        """See `Browsers.of_user`."""
        found = ((key, session.facts) for key, session in self._sessions.items() if key[0] == user)
        return [(key, facts) for key, facts in found if facts is not None]

    async def close(self, key: Key) -> bool:
        """See `Browsers.close`."""
        session = self._sessions.get(key)
        return session is not None and await session.end()

    def _place(self, key: Key) -> Session:
        """The conversation's place, with room for a browser. Raises Busy or ToolFailed."""
        session = self._sessions.get(key)
        if session is not None and session.takes_room:
            return session
        self._sessions = {key: session for key, session in self._sessions.items() if session.takes_room}
        if sum(owner == key[0] for owner, _ in self._sessions) >= MOST_OF_USER:
            raise ToolFailed(f"You have {MOST_OF_USER} browsers open; close one first.")
        if len(self._sessions) >= MOST:
            raise Busy("all browsers are in use")
        session = self._sessions[key] = session or Session(self._jail, self._guard, self._idle_seconds)
        return session
