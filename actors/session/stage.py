"""Where a turn plays: whose conversation it is, what it may use, and where its events go."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from actors.session.outbox import Outbox
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, UserId
from cluster.services import ActorServices


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A conversation, its user, and the services."""

    services: ActorServices
    user: UserId
    conversation: ConversationId
    outbox: Outbox

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Connection]:
        """A transaction of this user's that commits only while this incarnation is the newest. Raises Fenced."""
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.check(conn)
            yield conn
