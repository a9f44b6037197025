"""One channel into one outbox, replay first. It owns the task that reads the replay, and ends with `close`."""

import asyncio

from cluster.errors import ApexError, Invalid
from serve.live.outbox import Failed, Outbox
from serve.live.tail import Tail


class Feed:
    """Begins at once and without waiting: a slow reader's replay must not hold up its other commands."""

    def __init__(self, tail: Tail, channel: str, outbox: Outbox, *, after: str | None) -> None:
        self._tail = tail
        self._outbox = outbox
        self._subscription = tail.enter(channel, outbox)
        self._replay = asyncio.create_task(self._join(after), name=f"replay {channel}")

    def close(self) -> None:
        """Nothing comes from here any more."""
        self._replay.cancel()
        self._tail.leave(self._subscription)

    async def _join(self, after: str | None) -> None:
        try:
            await self._tail.join(self._subscription, after)
        except ApexError as error:
            self._fail(error)
        except ValueError:
            self._fail(Invalid(f"not a sequence number: {after}"))

    def _fail(self, error: ApexError) -> None:
        self._tail.leave(self._subscription)
        self._outbox.push(Failed(self._subscription.channel, error))
