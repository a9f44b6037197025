"""Notices nodes that Ray is about to take away (`ray drain-node`, preemption, a pod's end), and has their hosts leave.

One host looks for all of them, the one that has been here longest, and marks the others' rows; each reads its own when
it renews its lease. So Ray's head is asked once a second, however many hosts there are.
"""

import asyncio
import logging
from typing import Any

from ray._private.state import state

from cluster.clients.postgres import Database
from cluster.runtime import store
from cluster.runtime.hosts.host import Host

log = logging.getLogger(__name__)
STATE: Any = state
"""What Ray knows of its cluster. It shows draining nodes nowhere else to a process; Ray's own libraries look here."""
PERIOD = 1.0


async def watch_nodes(host: Host, db: Database) -> None:
    """Watch until cancelled."""
    while True:
        await asyncio.sleep(PERIOD)
        row = host.row
        if row is None:
            continue
        try:
            async with db.as_nobody() as conn:
                if await store.eldest(conn) != row.id:
                    continue
            leaving: dict[str, int] = await asyncio.to_thread(STATE.get_draining_nodes)
            if not leaving:
                continue
            async with db.as_nobody() as conn:
                told = await store.drain_nodes(conn, list(leaving))
        except store.TROUBLE as error:
            log.warning("%s cannot look after nodes: %s", row.name, error)
            continue
        if told:
            log.warning("%d hosts leave nodes that are going away: %s", told, ", ".join(leaving))
