"""Decides how many hosts there are to be, and touches nothing: (scaling, fleet, now) -> (scaling, step).

The driver (keeper.py) looks, carries out the step and looks again. Between the load that adds a host and the load that
lets one go lies a wide gap, and both must last: hosts that come and go would move actors for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from cluster.runtime.hosts.load import LAGGING
from cluster.runtime.store import HostRow

EXTRA = "host/any/"
"""What the names of added hosts begin with: they belong to no node, and are the only ones that are let go."""
CROWDED = 0.7
"""Share of what hosts can carry (actors, or processor time of one core each) above which there are too few."""
AIMED = 0.5
"""The share that is aimed at when hosts are added, and not exceeded when some are let go."""
CALM = 0.35
"""The share below which the others would be if one host fewer were there."""
CROWDED_SECONDS = 3.0
"""How long hosts must be crowded before more are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What there is: hosts that serve and stay, and the names of added ones that do not serve yet."""

    hosts: Sequence[HostRow]
    coming: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Scaling:
    """Since when there have been too few hosts, or too many. `patience`: how long (seconds) there must be too many."""

    most: int
    patience: float
    crowded_since: float | None = None
    calm_since: float | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the fleet as it is."""


@dataclass(frozen=True, slots=True)
class Add:
    """Ask for hosts of these names."""

    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Let the hosts of these names hand over and leave; `coming` are not up, and only to be called off."""

    serving: Sequence[str]
    coming: Sequence[str]


Step = Keep | Add | Dismiss


def after(scaling: Scaling, fleet: Fleet, now: float) -> tuple[Scaling, Step]:
    """What comes next."""
    hosts = fleet.hosts
    if not hosts:
        return replace(scaling, crowded_since=None, calm_since=None), Keep()
    crowded = scaling.crowded_since if is_crowded(hosts) else None
    calm = scaling.calm_since if is_calm(fleet) else None
    scaling = replace(
        scaling,
        crowded_since=now if crowded is None and is_crowded(hosts) else crowded,
        calm_since=now if calm is None and is_calm(fleet) else calm,
    )
    if scaling.crowded_since is not None and now - scaling.crowded_since >= CROWDED_SECONDS:
        names = _added(fleet, scaling.most)
        return scaling, Add(names) if names else Keep()
    if scaling.calm_since is not None and now - scaling.calm_since >= scaling.patience:
        return replace(scaling, calm_since=now), _dismissed(fleet)
    return scaling, Keep()


def is_crowded(hosts: Sequence[HostRow]) -> bool:
    """Whether there are too few: full in the whole, or late everywhere, or with turns in line everywhere."""
    behind = all(host.lag > LAGGING for host in hosts) or all(host.waiting for host in hosts)
    return behind or _share(hosts, len(hosts)) > CROWDED


def is_calm(fleet: Fleet) -> bool:
    """Whether there are too many: with one fewer, all the others would still have little to do."""
    added = fleet.coming or any(host.name.startswith(EXTRA) for host in fleet.hosts)
    behind = any(host.lag > LAGGING or host.waiting for host in fleet.hosts)
    return bool(added) and not behind and _share(fleet.hosts, len(fleet.hosts) - (not fleet.coming)) < CALM


def _share(hosts: Sequence[HostRow], number: int) -> float:
    """How much of what so many hosts could carry these have."""
    if number < 1:
        return float("inf")
    capacity = sum(host.capacity for host in hosts) / len(hosts) * number
    return max(sum(host.actors for host in hosts) / capacity, sum(host.cpu for host in hosts) / number)


def _added(fleet: Fleet, most: int) -> list[str]:
    """Names for as many as the load asks for, at most twice what there is; those that come already count."""
    there = len(fleet.hosts)
    wanted = min(most, 2 * there, max(there + 1, ceil(there * _share(fleet.hosts, there) / AIMED)))
    taken = {host.name for host in fleet.hosts} | set(fleet.coming)
    free = (name for number in range(most) if (name := f"{EXTRA}{number}") not in taken)
    return [name for name, _ in zip(free, range(wanted - there - len(fleet.coming)), strict=False)]


def _dismissed(fleet: Fleet) -> Dismiss:
    """Those that are not up, else the emptiest: a quarter of the added ones at a time, while the rest has it easy."""
    if fleet.coming:
        return Dismiss((), tuple(fleet.coming))
    added = sorted((host for host in fleet.hosts if host.name.startswith(EXTRA)), key=lambda host: host.actors)
    number = max(1, len(added) // 4)
    while number > 1 and _share(fleet.hosts, len(fleet.hosts) - number) > AIMED:
        number -= 1
    return Dismiss(tuple(host.name for host in added[:number]), ())
