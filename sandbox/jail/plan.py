"""Everything that a warden must know to build one jail, decided beforehand by us and sent to it."""

from dataclasses import asdict, dataclass
from typing import Any

STAGE = "/tmp"
"""Where the warden lays out, in a mount namespace of its own, what the jail will be made of. It exists everywhere."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """A private file system in memory, bounded in bytes and in files."""

    name: str
    size: int
    inodes: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One jail."""

    binds: tuple[tuple[str, str], ...]
    """A file or folder of this machine, and where it appears below the stage."""
    bwrap: str
    """The program that confines, below the stage."""
    options: tuple[str, ...]
    """What bubblewrap is told."""
    command: tuple[str, ...]
    """What it runs inside."""
    seccomp: str
    """The file with the filter of system calls."""
    inside: str
    """The file with the program that waits inside for the code."""
    etc: dict[str, str]
    """The files of the jail's /etc."""
    rooms: tuple[Room, ...]
    rlimits: dict[str, int]
    """Set before bubblewrap starts, by the names in Python's `resource`."""
    memory_bytes: int
    """Of all processes together."""
    output_bytes: int
    setup_seconds: float
    """How long building it may take."""
    cells: bool = False
    """Whether it serves cell after cell instead of one run."""

    def as_json(self) -> dict[str, Any]:
        """For sending."""
        return asdict(self)

    @classmethod
    def from_json(cls, sent: dict[str, Any]) -> "Plan":
        """As received."""
        made: dict[str, Any] = dict(sent)
        made["binds"] = tuple((source, target) for source, target in sent["binds"])
        made["rooms"] = tuple(Room(**room) for room in sent["rooms"])
        for name in ("options", "command"):
            made[name] = tuple(sent[name])
        return cls(**made)
