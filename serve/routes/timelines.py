"""The timeline of one turn, for the person whose turn it is."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from actors.stores import turn_times
from cluster.errors import NotFound
from cluster.events.names import conversation_channel
from cluster.ids import TurnId
from serve.conversations.timeline import timeline
from serve.guards import CurrentUser, OpenServices, within
from serve.runtime_wire import Timeline

router = APIRouter(prefix="/chat/turns", tags=["chat"], dependencies=[within("chat")])


@router.get("/{turn_id}/timeline")
async def turn_timeline(turn_id: UUID, user: CurrentUser, services: OpenServices) -> Timeline:
    """What a turn did when: its waiting, its steps, their tools, recoveries, in seconds after it was accepted."""
    async with services.db.as_user(user) as conn:
        found = await turn_times.of_turn(conn, TurnId(turn_id))
    if found is None:
        raise NotFound
    turn, steps = found
    until = turn.ended_at or datetime.now(UTC)
    events = services.log.during(conversation_channel(turn.conversation_id), turn.created_at, until)
    return await timeline(turn, steps, events)
