"""The tools that agents have, and runs of them."""

from collections.abc import Mapping
from typing import Any

from apexaurum.requests import get, given, post
from apexaurum.shapes.tools import KeptToolRun, Tool, ToolRun, ToolSchema
from apexaurum.synchronous.concurrency import Stream
from apexaurum.synchronous.transport import Transport

RUN_SECONDS = 900.0
"""How long one run may take at most, its wait for a free place included."""


class Tools:
    """What there is, and what it does."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self, query: str | None = None, *, family: str | None = None) -> Stream[Tool]:
        """All tools by family and name; with a query those that have the words, best first."""
        request = get("/tools", q=query, family=family, limit=200)
        return self._transport.pages(Tool, request, "tools")

    def schema(self, name: str) -> ToolSchema:
        """One tool with its parameters."""
        return self._transport.get(ToolSchema, get(f"/tools/{name}/schema"))

    def execute(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        conversation: str | None = None,
        key: str | None = None,
    ) -> ToolRun:
        """Run a tool, once, however often the request has to be sent. What it could not do it says in the answer."""
        asked = given(name=name, arguments=dict(arguments or {}), conversation_id=conversation)
        return self._transport.get(ToolRun, post("/tools/execute", asked, key=key, read_seconds=RUN_SECONDS))

    def runs(self, *, tool: str | None = None) -> Stream[KeptToolRun]:
        """What tools were run for you, the newest first."""
        return self._transport.pages(KeptToolRun, get("/tools/runs", tool=tool), "runs")
