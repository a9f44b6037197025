"""The JSON shapes of MCP servers that a person has added."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from serve.wire import Answer, Command

ServerName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$")]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Argument = Annotated[str, Field(max_length=2000)]
CommandLine = Annotated[list[Argument], Field(min_length=1, max_length=50)]
Folder = Annotated[str, Field(max_length=500)]
SecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
SecretValue = Annotated[str, Field(max_length=8000, pattern=r"^[\x20-\x7e]*$")]
Secrets = Annotated[dict[SecretName, SecretValue], Field(max_length=20)]


class AddMcpServer(Command):
    """Add a server. Its tools are then called `mcp_<name>_<tool>`."""

    name: ServerName
    transport: Literal["http", "stdio"]
    url: Url | None = None
    """Where it is asked over Streamable HTTP."""
    command: CommandLine | None = None
    """For `stdio`: a program and its arguments. It runs in a jail without a network, anew for each call."""
    folder: Folder = ""
    """For `stdio`: the folder of the workspace whose files it begins with."""
    secrets: Annotated[Secrets, Field(default_factory=dict[str, str])]
    """Headers for `http`, environment variables for `stdio`. They are kept encrypted and never shown again."""
    enabled: bool = True


class McpServerChange(Command):
    """Fields that are left out stay as they are. Where it is asked changes with its secrets: others are forgotten."""

    name: ServerName | None = None
    url: Url | None = None
    command: CommandLine | None = None
    folder: Folder | None = None
    secrets: Secrets | None = None
    """All of them; an empty object forgets them."""
    enabled: bool | None = None


class McpTool(Answer):
    """A tool of a server."""

    name: str
    """What agents call it by."""
    title: str
    """What its server calls it."""
    description: str
    """The server's own words."""
    read_only: bool
    """The server says that it changes nothing."""


class McpServer(Answer):
    """A server."""

    id: UUID
    name: str
    transport: Literal["http", "stdio"]
    url: str | None
    command: list[str] | None
    folder: str | None
    secrets: list[str]
    """Their names."""
    enabled: bool
    tools: list[McpTool]
    """As it listed them last."""
    left_out: int
    """Tools that no model can be given: too many, too large, or of a schema that is none."""
    checked_at: datetime | None
    error: str | None
    """Why it could not be asked then."""
    created_at: datetime


class McpServers(Answer):
    servers: list[McpServer]
