"""Work in order where order matters: what is in one lane happens one after another, lanes go side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from cluster.errors import Busy

Work = Callable[[], Awaitable[None]]
MOST_WAITING = 256


class Lanes:
    """The lanes of one socket. Their tasks belong to its task group, and exist only while there is work."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._lanes: dict[str, deque[Work]] = {}
        self._waiting = 0

    def put(self, lane: str, work: Work) -> None:
        """Add work to the end of a lane. Raises Busy when too much waits."""
        if self._waiting >= MOST_WAITING:
            raise Busy("too many commands of this socket wait")
        self._waiting += 1
        if lane in self._lanes:
            self._lanes[lane].append(work)
        else:
            self._lanes[lane] = deque([work])
            self._tasks.create_task(self._drain(lane), name=f"lane {lane}")

    async def _drain(self, lane: str) -> None:
        works = self._lanes[lane]
        while works:
            await works.popleft()()
            self._waiting -= 1
        del self._lanes[lane]
