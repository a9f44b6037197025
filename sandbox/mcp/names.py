"""What the tools of other people's MCP servers are called."""

import re
from hashlib import sha256

PREFIX = "mcp_"
"""How the names of their tools begin, and of no others."""
CATEGORY = "mcp"
LONGEST_NAME = 64
"""Characters that every model's provider takes for a tool's name."""
OTHER = re.compile(r"[^a-zA-Z0-9_-]")


def name_of(server: str, tool: str) -> str:
    """The name that a model calls a tool by: the same for ever, and another for another tool."""
    name = f"{PREFIX}{server}_{OTHER.sub('_', tool)}"
    if name == f"{PREFIX}{server}_{tool}" and len(name) <= LONGEST_NAME:
        return name
    mark = sha256(tool.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - len(mark) - 1]}_{mark}"


def server_of(name: str) -> str | None:
    """The server that a tool of this name belongs to: servers' names have no `_`."""
    return name.removeprefix(PREFIX).partition("_")[0] if name.startswith(PREFIX) else None
