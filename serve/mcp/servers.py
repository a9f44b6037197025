"""The MCP servers that a person has added: kept, shown without their secrets, and asked for their tools."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from actors.mcp.tools import opened
from actors.stores import mcp_servers
from actors.stores.mcp_servers import McpServer
from actors.tool_context import context_of, web_of
from cluster.errors import ApexError, Conflict, Invalid, NotFound, Unavailable
from cluster.ids import UserId, new_id
from cluster.sealing import Sealing, SecretsLost
from cluster.services import Services
from cluster.settings import Settings
from sandbox.egress.errors import EgressRefused
from sandbox.egress.exchange import Request, headers_of
from sandbox.files import plain
from sandbox.mcp.asking import listed as asked
from sandbox.mcp.guarded import target_for
from sandbox.mcp.names import name_of
from sandbox.mcp.servers import ListedTool
from serve import mcp_wire as wire

LONGEST_ERROR = 500


async def listed(services: Services, user: UserId) -> wire.McpServers:
    """All servers of a person."""
    async with services.db.as_user(user) as conn:
        found = await mcp_servers.listed(conn)
    return wire.McpServers(servers=_shown(services.settings, found))


async def add(services: Services, user: UserId, command: wire.AddMcpServer) -> UUID:
    """Keep a new server. Raises Invalid, Conflict."""
    id = new_id()
    server = McpServer(
        id=id,
        name=command.name,
        transport=command.transport,
        url=command.url,
        command=_command(command.command, command.folder) if command.command is not None else None,
        secrets=_sealed(services.settings, id, command.secrets),
        enabled=command.enabled,
    )
    _check(services.settings, server, command.secrets)
    async with services.db.as_user(user) as conn:
        if not await mcp_servers.add(conn, user, server):
            raise Conflict(f"there are {mcp_servers.MOST} servers already")
    return id


async def change(services: Services, user: UserId, id: UUID, command: wire.McpServerChange) -> bool:
    """Change a server; answers whether it is to be asked again. Raises NotFound, Invalid, Conflict."""
    async with services.db.as_user(user) as conn:
        old = await mcp_servers.find(conn, id, locked=True)
        if old is None:
            raise NotFound
        new = _changed(services.settings, old, command)
        await mcp_servers.change(conn, new)
    return new.enabled and (new != replace(old, enabled=True) or not old.enabled)


async def delete(services: Services, user: UserId, id: UUID) -> None:
    """Forget a server. Raises NotFound."""
    async with services.db.as_user(user) as conn:
        if not await mcp_servers.delete(conn, id):
            raise NotFound


async def shown(services: Services, user: UserId, id: UUID) -> wire.McpServer:
    """One server. Raises NotFound."""
    async with services.db.as_user(user) as conn:
        server = await mcp_servers.find(conn, id)
    if server is None:
        raise NotFound
    return _shown(services.settings, [server])[0]


async def refresh(services: Services, user: UserId, id: UUID) -> None:
    """Ask a server for its tools, and keep them or why there is no answer. Raises NotFound."""
    async with services.db.as_user(user) as conn:
        server = await mcp_servers.find(conn, id)
    if server is None:
        raise NotFound
    tools: Mapping[str, Any] | None = None
    error: str | None = None
    try:
        context = context_of(services, user, None)
        found = await asked(context, server.name, opened(server, Sealing(services.settings)))
        tools = {"listed": [asdict(tool) for tool in found.tools], "left_out": found.left_out}
    except Unavailable:
        raise
    except ApexError as failed:
        error = str(failed)[:LONGEST_ERROR]
    async with services.db.as_user(user) as conn:
        await mcp_servers.note_tools(conn, server, tools, error)


def _changed(settings: Settings, old: McpServer, command: wire.McpServerChange) -> McpServer:
    given = command.model_fields_set
    kept = old.command or {}
    arguments = command.command if command.command is not None else kept.get("arguments", [])
    folder = command.folder if command.folder is not None else kept.get("folder", "")
    moved = command.url is not None and command.url != old.url
    secrets = command.secrets if command.secrets is not None else {} if moved else None
    new = replace(
        old,
        name=command.name or old.name,
        url=command.url if command.url is not None else old.url,
        command=_command(arguments, folder) if old.transport == "stdio" or {"command", "folder"} & given else None,
        secrets=old.secrets if secrets is None else _sealed(settings, old.id, secrets),
        enabled=old.enabled if command.enabled is None else command.enabled,
    )
    _check(settings, new, secrets or {})
    return new if (new.url, new.command) == (old.url, old.command) else replace(new, tools={}, error=None)


def _check(settings: Settings, server: McpServer, secrets: Mapping[str, str]) -> None:
    """Raises Invalid for a server that could never be asked."""
    if server.transport == "stdio":
        if server.url is not None or server.command is None or not server.command["arguments"][0]:
            raise Invalid("a server of transport stdio has a command, and no url")
        plain(server.command["folder"])
        return
    if server.url is None or server.command is not None:
        raise Invalid("a server of transport http has a url, and no command")
    try:
        target = target_for(web_of(settings).mcp_guard, server.url)
        headers_of(Request(target=target, headers=secrets))
    except EgressRefused as refused:
        raise Invalid(str(refused)) from refused


def _command(arguments: Sequence[str], folder: str) -> Mapping[str, Any]:
    return {"arguments": list(arguments), "folder": plain(folder)}


def _sealed(settings: Settings, id: UUID, secrets: Mapping[str, str]) -> bytes | None:
    return Sealing(settings).seal(secrets, id.bytes) if secrets else None


def _shown(settings: Settings, servers: Sequence[McpServer]) -> list[wire.McpServer]:
    sealing = Sealing(settings)
    return [_one(sealing, server) for server in servers]


def _one(sealing: Sealing, server: McpServer) -> wire.McpServer:
    error = server.error
    try:
        names = sorted(sealing.open(server.secrets, server.id.bytes))
    except SecretsLost as lost:
        names, error = [], str(lost)
    command = server.command or {}
    return wire.McpServer.model_validate(
        {
            **vars(server),
            "command": command.get("arguments"),
            "folder": command.get("folder"),
            "secrets": names,
            "tools": [_tool(server.name, ListedTool.from_json(kept)) for kept in server.tools.get("listed", [])],
            "left_out": server.tools.get("left_out", 0),
            "error": error,
        }
    )


def _tool(server: str, tool: ListedTool) -> wire.McpTool:
    return wire.McpTool(
        name=name_of(server, tool.name), title=tool.name, description=tool.description, read_only=tool.read_only
    )
