"""Gives vectors to a person's passages, in batches, off the way of whoever adds them.

What has no vector is found in the database, so nothing is lost when this actor dies in between: a sweep wakes another,
and so does the next search that meets a passage without one.
"""

import asyncio
import logging
from typing import ClassVar
from uuid import UUID

from cluster.errors import Temporary, Unavailable
from cluster.ids import UserId
from cluster.runtime.actor import interleaves, repeatable
from cluster.services import ActorServices, Services
from village.datasets import vectors

log = logging.getLogger(__name__)
BATCH = 64
"""Passages that are embedded in one go."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds between attempts while the database or the embedder is away."""


class PassageIndex:
    """The index of one person's datasets, awake."""

    kind: ClassVar[str] = "passages"

    def __init__(self, key: str, services: ActorServices) -> None:
        self._key = key
        self._user = UserId(UUID(key))
        self._services = services
        self._told = False
        self._more = False

    async def activate(self) -> None:
        """Take up what another incarnation left."""
        if self._services.fence.left_work:
            await self._wake_up()

    @interleaves
    @repeatable
    async def fill(self) -> None:
        """See that all passages get their vectors. Told by whoever added some, or met some without."""
        async with self._services.db.as_user(self._user) as conn:
            await self._services.fence.mark_pending(conn, True)
        await self._wake_up()

    async def advance(self) -> None:
        """Work off what is there, until nothing is left. Told by the index to itself."""
        pause = FIRST_PAUSE
        try:
            while self._more and not self._leaving:
                self._more = False
                try:
                    await self._work_off()
                    pause = FIRST_PAUSE
                except Unavailable as error:
                    log.warning("datasets of %s wait: %s", self._user, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    self._more = True
        finally:
            self._told = False

    async def _work_off(self) -> None:
        while await self._embed_some():
            if self._leaving:
                return
        model = self._services.models.embedder().name
        async with self._services.db.as_user(self._user) as conn:
            left = await vectors.missing(conn, model, limit=1)
            await self._services.fence.mark_pending(conn, bool(left))
        self._more = self._more or bool(left)

    async def _embed_some(self) -> bool:
        """Give vectors to the oldest that have none; answers whether there were any."""
        embedder = self._services.models.embedder()
        async with self._services.db.as_user(self._user) as conn:
            passages = await vectors.missing(conn, embedder.name, limit=BATCH)
        if not passages:
            return False
        made = await embedder.embed([text for _, text in passages])
        async with self._services.db.as_user(self._user) as conn:
            await self._services.fence.check(conn)
            await vectors.keep(conn, embedder.name, [(id, one) for (id, _), one in zip(passages, made, strict=True)])
        return True

    @property
    def _leaving(self) -> bool:
        return self._services.departure.asked.is_set()

    async def _wake_up(self) -> None:
        self._more = True
        if not self._told:
            self._told = True
            await self._services.runtime.ref(PassageIndex, self._key).tell(PassageIndex.advance)


async def tell_index(services: Services, user: UserId) -> None:
    """Have a person's passages get their vectors. When nobody can be told now, the next search tries again."""
    try:
        await services.runtime.ref(PassageIndex, str(user)).tell(PassageIndex.fill)
    except Temporary as error:
        log.warning("the datasets of %s get their vectors later: %s", user, error)
