"""How many messages one socket may send. Each refusal is told; who goes on all the same is hung up on."""

import time

RATE = 30.0
"""Messages a second, in the long run."""
BURST = 60.0
PATIENCE = 2000.0
"""Refusals before hanging up; they are forgiven at FORGIVEN a second."""
FORGIVEN = 50.0
SHORTEST_WAIT = 0.05
"""Seconds. Shorter waits are not worth a message."""


class Flood:
    """Two buckets: what is allowed, and what is put up with."""

    __slots__ = ("_allowed", "_at", "_patience")

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._allowed = BURST
        self._patience = PATIENCE

    def take(self, cost: float = 1.0) -> float:
        """Count a message; answers 0, or how long to wait (seconds) when it is refused."""
        now = time.monotonic()
        passed, self._at = now - self._at, now
        self._allowed = min(BURST, self._allowed + passed * RATE)
        self._patience = min(PATIENCE, self._patience + passed * FORGIVEN)
        if self._allowed >= cost:
            self._allowed -= cost
            return 0.0
        self._patience -= cost
        return max(SHORTEST_WAIT, (cost - self._allowed) / RATE)

    @property
    def goes_on(self) -> bool:
        """Whether patience has run out."""
        return self._patience < 0
