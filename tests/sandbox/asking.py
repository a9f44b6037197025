"""Calls a tool that needs nothing but its arguments."""

from typing import Any, cast

from sandbox.tool import Tool, ToolContext


async def ask(tool: Tool, **arguments: Any) -> Any:
    """What comes back."""
    return await tool.run(cast("ToolContext", None), arguments)
