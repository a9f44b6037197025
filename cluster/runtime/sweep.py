"""Finds what died: processes of this node that are gone, and actors with unfinished work that nobody has."""

import asyncio
import logging
import os
import random
from typing import TYPE_CHECKING

import psutil

from cluster.errors import ApexError
from cluster.runtime import store
from cluster.runtime.actor import ActorId
from cluster.runtime.kinds import WAKE
from cluster.services import Services

if TYPE_CHECKING:
    from cluster.runtime.host import Host

log = logging.getLogger(__name__)
PERIOD = 0.7
AT_ONCE = 16
LONGEST_WAIT = 60.0
"""Longest time (seconds) between two attempts at waking an actor that fails to wake."""


async def sweep(host: "Host", services: Services) -> None:
    """Sweep until cancelled."""
    failing: dict[ActorId, tuple[float, float]] = {}
    while True:
        await asyncio.sleep(PERIOD * random.uniform(0.7, 1.3))
        row = host.row
        if row is None:
            continue
        try:
            async with services.db.as_nobody() as conn:
                dead = [found for found, pid in await store.neighbours(conn, row.node) if not is_alive(pid)]
                if dead:
                    await store.declare_dead(conn, dead)
                lost = await store.orphans(conn, limit=AT_ONCE)
                lost += [one for one in await store.strays(conn, row.id, limit=AT_ONCE) if not host.carries(one)]
        except store.TROUBLE as error:
            log.warning("%s cannot sweep: %s", row.name, error)
            continue
        now = asyncio.get_running_loop().time()
        failing = {actor: tried for actor, tried in failing.items() if tried[0] > now - LONGEST_WAIT}
        due = [actor for actor in lost if failing.get(actor, (0.0, 0.0))[0] <= now]
        await asyncio.gather(*(_wake(actor, services, failing) for actor in due))


def is_alive(pid: int) -> bool:
    """Whether a process runs on this machine. A zombie does not."""
    if pid == os.getpid():
        return True
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _wake(actor: ActorId, services: Services, failing: dict[ActorId, tuple[float, float]]) -> None:
    """Wake it, on any host. One that fails to wake is tried ever less often."""
    try:
        await services.runtime.post(actor, WAKE, (), {})
        failing.pop(actor, None)
    except Exception as error:
        _, wait = failing.get(actor, (0.0, PERIOD))
        wait = min(LONGEST_WAIT, wait * 2)
        failing[actor] = (asyncio.get_running_loop().time() + wait, wait)
        level = logging.WARNING if isinstance(error, ApexError) else logging.ERROR
        log.log(level, "%s has unfinished work and cannot be woken (next try in %.0f s): %s", actor, wait, error)
