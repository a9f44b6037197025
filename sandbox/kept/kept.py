"""Something that one conversation keeps between calls, such as a notebook's kernel, and what it promises its keeper."""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol


class Kept(Protocol):
    """One conversation's own. It starts when it is wanted and ends when nobody has used it for a while."""

    @property
    def takes_room(self) -> bool:
        """Whether something of it runs, or is about to."""
        ...

    @property
    def rest(self) -> "Rest":
        """Whether it is in use."""
        ...

    async def close(self) -> None:
        """End it for good."""
        ...


class Rest:
    """Knows since when something was not used, and calls `over` when that was for too long."""

    def __init__(self, seconds: float, over: Callable[[], None]) -> None:
        self.seconds = seconds
        self.used = time.monotonic()
        """When it was last used."""
        self.wanted = 0
        """How many use it or wait to."""
        self._over = over
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> float | None:
        """For how long nobody has used it, in seconds; None while somebody does."""
        return None if self.wanted else time.monotonic() - self.used

    @contextmanager
    def use(self, *, counts: bool = True) -> Generator[None]:
        """While somebody uses it; what `counts` makes it young again."""
        self.wanted += 1
        try:
            yield
        finally:
            self.wanted -= 1
            if counts:
                self.touch()

    def touch(self) -> None:
        """Count as used now."""
        self.used = time.monotonic()
        self.stop()
        self._alarm = asyncio.get_running_loop().call_later(self.seconds, self._look)

    def stop(self) -> None:
        """Never call."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _look(self) -> None:
        if not self.wanted:
            self._over()
