"""Places for a few at once, given out fairly: whoever has the fewest comes next, and in turn."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from cluster.errors import Busy


@dataclass
class _Line:
    """One user's part: their place in the round, how many places they have, and what waits for one."""

    position: int
    taken: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])


class FairQueue:
    """At most `at_once` places, at most `of_one` of them one user's. What waits is bounded, for a user and for all."""

    def __init__(self, *, at_once: int, of_one: int, waiting_of_one: int, waiting: int) -> None:
        self._free = at_once
        self._of_one = of_one
        self._waiting_of_one = waiting_of_one
        self._waiting = waiting
        self._lines: dict[Hashable, _Line] = {}
        self._round = count()

    @property
    def users(self) -> int:
        """How many have a place or wait for one."""
        return len(self._lines)

    @asynccontextmanager
    async def place(self, user: Hashable, waits: Callable[[], None] = lambda: None) -> AsyncGenerator[None]:
        """A place while the context lasts; `waits` is called if there is none yet. Raises Busy when too much waits."""
        await self._take(user, waits)
        try:
            yield
        finally:
            self._give_back(user)

    async def _take(self, user: Hashable, waits: Callable[[], None]) -> None:
        self._admit(user)
        line = self._lines.setdefault(user, _Line(position=next(self._round)))
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        self._serve()
        if not turn.done():
            waits()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                line.waiting.remove(turn)
                self._forget(user)
            else:
                self._give_back(user)
            raise

    def _admit(self, user: Hashable) -> None:
        line = self._lines.get(user)
        if line is not None and len(line.waiting) >= self._waiting_of_one:
            raise Busy("too many of your programs are waiting to run")
        if sum(len(each.waiting) for each in self._lines.values()) >= self._waiting:
            raise Busy("too many programs are waiting to run")

    def _give_back(self, user: Hashable) -> None:
        self._lines[user].taken -= 1
        self._free += 1
        self._forget(user)
        self._serve()

    def _forget(self, user: Hashable) -> None:
        line = self._lines[user]
        if not line.taken and not line.waiting:
            del self._lines[user]

    def _serve(self) -> None:
        while self._free:
            able = [line for line in self._lines.values() if line.taken < self._of_one and _next(line)]
            if not able:
                return
            line = min(able, key=lambda each: (each.taken, each.position))
            turn = _next(line)
            assert turn is not None
            line.waiting.remove(turn)
            line.position = next(self._round)
            line.taken += 1
            self._free -= 1
            turn.set_result(None)


def _next(line: _Line) -> asyncio.Future[None] | None:
    """The longest waiting that is still wanted."""
    return next((turn for turn in line.waiting if not turn.done()), None)
