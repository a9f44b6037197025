"""Keeps a host registered and its lease renewed, on a connection of its own; says when it was lost, or is to end.

What comes next is decided in leasing.py; here it is carried out.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from cluster.clients.postgres import Connection, Database
from cluster.ids import HostId, new_id
from cluster.runtime import store
from cluster.runtime.hosts.leasing import (
    Beat,
    Connect,
    Connected,
    Cut,
    Drop,
    Dropped,
    Event,
    Leasing,
    Refused,
    Register,
    Registered,
    Renew,
    Renewed,
    Rested,
    Retry,
    Step,
    after,
    serving,
)
from cluster.runtime.hosts.load import Load
from cluster.runtime.store import HostRow
from cluster.settings import Settings

log = logging.getLogger(__name__)


class Lease:
    """A host's right to serve. `row` is None while it has none."""

    def __init__(
        self,
        settings: Settings,
        row: HostRow,
        *,
        load: Callable[[], Load],
        lost: Callable[[], Awaitable[None]],
        leave: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._template = row
        self._load = load
        self._lost = lost
        self._leave = leave
        self._row: HostRow | None = None
        self._leasing = Leasing(settings.lease_seconds)
        self._conn: Connection | None = None
        self.first = asyncio.Event()

    @property
    def row(self) -> HostRow | None:
        """Who this host is, while its lease holds."""
        return self._row if serving(self._leasing, self._now()) else None

    async def keep(self) -> None:
        """Register, renew, and begin again under a new id when the lease was lost. Ends when it is cancelled."""
        async with AsyncExitStack() as connection:
            step: Step = Connect(None)
            while True:
                event = await self._attempt(step, connection)
                self._leasing, step = after(self._leasing, event, self._now())
                if self.row is not None:
                    self.first.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _attempt(self, step: Step, connection: AsyncExitStack) -> Event:
        try:
            match step:
                case Connect(by):
                    async with asyncio.timeout_at(by):
                        self._conn = await connection.enter_async_context(Database.alone(self._settings))
                    return Connected()
                case Register():
                    return await self._register()
                case Renew(host, by):
                    async with asyncio.timeout_at(by):
                        return await self._renew(host)
                case Drop():
                    log.warning("%s lost its lease: it drops all actors and begins again", self._template.name)
                    await self._lost()
                    return Dropped()
                case Beat(seconds):
                    await asyncio.sleep(seconds)
                    return Rested()
                case Retry(seconds):
                    await asyncio.sleep(seconds * random.uniform(0.5, 1.5))
                    return Rested()
        except store.TROUBLE as error:
            log.warning("%s cannot renew its lease: %s", self._template.name, error or "no answer in time")
            await connection.aclose()
            return Cut()

    async def _register(self) -> Event:
        row = replace(self._template, id=HostId(new_id()))
        sent = self._now()
        lost = None if self._row is None else self._row.id
        await store.register(self._connected(), row, lease=self._leasing.seconds, lost=lost)
        self._row = row
        return Registered(row.id, sent)

    async def _renew(self, host: HostId) -> Event:
        sent = self._now()
        draining = await store.renew(self._connected(), host, load=self._load(), lease=self._leasing.seconds)
        if draining is None:
            return Refused()
        if draining:
            self._leave()
        return Renewed(sent)

    def _connected(self) -> Connection:
        assert self._conn is not None, "the database is asked only once it is reached"
        return self._conn
