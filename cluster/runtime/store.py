"""The tables hosts and placements: who is alive, and who carries whom. Time is the database's alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import asyncpg

from cluster.clients.postgres import Connection, Row
from cluster.errors import Unavailable
from cluster.ids import HostId
from cluster.runtime.actor import ActorId
from cluster.runtime.hosts.load import Load
from cluster.runtime.hosts.quarantine import DIED, DIED_ALONE, PATIENT, SUSPECT, TO_BE_ALONE
from cluster.runtime.protocol import PROTOCOL

TROUBLE = (Unavailable, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a query raises when the database is unwell: a host goes on and tries again."""

WITHOUT_WAITING: LiteralString = "set_config('synchronous_commit', 'off', true)"
"""Selected in a transaction that has nothing else to keep: its commit is seen at once, and on disk a little later."""

DUE: Final = "coalesce(p.wake_at <= now(), false)"
"""Whether the time has come at which an actor wanted to be woken."""

DEAD_KEPT = 10_000
"""Hosts that died whose rows stay, however long ago that was."""


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
    version: int = PROTOCOL
    cpu: float = 0.0
    lag: float = 0.0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """How a claim ended: the epoch that was won and whether work was left to do, or the host that has the actor."""

    epoch: int | None
    holder: HostId | None
    left_work: bool = True


async def register(conn: Connection, host: HostRow, *, lease: float, lost: HostId | None = None) -> None:
    """Enter a host. Its predecessor of the same name on the same node is dead: a name is one process's at a time.

    `lost`: who this very process was before it lost its lease. It has dropped what it carried, and gives that back:
    it did not die of it.
    """
    if lost is not None:
        await conn.execute("update placements set host = null, updated_at = now() where host = $1", lost)
    await conn.execute(
        "update hosts set lease_until = least(lease_until, now()) where name = $1 and node = $2", host.name, host.node
    )
    await conn.execute(
        """insert into hosts (id, name, node, pid, kinds, capacity, version, lease_until)
           values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))""",
        host.id,
        host.name,
        host.node,
        host.pid,
        host.kinds,
        host.capacity,
        host.version,
        lease,
    )
    # A missing row is proof that its host left in good order: a clock that leaps ahead must not make one.
    await conn.execute(
        """delete from hosts where id in (select id from hosts where lease_until < now() - interval '1 hour'
                                           order by started_at desc offset $1)""",
        DEAD_KEPT,
    )


async def renew(conn: Connection, host: HostId, *, load: Load, lease: float) -> bool | None:
    """Renew a lease that has not run out; answers whether the host is to leave.

    None when the lease has run out, or when the host was declared dead.
    """
    return await conn.fetchval(
        """update hosts set lease_until = clock_timestamp() + make_interval(secs => $2),
                            actors = $3, cpu = $4, lag = $5, waiting = $6
           where id = $1 and lease_until > clock_timestamp() returning draining""",
        host,
        lease,
        load.actors,
        load.cpu,
        load.lag,
        load.waiting,
    )


async def drain(conn: Connection, host: HostId) -> bool:
    """Say that a host takes nobody any more; answers whether another one does, whom its actors can go to."""
    return await conn.fetchval(
        """with leaving as (update hosts set draining = true where id = $1)
           select exists (select 1 from hosts where id <> $1 and not draining and lease_until > now()
                                                and kinds is null and capacity > 0)""",
        host,
    )


async def drain_nodes(conn: Connection, nodes: Sequence[str]) -> int:
    """Tell all hosts of these nodes to leave: they read it when they renew their lease. Answers how many were told."""
    return await conn.execute(
        "update hosts set draining = true where node = any($1::text[]) and not draining and lease_until > now()",
        list(nodes),
    )


async def eldest(conn: Connection) -> HostId | None:
    """The live host that has been here longest: the one that does what one host is enough for."""
    return await conn.fetchval("select id from hosts where lease_until > now() order by started_at, id limit 1")


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
    """The hosts that share and stay, with what they carry; the eldest first."""
    rows = await conn.fetch(
        """select id, name, node, pid, kinds, capacity, actors, version, cpu, lag, waiting from hosts
           where lease_until > now() and not draining and kinds is null and capacity > 0
           order by started_at, id"""
    )
    return [_host(row) for row in rows]


async def names_up(conn: Connection) -> set[str]:
    """The names of all hosts that live, whether they stay or leave."""
    return {row["name"] for row in await conn.fetch("select name from hosts where lease_until > now()")}


async def holder(conn: Connection, actor: ActorId) -> HostRow | None:
    """The live host that has the actor."""
    row = await conn.fetchrow(
        """select h.id, h.name, h.node, h.pid, h.kinds, h.capacity, h.actors, h.version
           from placements p join hosts h on h.id = p.host
           where p.kind = $1 and p.key = $2 and h.lease_until > now()""",
        actor.kind,
        actor.key,
    )
    return None if row is None else _host(row)


