"""Tells how a swarm gets on: each item on the swarm's channel, and now and then the whole on its user's."""

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from actors.swarms.events import SwarmUpdated, updates
from actors.swarms.items import Item
from actors.swarms.store import SwarmRow
from cluster.errors import Unavailable
from cluster.events.log import EventLog
from cluster.events.names import swarm_channel, user_channel
from cluster.ids import UserId

log = logging.getLogger(__name__)
MOST_TOLD = 1000
"""Items whose change is told one by one; of more, only how far the swarm is."""
USER_SECONDS = 1.0
"""How often the user's own channel hears of a swarm."""


class Teller:
    """What one incarnation tells, after it committed. What the log cannot take is dropped: the rows are the truth."""

    def __init__(self, events: EventLog, user: UserId, swarm: UUID) -> None:
        self._events = events
        self._user_channel = user_channel(user)
        self._channel = swarm_channel(swarm)
        self._told_user = float("-inf")
        self.untold = False
        """Whether the user's channel has not heard the newest."""

    async def tell(self, swarm: SwarmRow, cost: Decimal, changed: Sequence[Item], *, turning: bool) -> None:
        """Items have changed, or, when it is `turning`, the swarm itself. Its end comes after those of its items."""
        if changed or turning:
            each = changed if len(changed) <= MOST_TOLD else ()
            told = updates(swarm, cost, each) if each else []
            if not told or swarm.over:
                told += updates(swarm, cost, [])
            await self._publish(self._channel, told)
            self.untold = True
        now = asyncio.get_running_loop().time()
        if self.untold and (turning or now - self._told_user >= USER_SECONDS):
            self.untold, self._told_user = False, now
            await self._publish(self._user_channel, updates(swarm, cost, []))

    async def _publish(self, channel: str, told: Sequence[SwarmUpdated]) -> None:
        try:
            await self._events.publish(channel, *told)
        except Unavailable as error:
            log.warning("%d events of %s are lost: %s", len(told), channel, error)
