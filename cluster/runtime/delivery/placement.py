"""Decides where a message goes and what its failures mean, and touches nothing: (trip, event, now) -> (trip, step).

The driver (delivery.py) carries out each step and comes back with what happened. Nothing here waits, reads a clock or
draws a random number, so that a simulation can drive it through any order of events.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from cluster.errors import ApexError, Busy, Unavailable
from cluster.ids import HostId
from cluster.runtime.actor import ActorId
from cluster.runtime.envelope import Full, Moved, Reply, Severed
from cluster.runtime.hosts.load import LAGGING
from cluster.runtime.store import HostRow

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.5
MOST_LOST = 3
"""Hosts that a message may be lost with and still be repeated."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One message on its way. `deadline` is when looking for a host ends; a turn that runs has no deadline here."""

    repeatable: bool
    patience: float
    deadline: float
    tries: int = 0
    lost: frozenset[HostId] = frozenset()
    avoid: frozenset[HostId] = frozenset()
    full: bool = False


@dataclass(frozen=True, slots=True)
class SetOut:
    """The message sets out; `host` is where the actor was last seen."""

    host: HostRow | None


@dataclass(frozen=True, slots=True)
class Found:
    """The placement was read: the live host that has the actor, or None when it sleeps.

    `alone`: it is under suspicion, and may only go to a host of its own (quarantine.py).
    """

    host: HostRow | None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """A host for an actor that sleeps; None when none has room."""

    host: HostRow | None


@dataclass(frozen=True, slots=True)
class Replied:
    """A host replied."""

    host: HostRow
    reply: Reply


@dataclass(frozen=True, slots=True)
class Failed:
    """A step failed. `reached` is the host that may have done the message."""

    reached: HostId | None
    why: str


@dataclass(frozen=True, slots=True)
class Rested:
    """The pause is over."""


Event = SetOut | Found | Chosen | Replied | Failed | Rested


@dataclass(frozen=True, slots=True)
class Look:
    """Read the placement."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Choose a host with room, other than these; or a host of its own."""

    avoid: frozenset[HostId]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Give the message to this host."""

    host: HostRow


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait about so long (seconds), then look again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """The message arrived, and this is the reply."""

    host: HostRow
    reply: Reply


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The caller is told so."""

    error: ApexError


Step = Look | Choose | Send | Pause | Done | GiveUp


def after(trip: Trip, event: Event, now: float) -> tuple[Trip, Step]:
    """What comes next. A message is sent again only when it was provably not done, or when it may be done twice."""
    match event:
        case SetOut(host) | Found(host, _) | Chosen(host) if host is not None:
            return trip, Send(host)
        case SetOut() | Rested():
            return trip, Look()
        case Found(_, alone):
            return trip, Choose(trip.avoid, alone)
        case Chosen():
            return trip, GiveUp(Busy("all hosts are full")) if trip.full else _pause(trip, now, "no host is up")
        case Replied(host, reply):
            return _replied(trip, host, reply, now)
        case Failed(reached, why):
            return _retry(trip, now, why) if reached is None else _lost(trip, reached, now, why)


def emptiest(
    hosts: Sequence[HostRow], actor: ActorId, *, sent: Mapping[HostId, int], avoid: Collection[HostId]
) -> HostRow | None:
    """The host with room that carries the fewest. `sent` counts actors that hosts were given since they last reported.

    A host that lags is chosen only when all do: an actor there would be slow, and would make its neighbours slower.
    Among equals the choice depends on the actor, so that callers who know the same hosts do not all pick the same one.
    """
    open_ones = [host for host in hosts if host.id not in avoid and host.actors + sent.get(host.id, 0) < host.capacity]

    def burden(host: HostRow) -> tuple[bool, int, bytes]:
        return host.lag > LAGGING, host.actors + sent.get(host.id, 0), _lot(host, actor)

    return min(open_ones, key=burden, default=None)


def _replied(trip: Trip, host: HostRow, reply: Reply, now: float) -> tuple[Trip, Step]:
    match reply:
        case Moved():
            return _retry(trip, now, "the actor is on the move", immediately=trip.tries == 0)
        case Full():
            return replace(trip, avoid=trip.avoid | {host.id}, full=True), Look()
        case Severed(why):
            return _lost(trip, host.id, now, why)
        case _:
            return trip, Done(host, reply)


def _retry(trip: Trip, now: float, why: str, *, immediately: bool = False) -> tuple[Trip, Step]:
    again = replace(trip, tries=trip.tries + 1)
    return again, Look() if immediately else _pause(again, now, why)


def _pause(trip: Trip, now: float, why: str) -> Step:
    if now >= trip.deadline:
        return GiveUp(Unavailable(f"no host answers for this actor: {why}"))
    return Pause(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(trip.tries, 10)))


def _lost(trip: Trip, host: HostId, now: float, why: str) -> tuple[Trip, Step]:
    """It may have been done. A message that hosts die of is not repeated for ever: each dead host counts, and once."""
    lost = trip.lost | {host}
    if not trip.repeatable or len(lost) > MOST_LOST:
        return trip, GiveUp(Unavailable(f"{why}; what was asked for may have been done or not"))
    deadline = trip.deadline if host in trip.lost else now + trip.patience
    return _retry(replace(trip, lost=lost, deadline=deadline), now, why)


def _lot(host: HostRow, actor: ActorId) -> bytes:
    return blake2b(f"{host.id}{actor}".encode(), digest_size=8).digest()
