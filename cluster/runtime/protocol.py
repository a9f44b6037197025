"""The version of what hosts and callers say to each other, and of the rows that they leave for each other.

New code reads what older code wrote, never the other way round: an older host refuses a newer message or placement
with Moved, and callers look for a host that can read it. Raise PROTOCOL when older code could not read this code's.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

PROTOCOL = 2
"""What this code speaks. 1 was the first release's, whose messages carry no version."""
UNMARKED = 1
"""The last version whose messages are bare pickles."""


class Versioned(Protocol):
    """Something that code of a certain version runs in."""

    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)


def readers(hosts: Sequence[T]) -> list[T]:
    """The hosts that read what this code writes; while there is none, those of the first release, written to so."""
    able = [host for host in hosts if host.version >= PROTOCOL]
    return able or [host for host in hosts if host.version <= UNMARKED]
