"""Finds out who kills hosts, and keeps the neighbours out of it: the conditions, as SQL over one placement `p`.

A host's death does not tell who caused it, so whoever had unfinished work there is a suspect: the next claim counts a
crash, in the same compare-and-set, so that none is counted twice or forgotten. Who was there when two hosts in a row
died goes on in a host of its own. If that one dies too, it is proof (`crashes_alone`), and the actor can end what it
was about. Whoever brings something to an end is cleared (`Fence.forgive`).

Only so many suspects are alone at once, since each costs a process. The others go on among the rest: spread over other
hosts than before, fewer of them share the next crash, and whoever causes it keeps rising above the others.
"""

from typing import Final

from cluster.clients.postgres import Connection
from cluster.runtime.actor import ActorId

ONE_BY_ONE = 7_105_501
"""The advisory lock under which places are given away. Suspects are rare; nobody else waits for it."""
DIED: Final = "(p.pending and exists (select 1 from hosts d where d.id = p.host and d.lease_until <= now()))"
"""Whether its host died with unfinished work of its. One that gave it back first did not."""
DIED_ALONE: Final = (
    "(p.pending and exists (select 1 from hosts d where d.id = p.host and d.lease_until <= now() "
    "and d.kinds is not null))"
)
"""Whether that host carried nothing else."""
SUSPECT: Final = f"(p.pending and p.crashes + {DIED}::integer >= 2)"
"""Whether it was there when two hosts in a row died."""
TO_BE_ALONE: Final = f"({SUSPECT} and coalesce(p.alone_until > now(), true))"
"""Whether only a host of its own may claim it: it has a place there, or nobody has looked yet whether one is free."""
PATIENT: Final = "(p.crashes_alone < 5 or p.updated_at < now() - interval '1 minute')"
"""Whether it is time to wake it again: one that kills its own host even before it can end its work is left in peace."""


async def isolate(conn: Connection, actor: ActorId, *, places: int) -> bool:
    """Give a suspect that sleeps one of so many places in hosts of their own; False when all are taken.

    A place is held from now on for a minute, in which the host must come up, and then for as long as that lives.
    """
    await conn.execute("select pg_advisory_xact_lock($1)", ONE_BY_ONE)
    given = await conn.fetchval(
        """update placements p set alone_until = case when (
               select count(*) from placements q
                where q.crashes > 0 and q.pending and (q.kind, q.key) <> (p.kind, p.key)
                  and (q.alone_until > now()
                       or q.crashes >= 2 and exists (select 1 from hosts h where h.id = q.host
                                                         and h.lease_until > now() and h.kinds is not null))
               ) < $3 then now() + interval '1 minute' else now() end
            where p.kind = $1 and p.key = $2 returning p.alone_until > now()""",
        actor.kind,
        actor.key,
        places,
    )
    return given is True
