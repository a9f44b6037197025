"""Which turns run in a host and which wait, by fair share over users: nobody's many turns keep another's one waiting.

Both the places and the line in front of them have an end, and no user alone can fill either. Who finds the line full is
told so before anything is promised; what was promised already (a durable turn) waits however long the line is, and that
is bounded by how much is promised to one conversation and to one user.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from cluster.errors import Busy
from cluster.ids import UserId
from cluster.settings import Settings

T = TypeVar("T")
RUNNING_SHARE = 8
"""A user alone gets 8/9 of the places: the rest is there at once for who comes next."""
WAITING_SHARE = 1
"""A user alone gets half of the line."""
FIRST_GUESS = 5.0
"""How long a turn holds its place (seconds), before any has."""
LEARNING = 0.1
LEAST_WAIT, LONGEST_WAIT = 1.0, 60.0


def fits(mine: int, free: int, share: int) -> bool:
    """Whether a user who holds so many may have one more: fewer than `share` times what is still free.

    One user gets share / (share + 1) of the whole, n users share / (n * share + 1) each, and something stays free for
    the next. This is the dynamic threshold of shared-memory switches (Choudhury and Hahne, 1998).
    """
    return mine < share * free


class FairShare(Generic[T]):
    """The rule alone: who runs, who waits, who is next. A ticket stands for one turn that waits."""

    def __init__(self, *, places: int, line: int) -> None:
        self.places = places
        self.line = line
        self.running = 0
        self.waiting = 0
        self._running: Counter[UserId] = Counter()
        self._waiting: dict[UserId, deque[T]] = {}
        self._begun = 0
        self._last: dict[UserId, int] = {}

    def has_room(self, user: UserId) -> bool:
        """Whether the line has room for one more turn of this user."""
        return fits(len(self._waiting.get(user, ())), self.line - self.waiting, WAITING_SHARE)

    def has_place(self, user: UserId) -> bool:
        """Whether a turn of this user would begin at once."""
        return user not in self._waiting and self._may_run(user)

    def join(self, user: UserId, ticket: T) -> None:
        """Stand in line, whether there is room or not."""
        self._waiting.setdefault(user, deque()).append(ticket)
        self.waiting += 1

    def leave(self, user: UserId, ticket: T) -> None:
        """Leave the line without having had a turn."""
        self._waiting[user].remove(ticket)
        self.waiting -= 1
        self._tidy(user)

    def next(self) -> T | None:
        """Give a place to the user with the fewest; among equals, to the one who was given one the longest ago."""
        able = (user for user in self._waiting if self._may_run(user))
        user = min(able, key=lambda user: (self._running[user], self._last.get(user, 0)), default=None)
        if user is None:
            return None
        ticket = self._waiting[user].popleft()
        self.waiting -= 1
        self.running += 1
        self._running[user] += 1
        self._begun += 1
        self._last[user] = self._begun
        self._tidy(user)
        return ticket

    def end(self, user: UserId) -> None:
        """A turn of this user has given its place back."""
        self.running -= 1
        self._running[user] -= 1
        self._tidy(user)

    def _tidy(self, user: UserId) -> None:
        """Forget what is over."""
        if not self._waiting.get(user):
            self._waiting.pop(user, None)
        if not self._running[user]:
            del self._running[user]
            if user not in self._waiting:
                self._last.pop(user, None)

    def _may_run(self, user: UserId) -> bool:
        return fits(self._running[user], self.places - self.running, RUNNING_SHARE)


class Admission:
    """The places of one host. Actors take one for what costs: a turn's work with models and tools."""

    def __init__(self, settings: Settings) -> None:
        self._share = FairShare[asyncio.Future[None]](places=settings.turns_per_host, line=settings.turns_waiting)
        self._mean = FIRST_GUESS

    @property
    def running(self) -> int:
        """Turns that hold a place."""
        return self._share.running

    @property
    def waiting(self) -> int:
        """Turns that stand in line."""
        return self._share.waiting

    def refusal(self, user: UserId) -> Busy | None:
        """Why nothing more may be promised to this user here, with when to try again; None when it may."""
        if self._share.has_place(user) or self._share.has_room(user):
            return None
        return Busy("more is asked for at the moment than can be worked on", self._retry_after())

    def at_once(self, user: UserId) -> bool:
        """Whether a turn of this user would begin without waiting."""
        return self._share.has_place(user)

    @asynccontextmanager
    async def place(self, user: UserId, *, unless: Sequence[asyncio.Event] = ()) -> AsyncGenerator[bool]:
        """Wait for a place and hold it. Answers False, and holds none, when one of `unless` was set before."""
        held = await self._take(user, unless)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield held
        finally:
            if held:
                self._mean += LEARNING * (clock() - began - self._mean)
                self._end(user)

    async def _take(self, user: UserId, unless: Sequence[asyncio.Event]) -> bool:
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._share.join(user, ticket)
        self._go_on()
        try:
            await _either(ticket, unless)
        except BaseException:
            if ticket.done():
                self._end(user)
            else:
                self._share.leave(user, ticket)
            raise
        if not ticket.done():
            self._share.leave(user, ticket)
        return ticket.done()

    def _end(self, user: UserId) -> None:
        self._share.end(user)
        self._go_on()

    def _go_on(self) -> None:
        while (ticket := self._share.next()) is not None:
            ticket.set_result(None)

    def _retry_after(self) -> float:
        wait = (self._share.waiting + 1) * self._mean / max(1, self._share.places)
        return round(min(LONGEST_WAIT, max(LEAST_WAIT, wait)), 1)


async def _either(ticket: "asyncio.Future[None]", unless: Sequence[asyncio.Event]) -> None:
    """Wait for the ticket's turn, or for one of the events."""
    if ticket.done():
        return
    waiters = [asyncio.ensure_future(event.wait()) for event in unless]
    try:
        await asyncio.wait({ticket, *waiters}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
