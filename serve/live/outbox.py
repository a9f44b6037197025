"""What waits to be written to one client. It is bounded: who cannot keep up is cut off, never buffered for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cluster.errors import ApexError, Temporary
from cluster.events.log import Entry

LIMIT_BYTES = 4 * 1024 * 1024


class TooSlow(Temporary):
    """This client reads more slowly than events come. It can come back with its last sequence number."""


class Batch:
    """Events of one channel, oldest first. Sockets share it, so each event becomes text once for all of them."""

    def __init__(self, channel: str, entries: Sequence[Entry]) -> None:
        self.channel = channel
        self.entries = entries
        self.size = sum([len(entry.data) for entry in entries])

    @cached_property
    def texts(self) -> list[str]:
        """Each event as the text that goes over a socket."""
        return [entry.wire().decode() for entry in self.entries]


@dataclass(frozen=True, slots=True)
class Reload:
    """The client missed events of this channel for good: it loads the channel's state, and goes on after `seq`."""

    channel: str
    seq: str


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The client has every event that was there when it asked for this channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The channel cannot be followed."""

    channel: str
    error: ApexError


Item = Batch | Reload | CaughtUp | Failed | str
"""A string is an answer to a command, in JSON."""


class Outbox:
    """A queue with one reader. Pushing never waits; when too much waits, everything is dropped and the reader told."""

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self.limit = limit
        self._items: list[Item] = []
        self._size = 0
        self._ready = asyncio.Event()
        self._taken = asyncio.Event()
        self._overflowed = False

    def push(self, item: Item) -> None:
        """Add an item, or drop them all when the client is too slow."""
        if self._overflowed:
            return
        self._size += item.size if isinstance(item, Batch) else len(item) if isinstance(item, str) else 100
        if self._size > self.limit:
            self.overflow()
            return
        self._items.append(item)
        self._ready.set()

    def overflow(self) -> None:
        """Cut the client off: drop what waits, and let the reader know."""
        self._overflowed = True
        self._items.clear()
        self._ready.set()
        self._taken.set()

    async def room(self) -> None:
        """Wait until less than half of what may wait does: for those who have more than fits."""
        while self._size > self.limit // 2 and not self._overflowed:
            self._taken.clear()
            await self._taken.wait()

    async def take(self) -> list[Item]:
        """Wait for items and take all of them. Raises TooSlow when they were dropped."""
        await self._ready.wait()
        if self._overflowed:
            raise TooSlow
        self._ready.clear()
        items, self._items, self._size = self._items, [], 0
        self._taken.set()
        return items
