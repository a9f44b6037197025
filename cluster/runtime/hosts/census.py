"""Looks at the runtime from outside, for people: who is alive, what is awake, what is unfinished. Reads rows only.

Each query is bounded by what is alive or unfinished, never by how many actors sleep.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSeen:
    """A host, with what it last reported. `lease_seconds` is what is left of its lease, negative when it ran out."""

    id: UUID
    name: str
    node: str
    pid: int
    capacity: int
    actors: int
    cpu: float
    lag: float
    draining: bool
    version: int
    lease_seconds: float
    alive: bool
    started_at: datetime


@dataclass(frozen=True, slots=True)
class KindSeen:
    """How many actors of a kind are awake, have unfinished work, and have it without a live host."""

    kind: str
    awake: int
    pending: int
    orphaned: int


async def hosts(conn: Connection) -> list[HostSeen]:
    """The hosts that are alive, and those that died within the last minutes."""
    rows = await conn.fetch(
        """select id, name, node, pid, capacity, actors, cpu, lag, draining, version, lease_until > now() as alive,
                  extract(epoch from lease_until - now())::float8 as lease_seconds, started_at
             from hosts where lease_until > now() - interval '5 minutes' order by node, name, started_at"""
    )
    return [HostSeen(**dict(row)) for row in rows]


async def kinds(conn: Connection) -> Sequence[KindSeen]:
    """The kinds of which any actor is awake or has unfinished work."""
    rows = await conn.fetch(
        """with alive as (select id from hosts where lease_until > now()),
                awake as (select p.kind, count(*) as number from alive join placements p on p.host = alive.id
                           group by p.kind),
                unfinished as (select kind, count(*) as number,
                                      count(*) filter (where host is null or host not in (select id from alive)) as lost
                                 from placements where pending group by kind)
           select kind, coalesce(awake.number, 0) as awake, coalesce(unfinished.number, 0) as pending,
                  coalesce(unfinished.lost, 0) as orphaned
             from awake full join unfinished using (kind) order by kind"""
    )
    return [KindSeen(**dict(row)) for row in rows]
