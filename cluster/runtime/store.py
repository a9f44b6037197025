"""The tables hosts and placements: who is alive, and who carries whom. Time is the database's alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from cluster.clients.postgres import Connection, Row
from cluster.errors import Unavailable
from cluster.ids import HostId
from cluster.runtime.actor import ActorId

TROUBLE = (Unavailable, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a query raises when the database is unwell: a host goes on and tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """A host as others see it. `kinds` is None when it takes actors of any kind that shares."""

    id: HostId
    name: str
    node: str
    pid: int
    kinds: tuple[str, ...] | None
    capacity: int
    actors: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """How a claim ended: the epoch that was won, or the host that has the actor."""

    epoch: int | None
    holder: HostId | None


async def register(conn: Connection, host: HostRow, *, lease: float) -> None:
    """Enter a host. Its predecessor of the same name on the same node is dead: a name is one process's at a time."""
    await conn.execute(
        "update hosts set lease_until = least(lease_until, now()) where name = $1 and node = $2", host.name, host.node
    )
    await conn.execute(
        """insert into hosts (id, name, node, pid, kinds, capacity, lease_until)
           values ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7))""",
        host.id,
        host.name,
        host.node,
        host.pid,
        host.kinds,
        host.capacity,
        lease,
    )
    await conn.execute("delete from hosts where lease_until < now() - interval '1 hour'")


async def renew(conn: Connection, host: HostId, *, actors: int, lease: float) -> bool:
    """Renew a lease that has not run out. False when it has, or when the host was declared dead."""
    touched = await conn.execute(
        """update hosts set lease_until = clock_timestamp() + make_interval(secs => $3), actors = $2
           where id = $1 and lease_until > clock_timestamp()""",
        host,
        actors,
        lease,
    )
    return touched == 1


async def unregister(conn: Connection, host: HostId) -> None:
    """Leave cleanly. Only a host that has answered all it took may do so: callers read a missing row as proof."""
    await conn.execute("delete from hosts where id = $1", host)


async def is_registered(conn: Connection, host: HostId) -> bool:
    """Whether the host's row is there, alive or dead."""
    return await conn.fetchval("select 1 from hosts where id = $1", host) is not None


async def any_alive(conn: Connection) -> bool:
    """Whether any host serves, of whatever kind: one that carries nobody itself still wakes others."""
    return await conn.fetchval("select exists (select 1 from hosts where lease_until > now())") is True


async def is_live(conn: Connection, name: str) -> bool:
    """Whether a live host has this name: the one we knew, or the one that took its place."""
    return await conn.fetchval("select 1 from hosts where name = $1 and lease_until > now()", name) is not None


async def live_hosts(conn: Connection) -> list[HostRow]:
    """The hosts that share, with what they carry."""
    rows = await conn.fetch(
        """select id, name, node, pid, kinds, capacity, actors from hosts
           where lease_until > now() and kinds is null and capacity > 0"""
    )
    return [_host(row) for row in rows]


async def holder(conn: Connection, actor: ActorId) -> HostRow | None:
    """The live host that has the actor."""
    row = await conn.fetchrow(
        """select h.id, h.name, h.node, h.pid, h.kinds, h.capacity, h.actors
           from placements p join hosts h on h.id = p.host
           where p.kind = $1 and p.key = $2 and h.lease_until > now()""",
        actor.kind,
        actor.key,
    )
    return None if row is None else _host(row)


async def claim(conn: Connection, actor: ActorId, host: HostId) -> Claim:
    """Take an actor, if nobody alive has it: one compare-and-set. The claimant must be alive itself."""
    epoch = await conn.fetchval(
        """insert into placements as p (kind, key, host)
           select $1, $2, id from hosts where id = $3 and lease_until > now()
           on conflict (kind, key) do update set host = excluded.host, epoch = p.epoch + 1, updated_at = now()
           where p.host is null or p.host = excluded.host
              or not exists (select 1 from hosts h where h.id = p.host and h.lease_until > now())
           returning epoch""",
        actor.kind,
        actor.key,
        host,
    )
    if epoch is not None:
        return Claim(epoch, host)
    found = await conn.fetchval("select host from placements where kind = $1 and key = $2", actor.kind, actor.key)
    return Claim(None, found)


async def release(conn: Connection, host: HostId, held: Sequence[tuple[ActorId, int]]) -> None:
    """Give actors back. The row stays with its epoch, so that an old incarnation can never pass the fence."""
    await conn.execute(
        """update placements p set host = null, updated_at = now()
           from unnest($2::text[], $3::text[], $4::bigint[]) as held (kind, key, epoch)
           where p.kind = held.kind and p.key = held.key and p.epoch = held.epoch and p.host = $1""",
        host,
        [actor.kind for actor, _ in held],
        [actor.key for actor, _ in held],
        [epoch for _, epoch in held],
    )


async def orphans(conn: Connection, *, limit: int) -> list[ActorId]:
    """Some actors with unfinished work that no live host has, in no order, so that sweepers rarely meet."""
    rows = await conn.fetch(
        """select kind, key from placements p
           where pending and not exists (select 1 from hosts h where h.id = p.host and h.lease_until > now())
           order by random() limit $1""",
        limit,
    )
    return [ActorId(row["kind"], row["key"]) for row in rows]


async def strays(conn: Connection, host: HostId, *, limit: int) -> list[ActorId]:
    """Some actors with unfinished work that this host is said to have."""
    rows = await conn.fetch(
        "select kind, key from placements where pending and host = $1 order by random() limit $2", host, limit
    )
    return [ActorId(row["kind"], row["key"]) for row in rows]


async def neighbours(conn: Connection, node: str) -> list[tuple[HostId, int]]:
    """The hosts of a node that count as alive, with their process ids."""
    rows = await conn.fetch("select id, pid from hosts where node = $1 and lease_until > now()", node)
    return [(HostId(row["id"]), row["pid"]) for row in rows]


async def declare_dead(conn: Connection, hosts: Sequence[HostId]) -> None:
    """End leases whose holders are known to be gone."""
    await conn.execute("update hosts set lease_until = now() where id = any($1::uuid[])", list(hosts))


def _host(row: Row) -> HostRow:
    fields = dict(row)
    fields["kinds"] = None if row["kinds"] is None else tuple(row["kinds"])
    return HostRow(**fields)
