"""Finds what died: processes of this node that are gone, and actors with unfinished work that nobody has.

Those are woken a few at a time, so that a host's death does not become a storm; but none waits for another's sake. One
that takes long to wake gives its place up and goes on beside, and one that fails to wake is tried ever less often, and
is not among the few that are looked at.
"""

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
    from cluster.runtime.hosts.host import Host

log = logging.getLogger(__name__)
PERIOD = 0.7
FEW = 64
"""Actors that are looked at together."""
AT_ONCE = 16
"""Actors that are woken at once."""
PLACE_SECONDS = 2.0
"""How long one that wakes slowly keeps others out."""
LONGEST_WAIT = 60.0
"""Longest time (seconds) between two attempts at waking an actor that fails to wake."""


async def sweep(host: "Host", services: Services) -> None:
    """Sweep until cancelled."""
    async with asyncio.TaskGroup() as group:
        await _Sweep(host, services, group).go_on()


def is_alive(pid: int) -> bool:
    """Whether a process runs on this machine. A zombie does not."""
    if pid == os.getpid():
        return True
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class _Sweep:
    def __init__(self, host: "Host", services: Services, group: asyncio.TaskGroup) -> None:
        self._host = host
        self._services = services
        self._group = group
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waking: set[ActorId] = set()
        self._failing: dict[ActorId, tuple[float, float]] = {}

    async def go_on(self) -> None:
        more = False
        while True:
            if not more:
                await asyncio.sleep(PERIOD * random.uniform(0.7, 1.3))
            try:
                found = await self._look()
            except store.TROUBLE as error:
                log.warning("%s cannot sweep: %s", self._host.place.name, error)
                found = []
            begun = {self._group.create_task(self._in_place(actor)) for actor in found}
            if begun:
                await asyncio.wait(begun, timeout=PERIOD)
            more = len(found) >= FEW

    async def _look(self) -> list[ActorId]:
        """Bury the dead of this node; answers who is to be woken now."""
        row = self._host.row
        if row is None:
            return []
        now = asyncio.get_running_loop().time()
        self._failing = {actor: tried for actor, tried in self._failing.items() if tried[0] > now - LONGEST_WAIT}
        known = self._waking | {actor for actor, (due, _) in self._failing.items() if due > now}
        async with self._services.db.as_nobody() as conn:
            dead = [found for found, pid in await store.neighbours(conn, row.node) if not is_alive(pid)]
            if dead:
                await store.declare_dead(conn, dead)
            lost = await store.orphans(conn, limit=FEW, without=known)
            strays = await store.strays(conn, row.id, limit=FEW)
        return lost + [one for one in strays if one not in known and not self._host.carries(one)]

    async def _in_place(self, actor: ActorId) -> None:
        self._waking.add(actor)
        async with self._places:
            waking = self._group.create_task(self._wake(actor))
            await asyncio.wait({waking}, timeout=PLACE_SECONDS)

    async def _wake(self, actor: ActorId) -> None:
        """Wake it, on any host. One that fails to wake is tried ever less often."""
        try:
            await self._services.runtime.post(actor, WAKE, (), {})
            self._failing.pop(actor, None)
        except Exception as error:
            _, wait = self._failing.get(actor, (0.0, PERIOD))
            wait = min(LONGEST_WAIT, wait * 2)
            self._failing[actor] = (asyncio.get_running_loop().time() + wait, wait)
            level = logging.WARNING if isinstance(error, ApexError) else logging.ERROR
            log.log(level, "%s has unfinished work and cannot be woken (next try in %.0f s): %s", actor, wait, error)
        finally:
            self._waking.discard(actor)
