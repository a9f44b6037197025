"""Asks an MCP server that is a program: it is started in a jail for each call, without a network, and ended after it.

Nothing of it is kept: it begins with the files of its folder each time, and what it writes is thrown away.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import mcp_types as mcp
from pydantic import TypeAdapter, ValidationError

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.jail.limits import MIB, Limits
from sandbox.jailed import run_of, value_of
from sandbox.mcp.servers import Program
from sandbox.tool import ToolContext

MOST_FILES = 500
MOST_BYTES = 16 * MIB
TOOL: TypeAdapter[mcp.Tool] = TypeAdapter(mcp.Tool)


async def list_tools(context: ToolContext, server: Program, *, seconds: float) -> Sequence[mcp.Tool]:
    """All that the server has. Raises ToolFailed."""
    told = await _ask(context, server, "list_tools", {}, seconds)
    tools: list[mcp.Tool] = []
    for each in cast("list[object]", told):
        try:
            tools.append(TOOL.validate_python(each, by_alias=True, by_name=False))
        except ValidationError:
            continue
    return tools


async def call_tool(
    context: ToolContext, server: Program, name: str, arguments: Mapping[str, Any], *, seconds: float
) -> mcp.CallToolResult:
    """What a tool answered. Raises ToolFailed."""
    told = await _ask(context, server, "call_tool", {"name": name, "arguments": dict(arguments)}, seconds)
    try:
        return mcp.CallToolResult.model_validate(told, by_alias=True, by_name=False)
    except ValidationError:
        raise ToolFailed("The server answers in a way that is not MCP.") from None


async def _ask(
    context: ToolContext, server: Program, function: str, arguments: Mapping[str, object], seconds: float
) -> object:
    about = {"command": list(server.command), "environment": dict(server.environment), **arguments}
    limits = Limits(wall_seconds=seconds)
    run = run_of(f"mcp_program.{function}", about, await _files(context, server.folder), limits)
    return value_of(await context.runner.run(run, context.user), limits)


async def _files(context: ToolContext, folder: str) -> Mapping[str, bytes]:
    """What lies in the server's folder, by path below it. Raises ToolFailed, NotFound."""
    folder = plain(folder)
    found = [file for file in await context.files.list(folder, recursive=True) if not file.is_folder] if folder else []
    if len(found) > MOST_FILES or sum(file.size for file in found) > MOST_BYTES:
        raise ToolFailed(f"A server's folder has at most {MOST_FILES} files with {MOST_BYTES // MIB} MiB.")
    return {file.path.removeprefix(f"{folder}/"): await context.files.read(file.path) for file in found}
