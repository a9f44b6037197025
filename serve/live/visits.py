"""The realms that one socket's person looks at: others there see them come and go."""

import logging
from contextlib import suppress
from uuid import UUID

from cluster.errors import Unavailable
from cluster.events.names import realm_channel
from cluster.ids import UserId, new_id
from cluster.services import Services
from village import presence
from village.events import VillageEvent

log = logging.getLogger(__name__)


class Visits:
    """One screen of one person. Nothing here is worth an error: without Redis nobody is seen."""

    def __init__(self, services: Services, user: UserId) -> None:
        self._services = services
        self._user = user
        self._visit = new_id()
        self._realms: set[UUID] = set()

    async def enter(self, channel: str) -> None:
        """The person looks at what a channel is about, if that is a realm."""
        realm = realm_of(channel)
        if realm is not None and realm not in self._realms:
            self._realms.add(realm)
            await presence.enter(self._services.redis, realm, self._user, self._visit)
            await self._tell(realm)

    async def stay(self) -> None:
        """A sign of life."""
        for realm in self._realms:
            await presence.enter(self._services.redis, realm, self._user, self._visit)

    async def leave(self, channel: str) -> None:
        """The person looks at it no longer."""
        realm = realm_of(channel)
        if realm is not None and realm in self._realms:
            self._realms.discard(realm)
            await presence.leave(self._services.redis, realm, self._user, self._visit)
            await self._tell(realm)

    async def end(self) -> None:
        """The socket is closed."""
        for realm in list(self._realms):
            await self.leave(realm_channel(realm))

    async def _tell(self, realm: UUID) -> None:
        here = await presence.here(self._services.redis, realm)
        event = VillageEvent(event="presence", realm_id=realm, data={"here": here})
        with suppress(Unavailable):
            await self._services.log.publish(realm_channel(realm), event)


def realm_of(channel: str) -> UUID | None:
    """The realm whose channel this is."""
    kind, _, key = channel.partition(":")
    return UUID(key) if kind == "realm" else None
