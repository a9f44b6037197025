"""An agent, awake: a session with one turn, an assignment to keep to, and somebody to tell when it is over."""

import logging
from typing import ClassVar
from uuid import UUID

from actors.agents import ending, store
from actors.agents.assignment import Assignment
from actors.agents.errors import AgentMissing
from actors.agents.spawning import KIND
from actors.session.session import Session
from actors.session.stage import Stage
from cluster.errors import ApexError
from cluster.ids import UserId
from cluster.runtime.actor import ActorId, interleaves, repeatable

log = logging.getLogger(__name__)


class Agent(Session):
    """One agent."""

    kind: ClassVar[str] = KIND

    @interleaves
    @repeatable
    async def halt(self, user: UserId) -> None:
        """It is to end: the wish is durable already."""
        await self.stop(user)

    @interleaves
    @repeatable
    async def resume(self, user: UserId) -> None:
        """It is to go on, after a pause. Raises AgentMissing."""
        async with self._services.db.as_user(user) as conn:
            row = await store.find(conn, UUID(str(self._conversation)))
            if row is None:
                raise AgentMissing
            await self._services.fence.mark_pending(conn, True)
        await self._work_on(user)

    @interleaves
    async def child_ended(self, agent: UUID) -> None:
        """An agent that this one made has ended. Its tools look themselves."""

    def _assignment(self, user: UserId) -> Assignment:
        return Assignment(self._services, user, self._conversation)

    async def _tidy(self, stage: Stage) -> None:
        """Who has ended leaves nobody at work."""
        assignment, id = self._assigned(), UUID(str(self._conversation))
        if assignment is None or assignment.leaves is False:
            return
        async with self._services.db.as_user(stage.user) as conn:
            row = assignment.row or await store.find(conn, id)
        if row is not None and row.over:
            await ending.cancel(self._services, stage.user, id)
            assignment.leaves = False

    async def _over(self) -> None:
        """Tell whoever made the agent, best effort: they look by themselves now and then."""
        assignment = self._assigned()
        row = assignment.row if assignment is not None else None
        if row is None or not row.over:
            return
        employer = _employer(row)
        if employer is not None:
            try:
                await self._services.runtime.post(employer, "child_ended", (row.id,), {})
            except ApexError as error:
                log.info("%s did not hear that agent %s has ended: %s", employer, row.id, error)

    def _assigned(self) -> Assignment | None:
        assignment = self._stage.assignment if self._stage is not None else None
        return assignment if isinstance(assignment, Assignment) else None


def _employer(row: store.AgentRow) -> ActorId | None:
    if row.parent_id is not None:
        return ActorId(KIND, str(row.parent_id))
    if row.swarm_id is not None:
        return ActorId("swarm", str(row.swarm_id))
    return ActorId("council", str(row.council_id)) if row.council_id is not None else None
