"""Asks an MCP server over Streamable HTTP, by the `mcp` package's client.

Each question is a conversation of its own, opened and closed: nothing of a server is kept between two calls, so any
host can ask next, and a server that has died in between is found dead by the one who asks.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx2
import mcp_types as mcp
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from sandbox.egress.errors import Unreachable
from sandbox.egress.guard import Guard
from sandbox.errors import ToolFailed
from sandbox.mcp.guarded import MOST_BYTES, GuardedTransport
from sandbox.mcp.servers import Remote

MOST_PAGES = 20
MOST_LISTED = 500
LONGEST_REASON = 500
US = mcp.Implementation(name="apexaurum", version="1")


async def list_tools(guard: Guard, server: Remote, *, seconds: float) -> list[mcp.Tool]:
    """All that the server has. Raises ToolFailed."""
    found: list[mcp.Tool] = []
    async with _asking(guard, server, seconds) as client:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None or len(found) >= MOST_LISTED:
                break
    return found[:MOST_LISTED]


async def call_tool(
    guard: Guard, server: Remote, name: str, arguments: Mapping[str, Any], *, seconds: float
) -> mcp.CallToolResult:
    """What a tool answered. Raises ToolFailed."""
    async with _asking(guard, server, seconds) as client:
        return await client.call_tool(name, dict(arguments))


@asynccontextmanager
async def _asking(guard: Guard, server: Remote, seconds: float) -> AsyncGenerator[Client]:
    """A client, for a while. Whatever goes wrong comes out as ToolFailed."""
    transport = GuardedTransport(guard)
    try:
        async with (
            asyncio.timeout(seconds),
            httpx2.AsyncClient(transport=transport, headers=dict(server.headers), timeout=None) as http,
            Client(
                streamable_http_client(server.url, http_client=http, max_sse_event_size=MOST_BYTES),
                client_info=US,
                cache=None,
            ) as client,
        ):
            yield client
    except TimeoutError:
        raise Unreachable(f"The server did not answer within {seconds:g} seconds.") from None
    except Exception as error:
        raise transport.why or _told(error, transport.status) from error


def _told(error: Exception, status: int) -> ToolFailed:
    """An error of the client in words for a model, with the status that the server answered last."""
    match _first(error):
        case ToolFailed() as failed:
            return failed
        case MCPError() as refused:
            said = f" (status {status})" if status >= 400 else ""
            return ToolFailed(f"The server refuses{said}: {refused.message[:LONGEST_REASON]}")
        case ValidationError():
            return ToolFailed("The server answers in a way that is not MCP.")
        case other:
            return Unreachable(f"The server cannot be spoken with: {type(other).__name__}.")


def _first(error: Exception) -> Exception:
    """What went wrong first, of all that went wrong at once."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return error
