"""Asks a server what it offers, and one of its tools to do something, wherever it runs."""

from collections.abc import Mapping
from typing import Any

from sandbox.mcp import program, remote
from sandbox.mcp.listing import listing_of
from sandbox.mcp.results import text_of
from sandbox.mcp.servers import Listing, Program, Remote
from sandbox.tool import ToolContext

LIST_SECONDS = 30.0


async def listed(context: ToolContext, name: str, server: Remote | Program) -> Listing:
    """What a server offers now. Raises ToolFailed, NotFound."""
    if isinstance(server, Remote):
        return listing_of(name, await remote.list_tools(context.web.mcp_guard, server, seconds=LIST_SECONDS))
    return listing_of(name, await program.list_tools(context, server, seconds=LIST_SECONDS))


async def answer(
    context: ToolContext, server: Remote | Program, tool: str, arguments: Mapping[str, Any], *, seconds: float
) -> str:
    """What a tool answered, as text. Raises ToolFailed, NotFound."""
    if isinstance(server, Remote):
        answered = await remote.call_tool(context.web.mcp_guard, server, tool, arguments, seconds=seconds)
    else:
        answered = await program.call_tool(context, server, tool, arguments, seconds=seconds)
    return text_of(answered)
