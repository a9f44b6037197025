"""Real MCP servers on the loopback, made with the `mcp` package, and a program that speaks MCP by itself."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import mcp_types as mcp
import uvicorn
from mcp.server.lowlevel.server import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
Answer = Callable[[str, dict[str, Any]], mcp.CallToolResult]

PROGRAM = """\
import json, os, sys

def tool(name, **more):
    return {"name": name, "inputSchema": {"type": "object"}, **more}

TOOLS = [tool("shout", description="Say it loud.", annotations={"readOnlyHint": True}),
         tool("look"), tool("end"), tool("reach"), tool("flood")]

def say(message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

def call(name, arguments):
    if name == "shout":
        return arguments["text"].upper()
    if name == "look":
        return json.dumps({"files": sorted(os.listdir(".")), "key": os.environ.get("KEY")})
    if name == "flood":
        return "x" * 2_000_000
    if name == "reach":
        import socket
        socket.create_connection(("1.1.1.1", 80), timeout=2)
    print("I have had enough", file=sys.stderr)
    sys.exit(3)

print("this server says hello where it should not")
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked or "method" not in asked:
        continue
    if asked["method"] == "initialize":
        say({"id": "q", "method": "ping"})
        say({"method": "notifications/message", "params": {}})
        about = {"name": "program", "version": "1"}
        result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": about}
    elif asked["method"] == "tools/list":
        result = {"tools": TOOLS}
    else:
        text = call(asked["params"]["name"], asked["params"]["arguments"])
        result = {"content": [{"type": "text", "text": text}]}
    say({"id": asked["id"], "result": result})
"""


def said(text: str, *, is_error: bool = False) -> mcp.CallToolResult:
    """A result of plain text."""
    return mcp.CallToolResult(content=[mcp.TextContent(text=text)], is_error=is_error)


def echo(name: str, arguments: dict[str, Any]) -> mcp.CallToolResult:
    """Says what it was told."""
    return said(f"{name}: {arguments.get('text', '')}")


@dataclass
class Running:
    """A server that runs. `headers` are those of its requests, `calls` what its tools were asked."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a tool called `wait` waits for ever."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once that was cancelled."""


def tools_named(*names: str, read_only: bool | None = None) -> list[mcp.Tool]:
    """Tools that take a text."""
    hints = None if read_only is None else mcp.ToolAnnotations(read_only_hint=read_only)
    return [mcp.Tool(name=name, description=f"Does {name}.", input_schema=SCHEMA, annotations=hints) for name in names]


@asynccontextmanager
async def serving(
    tools: list[mcp.Tool], answer: Answer = echo, *, stateless: bool = False, json_response: bool = False
) -> AsyncGenerator[Running]:
    """A server over Streamable HTTP, until the end of the block."""
    running = Running()

    async def on_list(asked: object, params: object) -> mcp.ListToolsResult:
        return mcp.ListToolsResult(tools=tools)

    async def on_call(asked: object, params: mcp.CallToolRequestParams) -> mcp.CallToolResult:
        running.calls.append((params.name, params.arguments or {}))
        if params.name == "wait":
            running.waits.set()
            try:
                await asyncio.Event().wait()
            finally:
                running.left.set()
        return answer(params.name, params.arguments or {})

    server: Server[Any] = Server("theirs", on_list_tools=on_list, on_call_tool=on_call)
    open_to_all = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server.streamable_http_app(
        stateless_http=stateless, json_response=json_response, transport_security=open_to_all
    )
    async with listening(_noting(app, running), lifespan=True) as port:
        running.url = f"http://127.0.0.1:{port}/mcp"
        yield running


def _noting(app: ASGIApp, running: Running) -> ASGIApp:
    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            running.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await app(scope, receive, send)

    return noting


@asynccontextmanager
async def listening(app: ASGIApp, *, lifespan: bool = False) -> AsyncGenerator[int]:
    """The port of a real server for an app."""
    config = uvicorn.Config(
        app, log_config=None, ws="none", timeout_graceful_shutdown=1, lifespan="on" if lifespan else "off"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as taking:
        running = asyncio.create_task(server.serve([taking]))
        try:
            yield taking.getsockname()[1]
        finally:
            server.should_exit = True
            await running
