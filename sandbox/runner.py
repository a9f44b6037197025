"""Who runs a program that nobody vouches for: the pool of this process, with Ray or without."""

from typing import Protocol

from cluster.ids import UserId
from sandbox.jail.run import Outcome, Run


class Runner(Protocol):
    """Runs programs in jails, somewhere, fairly among users."""

    async def run(self, run: Run, user: UserId) -> Outcome:
        """Run a program to its end on behalf of a user. Cancelling ends it and all that it started.

        Raises Busy when too much waits already, JailUnavailable where nothing can confine it, FilesRefused for files
        that cannot be given to it, Interrupted when the machine that ran it was lost.
        """
        ...
