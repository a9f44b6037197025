"""What a schedule begins: the agent that its person asked for once, asked for again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from actors.agents import store
from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent
from cluster.clients.postgres import Connection
from cluster.ids import new_id
from cluster.settings import Settings


async def agent_of(
    conn: Connection, settings: Settings, work: Mapping[str, Any], *, schedule: UUID, due: datetime
) -> NewAgent:
    """The agent of one time: its key follows from the schedule and the time, so that a time makes one agent."""
    request: Mapping[str, Any] = work["request"]
    kind = next((one for one in await store.types(conn) if one.name == request.get("agent_type")), None)
    usual = Allowance.of(settings, kind.budget if kind else {})
    return NewAgent(
        id=new_id(),
        key=f"schedule:{schedule}:{due.isoformat()}",
        task=request["task"],
        allowance=usual.but(request.get("budget") or {}),
        agent_type=request.get("agent_type") or "general",
        model=request.get("model"),
        tools=request.get("tools"),
        agent=request.get("agent"),
        persona=request.get("persona"),
        answer_schema=request.get("answer_schema"),
        webhook=request.get("webhook"),
    )
