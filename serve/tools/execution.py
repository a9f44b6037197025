"""Runs a tool for a person who asks for it by name, as a session runs it for a model."""

import json

from actors.stores import conversations, tool_runs
from actors.stores.tool_runs import NewToolRun
from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import NotFound
from cluster.ids import ConversationId, UserId
from cluster.services import Services
from sandbox.metered import metered
from sandbox.tool import ToolContext
from serve import tools_wire as wire
from serve.tools.lists import known
from serve.tools.once import Once


async def execute(services: Services, user: UserId, command: wire.ExecuteTool, key: str | None) -> wire.ToolRun:
    """What the run came to. Raises NotFound, ArgumentsInvalid, and what `Once` does when there is a key."""
    tool = known(command.name)
    tool.check(command.arguments)
    context = await _context(services, user, command)
    if key is None:
        return await _run(context, command)
    request = json.dumps(command.model_dump(mode="json"), sort_keys=True).encode()
    once = Once(services.redis, user, f"tool:{key}", request)

    async def work() -> bytes:
        return (await _run(context, command)).model_dump_json().encode()

    return wire.ToolRun.model_validate_json(await once.run(work, seconds=tool.facts.seconds))


async def _context(services: Services, user: UserId, command: wire.ExecuteTool) -> ToolContext:
    conversation = None if command.conversation_id is None else ConversationId(command.conversation_id)
    if conversation is not None:
        async with services.db.as_user(user) as conn:
            if not await conversations.exists(conn, conversation):
                raise NotFound
    return context_of(services, user, conversation)


async def _run(context: ToolContext, command: wire.ExecuteTool) -> wire.ToolRun:
    watched, programs = metered(context)
    outcome = await TRUSTED_TOOLS.run(command.name, watched, command.arguments)
    run = NewToolRun(
        tool=command.name,
        arguments=command.arguments,
        outcome="failed" if outcome.is_error else "succeeded",
        content=outcome.content,
        seconds=outcome.seconds,
        limits={"of_seconds": known(command.name).facts.seconds, "programs": programs},
        conversation_id=context.conversation,
    )
    async with context.db.as_user(context.user) as conn:
        await tool_runs.record(conn, [run])
    return wire.ToolRun(name=command.name, content=outcome.content, is_error=outcome.is_error, seconds=outcome.seconds)
