"""What the tools over a person's files have in common: arguments, facts, and the workspace behind them."""

from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import LONGEST_PATH
from sandbox.tool import Facts, ToolContext
from village.workspace import globs
from village.workspace.workspace import Workspace

Path = Annotated[str, Field(max_length=LONGEST_PATH)]
Text = Annotated[str, Field(max_length=1_000_000)]
Encoding = Annotated[str, Field(max_length=20), "Such as utf-8, latin-1"]
Pattern = Annotated[str, Field(max_length=globs.LONGEST)]

SEES = Facts(reads_private=True, idempotent=True, seconds=20)
READS = Facts(reads_private=True, idempotent=True, seconds=30)
CHANGES = Facts(side_effect=True, seconds=60)
SETTLES = Facts(side_effect=True, idempotent=True, seconds=60)
POEM = {"poem.txt": b"roses\nviolets\n"}
"""A file to begin with, for examples."""


def workspace_of(context: ToolContext) -> Workspace:
    """The workspace, where ids and careful edits are known. Raises ToolFailed where files are kept otherwise."""
    if not isinstance(context.files, Workspace):
        raise ToolFailed("This needs a workspace, and there is none here.")
    return context.files