async def whereabouts(conn: Connection, actor: ActorId) -> tuple[HostRow | None, bool]:
    """The live host that has the actor; and, when none has it, whether it is suspected of killing hosts."""
    row = await conn.fetchrow(
        f"""select h.id, h.name, h.node, h.pid, h.kinds, h.capacity, h.actors, h.version,
                   h.id is null and {SUSPECT} as suspect
              from placements p left join hosts h on h.id = p.host and h.lease_until > now()
             where p.kind = $1 and p.key = $2""",
        actor.kind,
        actor.key,
    )
    if row is None:
        return None, False
    fields = dict(row)
    suspect = fields.pop("suspect") is True
    return (None, suspect) if fields["id"] is None else (_host(fields), False)


async def claim(conn: Connection, actor: ActorId, host: HostId) -> Claim:
    """Take an actor, if nobody alive has it: one compare-and-set. The claimant must be alive itself.

    What newer code has had is not taken back by older code, which could not read what that left. A host that died with
    the actor's work is counted; one that others share does not get who is to be alone (quarantine.py). An actor whose
    time has come has work.

    The transaction does not wait for the disk. Should the database die before the claim is there, nothing that was
    written under it is there either, and whoever claims next has another epoch or another host, which the fence tells
    apart.
    """
    won = await conn.fetchrow(
        f"""insert into placements as p (kind, key, host, version)
           select $1, $2, id, $4 from hosts where id = $3 and lease_until > now()
           on conflict (kind, key) do update
              set host = excluded.host, epoch = p.epoch + 1, version = excluded.version, updated_at = now(),
                  pending = p.pending or {DUE}, wake_at = case when not {DUE} then p.wake_at end,
                  crashes = p.crashes + {DIED}::integer, crashes_alone = p.crashes_alone + {DIED_ALONE}::integer
           where p.version <= excluded.version
             and (p.host is null or p.host = excluded.host
                  or not exists (select 1 from hosts h where h.id = p.host and h.lease_until > now()))
             and (not {TO_BE_ALONE}
                  or exists (select 1 from hosts o where o.id = excluded.host and o.kinds is not null))
           returning epoch, pending, {WITHOUT_WAITING}""",
        actor.kind,
        actor.key,
        host,
        PROTOCOL,
    )
    if won is not None:
        return Claim(won["epoch"], host, won["pending"])
    found = await conn.fetchval("select host from placements where kind = $1 and key = $2", actor.kind, actor.key)
    return Claim(None, found)


async def release(conn: Connection, host: HostId, held: Sequence[tuple[ActorId, int]]) -> list[ActorId]:
    """Give actors back; answers those that have unfinished work.

    The row stays with its epoch, so that an old incarnation can never pass the fence. This does not wait for the disk:
    what is lost of it stays its host's, who can claim it again.
    """
    rows = await conn.fetch(
        f"""update placements p set host = null, updated_at = now()
           from unnest($2::text[], $3::text[], $4::bigint[]) as held (kind, key, epoch)
           where p.kind = held.kind and p.key = held.key and p.epoch = held.epoch and p.host = $1
           returning p.kind, p.key, p.pending, {WITHOUT_WAITING}""",
        host,
        [actor.kind for actor, _ in held],
        [actor.key for actor, _ in held],
        [epoch for _, epoch in held],
    )
    return [ActorId(row["kind"], row["key"]) for row in rows if row["pending"]]


async def orphans(conn: Connection, *, limit: int, without: Collection[ActorId] = ()) -> list[ActorId]:
    """Some actors with unfinished work that no live host has, in no order, so that sweepers rarely meet.

    Those `without` are known to the caller; they do not take the others' places among the few.
    """
    rows = await conn.fetch(
        f"""select p.kind, p.key from placements p
            where (p.pending or p.wake_at <= now())
              and not exists (select 1 from hosts h where h.id = p.host and h.lease_until > now())
              and (p.kind, p.key) not in (select * from unnest($2::text[], $3::text[])) and {PATIENT}
            order by random() limit $1""",
        limit,
        [actor.kind for actor in without],
        [actor.key for actor in without],
    )
    return [ActorId(row["kind"], row["key"]) for row in rows]


async def strays(conn: Connection, host: HostId, *, limit: int) -> list[ActorId]:
    """Some actors with unfinished work that this host is said to have."""
    rows = await conn.fetch(
        """select kind, key from placements
            where (pending or wake_at <= now()) and host = $1 order by random() limit $2""",
        host,
        limit,
    )
    return [ActorId(row["kind"], row["key"]) for row in rows]


async def neighbours(conn: Connection, node: str) -> list[tuple[HostId, int]]:
    """The hosts of a node that count as alive, with their process ids."""
    rows = await conn.fetch("select id, pid from hosts where node = $1 and lease_until > now()", node)
    return [(HostId(row["id"]), row["pid"]) for row in rows]


async def declare_dead(conn: Connection, hosts: Sequence[HostId]) -> None:
    """End leases whose holders are known to be gone."""
    await conn.execute("update hosts set lease_until = now() where id = any($1::uuid[])", list(hosts))


def _host(row: Row | dict[str, Any]) -> HostRow:
    fields = dict(row)
    fields["kinds"] = None if row["kinds"] is None else tuple(row["kinds"])
    return HostRow(**fields)
