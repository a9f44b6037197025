"""What one client did and saw, for the verdict. Times are of `time.monotonic`."""

import time
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.script import Said

NOTICED_SECONDS = 0.5
"""Silence that is shorter than this in the middle of a turn is not kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A `turn_ended` that was not a repetition, and when it came."""

    turn: str
    seq: str
    at: float


@dataclass(kw_only=True)
class History:
    """One client's."""

    name: str
    user: str
    said: list[Said] = field(default_factory=list[Said])
    ended: list[Ended] = field(default_factory=list[Ended])
    events: int = 0
    repeated: int = 0
    """Events that came again, and were known by their numbers."""
    reloads: int = 0
    lines_lost: int = 0
    silences: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Stretches without any event in the middle of a turn."""
    trail: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    """Events other than text, when they came, and of which turn."""
    _heard_at: float = 0.0

    def heard(self, event: dict[str, Any]) -> None:
        """An event that was not seen before."""
        self.events += 1
        self.sign_of_life()
        if event["type"] != "token":
            self.trail.append((self._heard_at, f"{event['type']} {event['seq']}", event["turn_id"]))
        if event["type"] == "turn_ended":
            self.ended.append(Ended(event["turn_id"], event["seq"], self._heard_at))

    def sign_of_life(self) -> None:
        """The client learned something of its conversation: the silence, if it was one, ends here."""
        now = time.monotonic()
        since = [at for said in self.said if not said.over for at in said.turns.values()]
        if since and now - (began := max(self._heard_at, min(since))) >= NOTICED_SECONDS:
            self.silences.append((began, now))
        self._heard_at = now

    @property
    def open(self) -> list[Said]:
        """What has no end yet on this client's screen."""
        return [said for said in self.said if not said.over and said.refused is None]
