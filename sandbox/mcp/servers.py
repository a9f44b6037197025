"""What an MCP server is to us: where it is, and what is kept of its tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A server that is asked over Streamable HTTP."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A server that is a program: it runs in a jail, with the files of one folder of the workspace."""

    command: Sequence[str]
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, kw_only=True)
class ListedTool:
    """A tool as its server told of it."""

    name: str
    """The server's own name for it."""
    description: str
    parameters: Mapping[str, Any]
    read_only: bool

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ListedTool":
        """As it was kept."""
        return cls(**kept)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The tools of a server that a model can be given, and how many others there are."""

    tools: Sequence[ListedTool]
    left_out: int
