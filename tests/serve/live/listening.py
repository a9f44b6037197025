"""Clients of a tail, and a log that answers late, so that replay and tail meet in every order."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from cluster.events.log import Entry, EventLog, Gap
from serve.live.feed import Feed
from serve.live.outbox import Batch, Item, Outbox, Reload
from serve.live.tail import Tail

if TYPE_CHECKING:
    from redis.asyncio import Redis


class MoodyLog(EventLog):
    """Reads small pages, and dawdles before it asks and before it answers."""

    def __init__(self, redis: "Redis", random: Random, *, page: int = 7) -> None:
        super().__init__(redis)
        self.random = random
        self.page = page

    async def read(self, channel: str, *, after: str, limit: int = 1000) -> list[Entry] | Gap:
        await self._dawdle()
        found = await super().read(channel, after=after, limit=min(limit, self.page))
        await self._dawdle()
        return found

    async def _dawdle(self) -> None:
        for _ in range(self.random.choice((0, 0, 1, 3, 20))):
            await asyncio.sleep(0)


class Listener:
    """Reads an outbox as a client does, and remembers."""

    def __init__(self, tail: Tail, channel: str, after: str | None, *, limit: int = 1 << 20) -> None:
        self.outbox = Outbox(limit)
        self.items: list[Item] = []
        self.after = after
        self._feed = Feed(tail, channel, self.outbox, after=after)

    @property
    def heard(self) -> list[str]:
        """The numbers of the events that came."""
        return [entry.seq for item in self.items if isinstance(item, Batch) for entry in item.entries]

    @property
    def reloads(self) -> list[Reload]:
        return [item for item in self.items if isinstance(item, Reload)]

    async def until(self, wanted: Callable[["Listener"], bool]) -> None:
        """Read on until it is so."""
        async with asyncio.timeout(20):
            while not wanted(self):
                self.items += await self.outbox.take()

    async def until_seq(self, seq: str) -> None:
        await self.until(lambda me: seq in me.heard[-2000:])

    def leave(self) -> None:
        self._feed.close()
