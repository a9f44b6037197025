"""What is asked of a jail, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.jail.limits import Limits

Language = Literal["python", "shell"]
KilledBy = Literal["time", "cpu", "memory", "output", "cancel", "signal"]

RESULT_BYTES = 1024 * 1024
"""Longest result, as JSON, that a program can give through its own channel."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A program by somebody whom nobody vouches for, the files it gets, and its bounds."""

    code: str
    language: Language = "python"
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """By path below the work folder, such as `data/in.csv`."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run came to. All of it was written or decided outside, but `stdout`, `stderr`, `files` and `result`."""

    stdout: str
    stderr: str
    exit: int
    """The program's status; 128 and the signal's number if a signal ended it."""
    killed_by: KilledBy | None
    """What ended the program before it ended itself."""
    files: Mapping[str, bytes]
    """What the program wrote or changed in its work folder, within caps."""
    left_out: int
    """How many files exceeded the caps, or were not plain files, and so are not in `files`."""
    result: object
    """What the program passed to `give_result`, or None. It came through a pipe of its own, not through stdout."""
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether the wall clock ended it."""
        return self.killed_by == "time"
