"""Decides when a host may serve, and touches nothing: (leasing, event, now) -> (leasing, step).

The driver (lease.py) carries out each step and comes back with what happened. `now` is the host's own monotonic clock,
and so is `until`: counted from before each request was sent, it ends here no later than in the database. A host that
cannot renew in time stops serving first and asks questions later. tests/simulation drives this through any order.
"""

from dataclasses import dataclass, replace

from cluster.ids import HostId

BEATS = 4
"""Renewals in the time of one lease."""
RETRY_SECONDS = 0.3
"""Pause before a database that did not answer is tried again."""


@dataclass(frozen=True, slots=True)
class Leasing:
    """A host's right to serve, for `seconds` at a time. `host` is None while it has none, or has given it up."""

    seconds: float
    host: HostId | None = None
    until: float = float("-inf")
    connected: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """The database can be reached."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A lease was given to this host; it was asked for at `sent`."""

    host: HostId
    sent: float


@dataclass(frozen=True, slots=True)
class Renewed:
    """The lease goes on; that was asked for at `sent`."""

    sent: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The lease had run out already, or somebody declared this host dead."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The database does not answer, or not in time. What was asked for may have been done."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """All actors are dropped."""


@dataclass(frozen=True, slots=True)
class Rested:
    """The pause is over."""


Event = Connected | Registered | Renewed | Refused | Cut | Dropped | Rested


@dataclass(frozen=True, slots=True)
class Connect:
    """Reach the database, no later than `by`."""

    by: float | None


@dataclass(frozen=True, slots=True)
class Register:
    """Ask for a lease under a new id."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Ask for more time, no later than `by`."""

    host: HostId
    by: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Stop all actors without letting them write."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Wait so long (seconds) until the next renewal, keeping the connection."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Retry:
    """Give the connection up, and wait about so long (seconds)."""

    seconds: float


Step = Connect | Register | Renew | Drop | Beat | Retry


def serving(leasing: Leasing, now: float) -> HostId | None:
    """Who this host is, while its lease holds. Nothing may be claimed, accepted or begun without it."""
    return leasing.host if now < leasing.until else None


def after(leasing: Leasing, event: Event, now: float) -> tuple[Leasing, Step]:
    """What comes next. A lease that has run out is given up before anything else is done."""
    leasing = _having(leasing, event)
    if leasing.host is not None and (isinstance(event, Refused) or serving(leasing, now) is None):
        # It begins again under another id: nothing that was asked of this one may be taken for the next one's.
        return replace(leasing, host=None, until=float("-inf")), Drop()
    match event:
        case Registered() | Renewed():
            return leasing, Beat(leasing.seconds / BEATS)
        case Cut():
            return leasing, Retry(RETRY_SECONDS)
        case _:
            return leasing, _asking(leasing)


def _having(leasing: Leasing, event: Event) -> Leasing:
    match event:
        case Connected():
            return replace(leasing, connected=True)
        case Registered(host, sent):
            return replace(leasing, host=host, until=sent + leasing.seconds)
        case Renewed(sent):
            return replace(leasing, until=sent + leasing.seconds)
        case Cut():
            return replace(leasing, connected=False)
        case _:
            return leasing


def _asking(leasing: Leasing) -> Step:
    if not leasing.connected:
        return Connect(leasing.until if leasing.host is not None else None)
    return Register() if leasing.host is None else Renew(leasing.host, leasing.until)
