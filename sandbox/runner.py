"""Who runs a program that nobody vouches for: the pool of this process, with Ray or without."""

from collections.abc import Callable
from typing import Protocol

from cluster.ids import UserId
from sandbox.jail.run import Outcome, Run

Tell = Callable[[str], None]
"""Takes a few words for the person who waits: what goes on now."""
WAITS, RUNS = "waits for a place to run", "runs"


def tell_nobody(words: str) -> None:
    """Nobody waits to hear it."""


class Runner(Protocol):
    """Runs programs in jails, somewhere, fairly among users."""

    async def run(self, run: Run, user: UserId, tell: Tell = tell_nobody) -> Outcome:
        """Run a program to its end on behalf of a user. Cancelling ends it and all that it started.

        `tell` hears when it waits for a place, and when it has one.

        Raises Busy when too much waits already, JailUnavailable where nothing can confine it, FilesRefused for files
        that cannot be given to it, Interrupted when the machine that ran it was lost.
        """
        ...
