"""Runs programs on sandbox nodes: one Ray task for each."""

from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail
from sandbox.runner import Runner


def process_runner() -> Runner:
    """The runner of this process."""
    return InlinePool(Jail(), warm=0)
