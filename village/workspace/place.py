"""Where one person's files lie, and the two ways to their parts: a change that nobody else makes meanwhile, and bytes.

Bytes go first and rows second: objects are announced, then written, then taken over by files in the transaction that
shows them. Whatever fails on the way leaves an announcement, and a later sweep finds the object by it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cluster.clients.objects import Objects
from cluster.clients.postgres import Connection, Database
from cluster.errors import Busy, Unavailable
from cluster.ids import UserId
from village.workspace.entries import BOUNDS, MIB, Bounds
from village.workspace.errors import QuotaSpent
from village.workspace.stores import entries, kept, leftovers, uploads

AT_ONCE = 8
"""Objects of one batch that are on their way together."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where one person's files lie."""

    db: Database
    objects: Objects
    user: UserId
    bounds: Bounds = BOUNDS

    @asynccontextmanager
    async def changing(self) -> AsyncGenerator[Connection]:
        """A transaction that has the workspace for itself. Drops what has expired, then sweeps.

        Raises QuotaSpent, and undoes the change, if there is more afterwards than there may be.
        """
        async with self.db.as_user(self.user) as conn:
            await entries.lock(conn, self.user)
            before, reserved = await entries.usage(conn), await uploads.reserved(conn)
            yield conn
            after = await entries.usage(conn)
            if after.bytes + await uploads.reserved(conn) > max(self.bounds.bytes, before.bytes + reserved):
                raise QuotaSpent(
                    f"a workspace holds {self.bounds.bytes // MIB} MiB, and {before.bytes / MIB:.1f} MiB are taken"
                )
            if after.entries > max(self.bounds.entries, before.entries):
                raise QuotaSpent(f"a workspace holds {self.bounds.entries} files and folders")
            await self._expire(conn)
        await self.sweep()

    async def expire(self) -> None:
        """Drop what has expired; nobody has changed anything."""
        async with self.db.as_user(self.user) as conn:
            await entries.hold(conn)
            await self._expire(conn)

    async def _expire(self, conn: Connection) -> None:
        await kept.expire(conn, self.bounds)
        if late := await uploads.expired(conn):
            await uploads.drop(conn, late)

    async def store(self, contents: Mapping[str, bytes]) -> None:
        """Write objects, announced beforehand. Raises Busy when too many lie about that no file holds."""
        async with self.db.as_user(self.user) as conn:
            await entries.lock(conn, self.user)
            sizes = {name: len(data) for name, data in contents.items()}
            if await leftovers.total(conn) + sum(sizes.values()) > self.bounds.leftover_bytes:
                raise Busy("too much is being written to this workspace at once", 60.0)
            await leftovers.announce(conn, self.user, sizes)
        room = asyncio.Semaphore(AT_ONCE)

        async def put(name: str, data: bytes) -> None:
            async with room:
                await self.objects.put(self.user, name, data)

        results = await asyncio.gather(*(put(*each) for each in contents.items()), return_exceptions=True)
        if failed := [result for result in results if isinstance(result, BaseException)]:
            raise failed[0]

    async def take(self, conn: Connection, stored: Collection[str], held: Collection[str]) -> None:
        """Take stored objects over for the files that hold them, and give up those that no file holds.

        Raises Unavailable when storing took so long that they were given up already.
        """
        if not await leftovers.take(conn, set(stored) & set(held)):
            raise Unavailable("storing took too long, and what was stored is gone")
        await leftovers.abandon(conn, set(stored) - set(held))

    async def abandon(self, names: Collection[str]) -> None:
        """Give stored objects up: no file will hold them."""
        async with self.db.as_user(self.user) as conn:
            await leftovers.abandon(conn, names)
        await self.sweep()

    async def sweep(self) -> int:
        """Delete a few objects that nothing holds; answers how many. What goes wrong is left to the next sweep."""
        try:
            async with self.db.as_user(self.user) as conn:
                names = await leftovers.doom(conn)
            deleted = [name for name in names if await self._delete(name)]
            if deleted:
                async with self.db.as_user(self.user) as conn:
                    await leftovers.gone(conn, deleted)
            return len(deleted)
        except Exception as error:
            log.warning("leftovers of a workspace stay for now: %s: %s", type(error).__name__, error)
            return 0

    async def _delete(self, name: str) -> bool:
        try:
            await self.objects.delete(self.user, name)
        except Exception as error:
            log.warning("an object of a workspace stays for now: %s: %s", type(error).__name__, error)
            return False
        return True
