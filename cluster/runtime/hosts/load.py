"""How hard a host works: what it reports with each renewal of its lease, and when that is too much.

Measured by one timer. A mean over seconds, so that one long breath (a collection of garbage) makes nobody suspicious.
"""

import asyncio
import time
from dataclasses import dataclass

TICK_SECONDS = 0.25
WINDOW = 8
"""Ticks that are judged together."""
LAGGING = 0.1
"""A host whose event loop runs so late (seconds, in the mean) is given no more actors while another one has room."""
HOT_SECONDS = 8.0
"""A host that lags for this long puts idle actors away early."""


@dataclass(frozen=True, slots=True)
class Load:
    """Actors in memory, processor time (share of one core), how late the event loop runs (seconds), turns in line."""

    actors: int = 0
    cpu: float = 0.0
    lag: float = 0.0
    waiting: int = 0


class LoadMeter:
    """Measures this process; `cpu` and `lag` are those of the last whole window."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.lag = 0.0
        self._late: list[float] = []
        self._lagging_since: float | None = None
        self._opened = time.monotonic(), time.process_time()

    async def run(self) -> None:
        """Measure until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self.note(clock() - due, clock())

    def note(self, late: float, now: float) -> None:
        """A tick came so late (seconds)."""
        self._late.append(late)
        if len(self._late) < WINDOW:
            return
        opened, self._opened = self._opened, (time.monotonic(), time.process_time())
        self.cpu = (self._opened[1] - opened[1]) / max(TICK_SECONDS, self._opened[0] - opened[0])
        self.lag = sum(self._late) / len(self._late)
        self._late.clear()
        if self.lag <= LAGGING:
            self._lagging_since = None
        elif self._lagging_since is None:
            self._lagging_since = now

    def is_hot(self, now: float) -> bool:
        """Whether the event loop has been late for so long that it will not pass by itself."""
        return self._lagging_since is not None and now - self._lagging_since >= HOT_SECONDS
