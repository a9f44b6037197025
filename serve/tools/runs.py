"""The list of tool runs, as the door shows it."""

from datetime import datetime
from uuid import UUID

from actors.stores import tool_runs
from actors.stores.tool_runs import ToolRun
from cluster.clients.postgres import Database
from cluster.ids import UserId
from serve import tools_wire as wire
from serve.conversations import cursors


async def listed(
    db: Database, user: UserId, *, tool: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> wire.ToolRuns:
    """A page of a user's runs."""
    async with db.as_user(user) as conn:
        found = await tool_runs.recent(conn, tool=tool, before=before, limit=limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return wire.ToolRuns(
        runs=[_shown(run) for run in page],
        next_cursor=cursors.after_row(page[-1].ended_at, page[-1].id) if more else None,
    )


def _shown(run: ToolRun) -> wire.KeptToolRun:
    return wire.KeptToolRun(
        id=run.id,
        tool=run.tool,
        arguments=run.arguments,
        arguments_sha256=run.arguments_hash.hex(),
        outcome=run.outcome,
        content=run.content,
        seconds=run.seconds,
        limits=run.limits,
        by="person" if run.turn_id is None else "agent",
        conversation_id=run.conversation_id,
        ended_at=run.ended_at,
    )
