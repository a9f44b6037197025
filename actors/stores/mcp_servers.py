"""The SQL of MCP servers that a user has added, as the one who asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from cluster.clients.postgres import Connection, Row
from cluster.errors import Conflict
from cluster.ids import UserId

MOST = 20
"""Servers of one user."""
COLUMNS = "id, name, transport, url, command, secrets, enabled, tools, checked_at, error, created_at"
Transport = Literal["stdio", "http"]


@dataclass(frozen=True, kw_only=True)
class McpServer:
    """A server. `command` has a program's `arguments` and `folder`, `tools` what was `listed` and `left_out`."""

    id: UUID
    name: str
    transport: Transport
    url: str | None = None
    command: Mapping[str, Any] | None = None
    secrets: bytes | None = field(default=None, repr=False)
    enabled: bool = True
    tools: Mapping[str, Any] = field(default_factory=dict[str, Any])
    checked_at: datetime | None = None
    error: str | None = None
    created_at: datetime | None = None


async def listed(conn: Connection) -> Sequence[McpServer]:
    """All, by name."""
    rows = await conn.fetch(f"select {COLUMNS} from mcp_servers order by name")
    return [_server(row) for row in rows]


async def enabled(conn: Connection, names: Collection[str] | None = None) -> Sequence[McpServer]:
    """Those that are on, by name; of these names, if some are given."""
    rows = await conn.fetch(
        f"select {COLUMNS} from mcp_servers where enabled and ($1::text[] is null or name = any($1)) order by name",
        None if names is None else list(names),
    )
    return [_server(row) for row in rows]


async def find(conn: Connection, id: UUID, *, locked: bool = False) -> McpServer | None:
    """One server."""
    if locked:
        row = await conn.fetchrow(f"select {COLUMNS} from mcp_servers where id = $1 for update", id)
    else:
        row = await conn.fetchrow(f"select {COLUMNS} from mcp_servers where id = $1", id)
    return _server(row) if row else None


async def add(conn: Connection, user: UserId, server: McpServer) -> bool:
    """Keep a new one; answers False when there are too many. Raises Conflict when the name is taken."""
    try:
        return bool(
            await conn.execute(
                """insert into mcp_servers (id, user_id, name, transport, url, command, secrets, enabled)
                   select $1, $2, $3, $4, $5, $6, $7, $8 where (select count(*) from mcp_servers) < $9""",
                server.id, user, server.name, server.transport, server.url, server.command, server.secrets,
                server.enabled, MOST,
            )
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict("there is a server of this name") from error


async def change(conn: Connection, server: McpServer) -> None:
    """Keep it as it is now. Raises Conflict when the name is taken."""
    try:
        await conn.execute(
            """update mcp_servers set name = $2, url = $3, command = $4, secrets = $5, enabled = $6, tools = $7,
                      checked_at = $8, error = $9 where id = $1""",
            server.id, server.name, server.url, server.command, server.secrets, server.enabled, server.tools,
            server.checked_at, server.error,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict("there is a server of this name") from error


async def note_tools(conn: Connection, server: McpServer, tools: Mapping[str, Any] | None, error: str | None) -> None:
    """Keep what a server offered, or why it did not answer: what it offered before stays then.

    Says nothing of a server that was changed meanwhile: who changed it asks again.
    """
    await conn.execute(
        """update mcp_servers set tools = coalesce($2, tools), error = $3, checked_at = now()
            where id = $1 and name = $4 and url is not distinct from $5 and command is not distinct from $6
              and secrets is not distinct from $7""",
        server.id, tools, error, server.name, server.url, server.command, server.secrets,
    )  # fmt: skip


async def delete(conn: Connection, id: UUID) -> bool:
    """Forget it; answers whether there was one."""
    return bool(await conn.execute("delete from mcp_servers where id = $1", id))


def _server(row: Row) -> McpServer:
    kept: dict[str, Any] = dict(row)
    kept["tools"] = kept["tools"] or {}
    return McpServer(**kept)
