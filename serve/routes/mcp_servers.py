"""MCP servers that a person adds, so that their agents have those servers' tools."""

from uuid import UUID

from fastapi import APIRouter, Request

from serve import mcp_wire as wire
from serve.guards import OpenServices, SignedInUser, note_allowance
from serve.limits import MCP_CHECKS
from serve.live.live import Live, TheLive
from serve.mcp import servers
from serve.village.once import IdempotencyKey, once

router = APIRouter(prefix="/mcp/servers", tags=["mcp"])


@router.get("")
async def list_mcp_servers(user: SignedInUser, services: OpenServices) -> wire.McpServers:
    """Your servers by name, with the tools that they listed last."""
    return await servers.listed(services, user)


@router.post("", status_code=201)
async def add_mcp_server(
    request: Request,
    command: wire.AddMcpServer,
    user: SignedInUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.McpServer:
    """Add a server and ask it for its tools. One that does not answer is added all the same, with its `error`."""
    note_allowance(request, await live.limits.take(MCP_CHECKS, f"user:{user}"))

    async def work() -> wire.McpServer:
        return await _asked(live, user, await servers.add(live.services, user, command))

    return await once(live, user, idempotency_key, command, work, wire.McpServer)


@router.patch("/{server_id}")
async def change_mcp_server(
    request: Request, server_id: UUID, command: wire.McpServerChange, user: SignedInUser, live: TheLive
) -> wire.McpServer:
    """Change it. When it is asked differently than before, it is asked for its tools again."""
    note_allowance(request, await live.limits.take(MCP_CHECKS, f"user:{user}"))
    if await servers.change(live.services, user, server_id, command):
        return await _asked(live, user, server_id)
    return await servers.shown(live.services, user, server_id)


@router.delete("/{server_id}", status_code=204)
async def delete_mcp_server(server_id: UUID, user: SignedInUser, services: OpenServices) -> None:
    """Forget it with its secrets."""
    await servers.delete(services, user, server_id)


@router.post("/{server_id}/refresh")
async def refresh_mcp_server(request: Request, server_id: UUID, user: SignedInUser, live: TheLive) -> wire.McpServer:
    """Ask it for its tools now. Where it does not answer, those of before stay."""
    note_allowance(request, await live.limits.take(MCP_CHECKS, f"user:{user}"))
    return await _asked(live, user, server_id)


async def _asked(live: Live, user: SignedInUser, server: UUID) -> wire.McpServer:
    await servers.refresh(live.services, user, server)
    return await servers.shown(live.services, user, server)
