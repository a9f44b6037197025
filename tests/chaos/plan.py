"""Which faults happen when: decided by a seed before anything runs, so that a run can be made again."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is due `at` seconds after the start. `lot` (0..1) chooses the victim among those that are there."""

    at: float
    kind: str
    lot: float


@dataclass(frozen=True, slots=True)
class Habit:
    """How often a kind of fault comes, relative to others, and how long it keeps its distance to itself (seconds)."""

    weight: float
    apart: float = 0.0


HABITS: Mapping[str, Habit] = {
    "host_killed": Habit(60),
    "all_hosts_killed": Habit(5, apart=12),
    "host_frozen": Habit(10, apart=10),
    "host_disowned": Habit(12),
    "gateway_killed": Habit(5, apart=15),
    "proxy_killed": Habit(3, apart=25),
    "controller_killed": Habit(3, apart=25),
    # The supervisor gives a part up that dies more than three times in two minutes; a full disk may cost one of them.
    "database_killed": Habit(8, apart=65),
    "log_lost": Habit(8, apart=65),
    "disk_full": Habit(3, apart=150),
    "database_lines_cut": Habit(15),
    "log_lines_cut": Habit(12),
    "log_emptied": Habit(8, apart=8),
    "client_lines_cut": Habit(12),
}
"""Dear ones are rare. The first round has each kind once, in an order that the seed shuffles."""


def plan(seed: int, *, seconds: float, every: float, kinds: Mapping[str, Habit] = HABITS) -> list[Fault]:
    """Faults about `every` seconds apart for so many seconds, each kind at least once where there is time for it."""
    random = Random(seed)
    first = sorted(kinds)
    random.shuffle(first)
    last: dict[str, float] = {}
    faults: list[Fault] = []
    at = every
    while at < seconds:
        free = [kind for kind in kinds if at - last.get(kind, float("-inf")) >= kinds[kind].apart]
        kind = first.pop() if first else random.choices(free, [kinds[one].weight for one in free])[0]
        last[kind] = at
        faults.append(Fault(round(at, 3), kind, random.random()))
        at += every * random.uniform(0.5, 1.5)
    return faults
