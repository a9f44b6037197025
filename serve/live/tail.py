"""One tail of the event log for each gateway process: every followed channel is read once, whoever follows it.

A subscription begins with what its client missed (the replay, read from the log) and goes on with what the tail brings.
The two are joined without a gap and without a repeat: while the replay is read, what the tail brings is put aside; the
replay goes on until a read finds nothing more *and* it has come as far as the tail was when putting aside began; then
what was put aside follows, less what the replay had already.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cluster.errors import Unavailable
from cluster.events.follow import Arrived, Follower, Lost
from cluster.events.log import Entry, EventLog, Gap, order
from cluster.telemetry.catalogue import EVENTS_RELAYED
from serve.live.outbox import Batch, CaughtUp, Outbox, Reload

if TYPE_CHECKING:
    from redis.asyncio import Redis

RETRY_SECONDS = 0.5
Place = tuple[int, int]
"""A sequence number that sorts."""


class Subscription:
    """One client's interest in one channel."""

    __slots__ = ("_aside", "_aside_size", "_reached", "begun", "channel", "left", "outbox")

    def __init__(self, channel: str, outbox: Outbox) -> None:
        self.channel = channel
        self.outbox = outbox
        self.begun: Place | None = None
        """Where the tail was when it began to bring this subscription events; None: it does not follow the channel."""
        self._aside: list[Batch] | None = []
        self._aside_size = 0
        self.left = False
        """Whether nobody wants it any more. A replay that is being read looks, and does not rely on being cancelled."""
        self._reached: Place | None = None
        """How far the replay came; None once the tail has passed it."""

    @property
    def joining(self) -> bool:
        """Whether its replay is still being read."""
        return self._aside is not None

    def deliver(self, batch: Batch) -> None:
        """What the tail brings. Never waits."""
        if self._aside is not None:
            self._aside.append(batch)
            self._aside_size += batch.size
            if self._aside_size > self.outbox.limit:
                self.outbox.overflow()
        elif self._reached is not None:
            self._deliver_rest(batch)
        else:
            self.outbox.push(batch)

    def join(self, reached: str | None) -> None:
        """The replay is complete up to this number: from here on the tail's events are delivered."""
        aside, self._aside = self._aside or [], None
        self._reached = order(reached) if reached is not None else None
        self.outbox.push(CaughtUp(self.channel))
        for batch in aside:
            self.deliver(batch)

    def lost(self, last: str) -> None:
        """The tail may have missed events up to this number."""
        if self._aside is None:
            self._reached = None
            self.outbox.push(Reload(self.channel, last))
        else:
            self._aside.clear()
            self.begun = order(last)

    def _deliver_rest(self, batch: Batch) -> None:
        reached = self._reached or (0, 0)
        rest = [entry for entry in batch.entries if order(entry.seq) > reached]
        if rest:
            self._reached = None
            self.outbox.push(Batch(batch.channel, rest))


class Tail:
    """Reads followed channels and fans out. `run` is its one task; `follow` and `leave` may be called at any time."""

    def __init__(self, log: EventLog, follower: Follower) -> None:
        self._log = log
        self._follower = follower
        self._channels: dict[str, set[Subscription]] = {}
        self._tailed: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, log: EventLog, redis: "Redis") -> AsyncGenerator["Tail"]:
        """A tail with its connections; whoever opens it runs `run` in a task of its own."""
        follower = Follower(redis)
        try:
            yield cls(log, follower)
        finally:
            await follower.close()

    @property
    def channels(self) -> int:
        """How many channels are followed."""
        return len(self._channels)

    async def run(self) -> None:
        """Read and fan out until cancelled."""
        while True:
            for news in await self._follower.next():
                match news:
                    case Arrived(channel, entries):
                        self._fan_out(channel, entries)
                    case Lost(channel):
                        await self._tell_lost(channel)

    def enter(self, channel: str, outbox: Outbox) -> Subscription:
        """Begin to put aside what the tail brings of a channel. `join` or `leave` must come next."""
        subscription = Subscription(channel, outbox)
        self._channels.setdefault(channel, set()).add(subscription)
        if channel in self._tailed:
            subscription.begun = order(self._follower.position(channel))
        return subscription

    async def join(self, subscription: Subscription, after: str | None) -> None:
        """Bring a subscription what came after a number, then let the tail go on with it; None means from now on.

        Raises Unavailable when the log does not answer, ValueError when `after` is no sequence number.
        """
        channel = subscription.channel
        if after is None and subscription.begun is not None:
            subscription.join(None)
            return
        position = after if after is not None else await self._log.last(channel)
        while True:
            found = await self._log.read(channel, after=position)
            if subscription.left:
                return
            if isinstance(found, Gap):
                subscription.outbox.push(Reload(channel, found.last))
                position = found.last
            elif found:
                await subscription.outbox.room()
                subscription.outbox.push(Batch(channel, found))
                position = found[-1].seq
            elif subscription.begun is None or order(position) >= subscription.begun:
                break
        # Nothing is awaited between the last read's check and this, so nothing can come between replay and tail.
        self._attach(subscription, position)
        await self._follower.wake()

    def leave(self, subscription: Subscription) -> None:
        """Follow no longer. The last one to leave a channel ends the reading of it."""
        subscription.left = True
        everyone = self._channels.get(subscription.channel)
        if everyone is None:
            return
        everyone.discard(subscription)
        if not everyone:
            del self._channels[subscription.channel]
            self._tailed.discard(subscription.channel)
            self._follower.drop(subscription.channel)

    def _attach(self, subscription: Subscription, position: str) -> None:
        channel = subscription.channel
        if channel not in self._tailed:
            self._tailed.add(channel)
            self._follower.add(channel, position)
            for other in self._channels[channel]:
                other.begun = order(position)
        subscription.join(position)

    def _fan_out(self, channel: str, entries: Sequence[Entry]) -> None:
        batch = Batch(channel, entries)
        listening = self._channels.get(channel, ())
        for subscription in listening:
            subscription.deliver(batch)
        EVENTS_RELAYED.add(len(entries) * len(listening))

    async def _tell_lost(self, channel: str) -> None:
        while channel in self._tailed:
            try:
                last = await self._log.last(channel)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if channel in self._tailed:
                self._follower.add(channel, last)
                for subscription in self._channels[channel]:
                    subscription.lost(last)
            return
