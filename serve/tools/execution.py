"""Runs a tool for a person who asks for it by name, as a session runs it for a model."""

import asyncio
import hashlib
import json
from uuid import UUID

from actors.stores import begun_runs, conversations
from actors.stores.begun_runs import BegunRun, EndedRun, KnownRun, RequestKey
from actors.tool_context import context_of, switched_off
from actors.toolset import TRUSTED_TOOLS
from cluster.clients.postgres import Connection
from cluster.errors import Conflict, NotFound, Unavailable
from cluster.ids import ConversationId, UserId
from cluster.services import Services
from sandbox.metered import allowed, run_metered
from sandbox.registry import ToolOutcome
from sandbox.tool import Tool, ToolContext
from serve import tools_wire as wire
from serve.tools.lists import known

SPARE_SECONDS = 60.0
"""How much longer than its tool's time a run may be until it counts as interrupted."""
SETTLE_WAITS = (0.2, 1.0, 3.0, 6.0)
"""Seconds between attempts to keep what a run came to, when the database does not answer."""


class RunInterrupted(Conflict):
    """The run of this Idempotency-Key was interrupted: it may have done its work, or not. Look before you repeat it."""


async def execute(services: Services, user: UserId, command: wire.ExecuteTool, key: str | None) -> wire.ToolRun:
    """What the run came to; its row is there before it begins.

    Raises NotFound, ArgumentsInvalid, and Unavailable; with a key Conflict, when it stands for another request or one
    that still runs, and RunInterrupted.
    """
    tool = known(command.name)
    tool.check(command.arguments)
    context = await _context(services, user, command)
    async with services.db.as_user(user) as conn:
        begun = await _begin(conn, tool, command, key)
    if isinstance(begun, wire.ToolRun):
        return begun
    outcome = await run_metered(TRUSTED_TOOLS, tool.name, context, command.arguments)
    answer = wire.ToolRun(name=tool.name, content=outcome.content, is_error=outcome.is_error, seconds=outcome.seconds)
    await _settle(context, begun, tool, outcome, answer.model_dump_json() if key is not None else None)
    return answer


async def _context(services: Services, user: UserId, command: wire.ExecuteTool) -> ToolContext:
    conversation = None if command.conversation_id is None else ConversationId(command.conversation_id)
    async with services.db.as_user(user) as conn:
        if conversation is not None and not await conversations.exists(conn, conversation):
            raise NotFound
        off = await switched_off(conn)
    return context_of(services, user, conversation, off=off)


async def _begin(conn: Connection, tool: Tool, command: wire.ExecuteTool, key: str | None) -> UUID | wire.ToolRun:
    """The row of a run that is to begin now, or the answer that is there already."""
    request = None if key is None else _request(key, command)
    seconds = tool.facts.seconds + SPARE_SECONDS
    run = BegunRun(
        tool=tool.name,
        arguments=command.arguments,
        seconds=seconds,
        conversation_id=None if command.conversation_id is None else ConversationId(command.conversation_id),
        request=request,
    )
    begun = await begun_runs.begin(conn, run)
    if not isinstance(begun, KnownRun):
        return begun
    if request is None or begun.request_hash != request.request:
        raise Conflict("this Idempotency-Key was used for another request")
    if begun.answer is not None:
        return wire.ToolRun.model_validate_json(begun.answer)
    if begun.is_running:
        raise Conflict("the request with this Idempotency-Key still runs")
    if tool.facts_with(command.arguments).side_effect:
        raise RunInterrupted
    await begun_runs.begin_again(conn, begun.id, seconds=seconds)
    return begun.id


def _request(key: str, command: wire.ExecuteTool) -> RequestKey:
    request = json.dumps(command.model_dump(mode="json"), sort_keys=True).encode()
    return RequestKey(key=hashlib.sha256(key.encode()).digest(), request=hashlib.sha256(request).digest())


async def _settle(context: ToolContext, run: UUID, tool: Tool, outcome: ToolOutcome, answer: str | None) -> None:
    """Keep what a run came to. Raises Unavailable when the database stays away: the run then counts as interrupted."""
    ended = EndedRun(
        outcome="failed" if outcome.is_error else "succeeded",
        content=outcome.content,
        seconds=outcome.seconds,
        limits=allowed(TRUSTED_TOOLS, tool.name, outcome),
        answer=answer,
    )
    for wait in (*SETTLE_WAITS, None):
        try:
            async with context.db.as_user(context.user) as conn:
                return await begun_runs.settle(conn, run, ended)
        except Unavailable:
            if wait is None:
                raise
            await asyncio.sleep(wait)
