"""What some tools need from outside: a service with its key, a device, a program on this machine.

The operator sets it up, or it is not there. A tool that lacks something is offered to no model, found by no search and
does not run; who asks for it all the same is told what has to be set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sandbox.errors import ToolFailed

Thing = Literal["chromium", "suno", "suno_upload", "camera", "hailo", "eeg", "together", "replicate"]


@dataclass(frozen=True, slots=True)
class Need:
    """One of several things, and what to do where none of them is there, as a sentence."""

    one_of: tuple[Thing, ...]
    advice: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a thing is reached (a URL, an address, a path), and with what key."""

    where: str
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What there is here."""

    places: Mapping[Thing, Place] = field(default_factory=dict[Thing, Place])

    def lack(self, needs: Sequence[Need]) -> str | None:
        """What to do for these needs, or None where all are met."""
        unmet = [need.advice for need in needs if not any(thing in self.places for thing in need.one_of)]
        return " ".join(unmet) or None

    def at(self, thing: Thing) -> Place:
        """Where it is. Raises ToolFailed where it is not."""
        place = self.places.get(thing)
        if place is None:
            raise ToolFailed(f"There is no {thing} here.")
        return place
