"""Passwords by argon2id: off the event loop, at most two at a time, and no faster for an email that nobody has."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cluster.errors import Busy

R = TypeVar("R")

AT_ONCE = 2
"""Hashes that are computed at the same time: each takes a processor and 46 MiB."""
WAITING = 32
"""Hashes that may wait; about two seconds of work."""


class Passwords:
    """Hashes and checks passwords. The parameters are OWASP's (46 MiB, one lane), with a second pass."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)
        self._executor = ThreadPoolExecutor(AT_ONCE, "argon2")
        self._pending = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash. Raises Busy."""
        return await self._compute(lambda: self._hasher.hash(password))

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed; takes as long when there is no hash. Raises Busy."""
        return await self._compute(lambda: self._verify(known, password))

    def outdated(self, known: str) -> bool:
        """Whether the hash was made with other parameters than today's, and should be made anew."""
        return self._hasher.check_needs_rehash(known)

    def close(self) -> None:
        """Let go of the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, known: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        try:
            return self._hasher.verify(known or self._nobody, password) and known is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _compute(self, work: Callable[[], R]) -> R:
        if self._pending >= AT_ONCE + WAITING:
            raise Busy("many people are signing in at this moment; try again in a few seconds")
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._pending -= 1
