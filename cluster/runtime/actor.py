"""What an actor is: an identity, a plain class, and the fence that keeps its writes single."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, ParamSpec, Protocol, TypeVar

from cluster.clients.postgres import Connection
from cluster.errors import Temporary
from cluster.ids import HostId
from cluster.telemetry.catalogue import EPOCHS_REFUSED

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ActorId:
    """The identity of an actor: what kind it is, and which one."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"


class Actor(Protocol):
    """A plain class with an identity. It is made when it is woken: `__init__(self, key, services)`.

    Optional methods: `async activate()` loads it (after a crash it also finds and continues what was unfinished),
    `async deactivate()` puts it away. All other public coroutine methods and asynchronous generators are messages.

    Optional class attributes: `exclusive = True` gives each actor of the class a host of its own; `mailbox` bounds how
    many messages wait; `idle_seconds` replaces the setting of that name.
    """

    kind: ClassVar[str]


class Fenced(Temporary):
    """Another incarnation of this actor has taken over; this one may no longer write."""


@dataclass(frozen=True, slots=True)
class Fence:
    """The right of one incarnation to write: checked inside each transaction that it commits.

    Its host counts beside its epoch: a claim does not wait for the disk, so that a database that dies at that moment
    may give the same epoch again, to another host. `left_work` says whether an earlier incarnation left unfinished
    work; when not known, that it may have.
    """

    actor: ActorId
    epoch: int
    host: HostId
    left_work: bool = True

    async def check(self, conn: Connection) -> None:
        """Hold the placement until the transaction ends. Raises Fenced when it has been taken over or given back."""
        held = await conn.fetchval(
            "select 1 from placements where kind = $1 and key = $2 and epoch = $3 and host = $4 for share",
            self.actor.kind,
            self.actor.key,
            self.epoch,
            self.host,
        )
        if held is None:
            raise self._refused()

    async def mark_pending(self, conn: Connection, pending: bool, *, wake_at: datetime | None = None) -> None:
        """Check, and say whether this actor has unfinished work, so that a sweep wakes it if its host dies.

        With nothing left to do, it is suspected of no host's death any more. What it is to do at `wake_at` is work from
        then on: a sweep wakes it, unless it is awake. Raises Fenced when it has been taken over or given back.
        """
        held = await conn.fetchval(
            """update placements
                  set pending = $5, wake_at = $6, crashes = case when $5 then crashes else 0 end,
                      crashes_alone = case when $5 then crashes_alone else 0 end,
                      alone_until = case when $5 then alone_until end
                where kind = $1 and key = $2 and epoch = $3 and host = $4 returning 1""",
            self.actor.kind,
            self.actor.key,
            self.epoch,
            self.host,
            pending,
            wake_at,
        )
        if held is None:
            raise self._refused()

    async def forgive(self, conn: Connection) -> None:
        """Check, and forget the hosts that died with this actor's work: it has brought something to its end.

        Raises Fenced when it has been taken over or given back.
        """
        held = await conn.fetchval(
            """update placements set crashes = 0, crashes_alone = 0, alone_until = null
                where kind = $1 and key = $2 and epoch = $3 and host = $4 returning 1""",
            self.actor.kind,
            self.actor.key,
            self.epoch,
            self.host,
        )
        if held is None:
            raise self._refused()

    def _refused(self) -> Fenced:
        EPOCHS_REFUSED.add(1.0, self.actor.kind)
        log.warning("a late write of %s is refused: epoch %d is over", self.actor, self.epoch)
        return Fenced()


def repeatable(method: Callable[P, R]) -> Callable[P, R]:
    """Mark a message that may be delivered twice, because it is idempotent: the runtime repeats it when a host dies."""
    method.__dict__["repeatable"] = True
    return method


def interleaves(method: Callable[P, R]) -> Callable[P, R]:
    """Mark a message that gets through while a turn of the same actor runs."""
    method.__dict__["interleaves"] = True
    return method
