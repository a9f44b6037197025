"""The tools that agents have, and runs of them."""

from collections.abc import Mapping
from typing import Any

from apexaurum.asynchronous.concurrency import AsyncStream
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.requests import get, given, post
from apexaurum.shapes.tools import KeptToolRun, Tool, ToolRun, ToolSchema

RUN_SECONDS = 900.0
"""How long one run may take at most, its wait for a free place included."""


class AsyncTools:
    """What there is, and what it does."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def all(self, query: str | None = None, *, family: str | None = None) -> AsyncStream[Tool]:
        """All tools by family and name; with a query those that have the words, best first."""
        request = get("/tools", q=query, family=family, limit=200)
        return self._transport.pages(Tool, request, "tools")

    async def schema(self, name: str) -> ToolSchema:
        """One tool with its parameters."""
        return await self._transport.get(ToolSchema, get(f"/tools/{name}/schema"))

    async def execute(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        conversation: str | None = None,
        key: str | None = None,
    ) -> ToolRun:
        """Run a tool, once, however often the request has to be sent. What it could not do it says in the answer."""
        asked = given(name=name, arguments=dict(arguments or {}), conversation_id=conversation)
        return await self._transport.get(ToolRun, post("/tools/execute", asked, key=key, read_seconds=RUN_SECONDS))

    def runs(self, *, tool: str | None = None) -> AsyncStream[KeptToolRun]:
        """What tools were run for you, the newest first."""
        return self._transport.pages(KeptToolRun, get("/tools/runs", tool=tool), "runs")
