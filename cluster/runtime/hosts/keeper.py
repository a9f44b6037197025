"""Lets the fleet of hosts grow and shrink with the load; Ray's autoscaler then adds and removes nodes for them.

A host that is asked for and finds no room is a demand for resources, which is what the autoscaler goes by; a node whose
last host has left is idle. One host keeps the fleet: the eldest, as long as it lives. Should two believe that they are
the eldest, both ask for the same names, and a name is one host's.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable
from typing import Protocol

from cluster.runtime import store
from cluster.runtime.hosts.scaling import Add, Dismiss, Fleet, Keep, Scaling, Step, after
from cluster.runtime.store import HostRow
from cluster.services import Services

log = logging.getLogger(__name__)
PERIOD = 1.0


class Hosts(Protocol):
    """How hosts are added and taken away, wherever they run."""

    async def added(self) -> list[str]:
        """The names of hosts that were added, whether they serve, come or leave."""
        ...

    async def add(self, name: str) -> None:
        """Ask for a host that many actors share. It comes when there is room for it."""
        ...

    async def dismiss(self, name: str) -> None:
        """Let a host hand over and leave; answers when it has."""
        ...

    async def call_off(self, name: str) -> None:
        """Ask no more for a host that has not come."""
        ...


class Keeper:
    """Keeps the fleet, while this host is the eldest."""

    def __init__(self, services: Services, hosts: Hosts) -> None:
        settings = services.settings
        self._services = services
        self._hosts = hosts
        self._fresh = Scaling(settings.most_hosts, settings.shrink_seconds)
        self._scaling = self._fresh

    async def keep(self, me: "Me") -> None:
        """Look at the load and follow it, until cancelled."""
        while True:
            await asyncio.sleep(PERIOD * random.uniform(0.7, 1.3))
            try:
                await self._look(me)
            except store.TROUBLE as error:
                log.warning("the fleet is not looked after: %s", error)

    async def _look(self, me: "Me") -> None:
        async with self._services.db.as_nobody() as conn:
            hosts, up = await store.live_hosts(conn), await store.names_up(conn)
        row = me.row
        if row is None or not hosts or hosts[0].id != row.id:
            self._scaling = self._fresh
            return
        coming = [name for name in await self._hosts.added() if name not in up]
        fleet = Fleet(hosts=hosts, coming=coming)
        self._scaling, step = after(self._scaling, fleet, asyncio.get_running_loop().time())
        await self._carry_out(step, len(hosts))

    async def _carry_out(self, step: Step, there: int) -> None:
        match step:
            case Keep():
                return
            case Add(names):
                log.info("%d hosts have much to do: asking for %d more", there, len(names))
                await _all(*(self._hosts.add(name) for name in names))
            case Dismiss(serving, coming):
                log.info("%d hosts have little to do: letting %d go", there, len(serving) + len(coming))
                await _all(*map(self._hosts.dismiss, serving), *map(self._hosts.call_off, coming))


class Me(Protocol):
    """The host that may be the keeper."""

    @property
    def row(self) -> HostRow | None: ...


async def _all(*works: Awaitable[None]) -> None:
    """What fails is tried again when the fleet is looked at again."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.warning("a host could not be added or let go: %s", outcome)
