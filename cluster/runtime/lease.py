"""Keeps a host registered and its lease renewed, on a connection of its own; says when it was lost.

The lease is counted on this process's clock from before each renewal was sent, so it ends here no later than in the
database. A host that cannot renew in time stops serving first and asks questions later.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from cluster.clients.postgres import Connection, Database
from cluster.ids import HostId, new_id
from cluster.runtime import store
from cluster.runtime.store import HostRow
from cluster.settings import Settings

log = logging.getLogger(__name__)
RETRY_SECONDS = 0.3
BEATS = 4
"""Renewals in the time of one lease."""


class Lease:
    """A host's right to serve. `row` is None while it has none."""

    def __init__(
        self, settings: Settings, row: HostRow, *, actors: Callable[[], int], lost: Callable[[], Awaitable[None]]
    ) -> None:
        self._settings = settings
        self._template = row
        self._actors = actors
        self._lost = lost
        self._row: HostRow | None = None
        self._until: float = 0.0
        self.first = asyncio.Event()

    @property
    def row(self) -> HostRow | None:
        """Who this host is, while its lease holds."""
        return self._row if asyncio.get_running_loop().time() < self._until else None

    async def keep(self) -> None:
        """Register, renew, and begin again under a new id when the lease was lost. Ends when it is cancelled."""
        while True:
            try:
                await self._renew_while_connected()
            except store.TROUBLE as error:
                log.warning("%s cannot renew its lease: %s", self._template.name, error or "no answer in time")
            if self._row is not None and self.row is None:
                await self._lose()
            await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.5))

    async def _renew_while_connected(self) -> None:
        async with asyncio.timeout_at(self._until if self._row else None) as limit:
            async with Database.alone(self._settings) as conn:
                while True:
                    await self._beat(conn)
                    limit.reschedule(self._until)
                    self.first.set()
                    await asyncio.sleep(self._settings.lease_seconds / BEATS)

    async def _beat(self, conn: Connection) -> None:
        seconds = self._settings.lease_seconds
        if self._row is not None:
            sent = asyncio.get_running_loop().time()
            if await store.renew(conn, self._row.id, actors=self._actors(), lease=seconds):
                self._until = sent + seconds
                return
            await self._lose()
        sent = asyncio.get_running_loop().time()
        row = replace(self._template, id=HostId(new_id()))
        await store.register(conn, row, lease=seconds)
        self._row, self._until = row, sent + seconds

    async def _lose(self) -> None:
        log.warning("%s lost its lease: it drops all actors and begins again", self._template.name)
        self._row = None
        await self._lost()
