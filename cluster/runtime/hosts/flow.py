"""A bounded pipe between an actor's generator and whoever receives from it, inside one host."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

from cluster.runtime.envelope import Items, Reply

DEPTH = 64
"""Items that a generator may be ahead of its receiver."""


class Flow:
    """Items wait here in order; the end is a reply. The generator waits while the pipe is full."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._end: Reply | None = None
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, item: Any) -> None:
        """Add an item, waiting for room."""
        await self._room.wait()
        self._items.append(item)
        self._changed.set()
        if len(self._items) >= DEPTH:
            self._room.clear()

    def finish(self, end: Reply) -> None:
        """Say how the stream ended; only the first time counts."""
        if self._end is None:
            self._end = end
            self._changed.set()

    async def batches(self) -> AsyncGenerator[Reply]:
        """What is there, as often as something is; at last the end."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._items:
                batch = Items(tuple(self._items))
                self._items.clear()
                self._room.set()
                yield batch
            if self._end is not None and not self._items:
                yield self._end
                return
