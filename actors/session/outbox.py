"""Publishes a conversation's events in order, without making the turn wait for the event log.

What piles up while one trip to the log is under way goes with the next. Events that the log cannot take are dropped:
the database has the truth, and a client that misses something finds out by the step's length or loads again.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from actors.events import ConversationDeleted, ConversationUpdated, SessionEvent
from cluster.errors import Unavailable
from cluster.events.log import EventLog
from cluster.events.names import realm_channel
from village.events import VillageEvent

log = logging.getLogger(__name__)


class Outbox:
    """Takes events, publishes them in that order. `seq` is the newest sequence number that it knows."""

    def __init__(self, events: EventLog, channel: str, user_channel: str, *, seq: str) -> None:
        self.seq = seq
        self._events = events
        self._channel = channel
        self._user_channel = user_channel
        self._waiting: list[SessionEvent | VillageEvent | tuple[Sequence[str], Any]] = []
        self._trip: asyncio.Task[None] | None = None

    def add(self, *events: SessionEvent | VillageEvent) -> None:
        """Publish soon. What changes a list of conversations goes to the user's channel too.

        What happens in the village goes to its realm's channel alone.
        """
        self._waiting.extend(events)
        if self._trip is None:
            self._trip = asyncio.create_task(self._travel())

    def add_elsewhere(self, channels: Sequence[str], event: object) -> None:
        """Publish soon, in order with the others, on these channels alone."""
        self._waiting.append((channels, event))
        if self._trip is None:
            self._trip = asyncio.create_task(self._travel())

    async def flush(self) -> None:
        """Wait until everything is published, or dropped."""
        while self._trip is not None:
            await asyncio.wait({self._trip})

    async def close(self) -> None:
        """Drop what is not published."""
        self._waiting.clear()
        if self._trip is not None:
            self._trip.cancel()
            await self.flush()

    async def _travel(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._carry(batch)
        finally:
            self._trip = None

    async def _carry(self, batch: list[SessionEvent | VillageEvent | tuple[Sequence[str], Any]]) -> None:
        own = [event for event in batch if not isinstance(event, VillageEvent | tuple)]
        listed = [event for event in own if isinstance(event, ConversationUpdated | ConversationDeleted)]
        try:
            if own:
                self.seq = await self._events.publish(self._channel, *own)
            if listed:
                await self._events.publish(self._user_channel, *listed)
            for event in batch:
                if isinstance(event, VillageEvent):
                    await self._events.publish(realm_channel(event.realm_id), event)
                elif isinstance(event, tuple):
                    for channel in event[0]:
                        await self._events.publish(channel, event[1])
        except Unavailable as error:
            log.warning("%d events of %s are lost: %s", len(batch), self._channel, error)
