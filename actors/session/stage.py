"""Where a turn plays: whose conversation it is, what it may use, and where its events go."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from actors.events import Ending, TurnError
from actors.session.outbox import Outbox
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, UserId
from cluster.models.card import ModelCard
from cluster.models.chat_model import ModelRequest, Usage
from cluster.services import ActorServices


class Assignment(Protocol):
    """What a turn keeps to when nobody talks with it: it works for somebody, within a budget (actors/agents)."""

    async def ask(self, stage: "Stage", request: ModelRequest, card: ModelCard) -> ModelRequest:
        """May this call be made? Answers it as it may be.

        Raises OutOfBudget, Paused, Stopped, Fenced.
        """
        ...

    async def settle(self, conn: Connection, used: Usage | None, *, step: bool) -> None:
        """A call came to its end."""
        ...

    async def waits(self, conn: Connection, what: Literal["person", "child", "pause"]) -> None:
        """The turn is left to wait."""
        ...

    async def end(self, conn: Connection, status: Ending, *, result: str | None, error: TurnError | None) -> None:
        """The turn has ended."""
        ...

    def publish(self, stage: "Stage") -> None:
        """Tell how it stands."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A conversation, its user, and the services."""

    services: ActorServices
    user: UserId
    conversation: ConversationId
    outbox: Outbox
    assignment: Assignment | None = None
    """None: a person talks with it."""

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Connection]:
        """A transaction of this user's that commits only while this incarnation is the newest. Raises Fenced."""
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.check(conn)
            yield conn
