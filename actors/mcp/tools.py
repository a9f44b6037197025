"""The tools of a person's MCP servers, made of what is kept of them.

Nothing is asked to make them: a server that has died is found out by the call that needs it, and nobody else waits.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from actors.stores import mcp_servers
from actors.stores.mcp_servers import McpServer
from cluster.clients.postgres import Connection
from cluster.sealing import Sealing, SecretsLost
from cluster.settings import Settings
from sandbox.errors import ToolFailed
from sandbox.mcp.names import server_of
from sandbox.mcp.servers import ListedTool, Program, Remote
from sandbox.mcp.tools import tool_of
from sandbox.tool import Tool


async def theirs(conn: Connection, settings: Settings, names: Iterable[str] | None = None) -> Sequence[Tool]:
    """The tools of the servers that are on; with `names`, of the servers that tools of these names belong to."""
    servers = None if names is None else {server for name in names if (server := server_of(name)) is not None}
    if servers is not None and not servers:
        return ()
    sealing = Sealing(settings)
    return [tool for server in await mcp_servers.enabled(conn, servers) for tool in tools_of(server, sealing)]


def tools_of(server: McpServer, sealing: Sealing) -> Sequence[Tool]:
    """The tools that a server listed last."""
    listed = [ListedTool.from_json(kept) for kept in server.tools.get("listed", [])]
    open_server = partial(opened, server, sealing)
    return [tool_of(server.name, one, open_server, reaches_out=server.transport == "http") for one in listed]


def opened(server: McpServer, sealing: Sealing) -> Remote | Program:
    """Where a server is, with its secrets. Raises ToolFailed when they are lost."""
    try:
        secrets = sealing.open(server.secrets, server.id.bytes)
    except SecretsLost as error:
        raise ToolFailed(
            f"The secrets of {server.name!r} cannot be read any more: its owner has to enter them."
        ) from error
    if server.transport == "http":
        return Remote(url=server.url or "", headers=secrets)
    command = server.command or {}
    return Program(command=command.get("arguments", []), folder=command.get("folder", ""), environment=secrets)
