"""When to try again, and after how long. It waits for nothing itself, so both clients share it."""

import random
from dataclasses import dataclass
from time import monotonic

from apexaurum.errors import (
    ApexError,
    ApiError,
    Conflict,
    ConnectionLost,
    NotReached,
    RateLimited,
    ServerFailed,
    Unavailable,
)

STILL_RUNS = "still runs"
"""What the server says of a request that came before with the same key and is not answered yet."""


@dataclass(frozen=True)
class Retrying:
    """How patient to be with one request."""

    attempts: int = 8
    seconds: float = 120.0
    """No further try begins later than this."""
    first_wait: float = 0.25
    longest_wait: float = 10.0


class Patience:
    """The tries of one request."""

    def __init__(self, retrying: Retrying, *, repeatable: bool) -> None:
        self._retrying = retrying
        self._repeatable = repeatable
        self._end = monotonic() + retrying.seconds
        self._tries = 0
        self._was_lost = False
        self._signed_in_again = False

    def sign_in_again(self) -> bool:
        """Whether a refused token is worth a new one: once."""
        first, self._signed_in_again = not self._signed_in_again, True
        return first

    def renew(self) -> None:
        """It got on: begin counting anew."""
        self._tries = 0
        self._end = monotonic() + self._retrying.seconds

    def after(self, error: ApexError) -> float | None:
        """Seconds to wait before the next try; None when there is none."""
        self._tries += 1
        self._was_lost |= isinstance(error, ConnectionLost)
        if not self._again(error):
            return None
        wait = min(self._retrying.longest_wait, self._retrying.first_wait * 2 ** (self._tries - 1))
        wait *= random.uniform(0.5, 1.0)
        if isinstance(error, ApiError) and error.retry_after is not None:
            wait = max(wait, error.retry_after)
        return None if monotonic() + wait > self._end else wait

    def _again(self, error: ApexError) -> bool:
        if isinstance(error, Conflict):  # the first try is at work, and its answer was lost
            return self._was_lost and STILL_RUNS in str(error)
        if self._tries >= self._retrying.attempts:
            return False
        if isinstance(error, (RateLimited, Unavailable)):
            return True
        if isinstance(error, ServerFailed):
            return self._repeatable and error.status in (502, 504)
        return isinstance(error, NotReached) or (isinstance(error, ConnectionLost) and self._repeatable)
