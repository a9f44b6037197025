"""The workspace under the names that programs of the predecessor knew it by."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import FileFacts, plain
from sandbox.tool import Example, Facts, ToolContext, tool

MOST_PROJECTS, MOST_FILES = 100, 20
LONGEST_SHOWN = 40_000
Path = Annotated[str, Field(min_length=1, max_length=500)]
READS = Facts(idempotent=True, reads_private=True, seconds=30)
NOTED = {"notes/todo.txt": b"sleep"}


@tool(
    category="code_execution",
    facts=READS,
    example=Example(
        arguments={},
        result={
            "success": True,
            "projects": [{"name": "notes", "files": ["todo.txt"], "modified": "2026-11-23T00:00:00+00:00"}],
            "workspace_path": "/work",
        },
        files=NOTED,
        varies=True,
    ),
)
async def sandbox_workspace_list(context: ToolContext) -> dict[str, object]:
    """List the folders of the workspace as projects, with the files at the top of each."""
    folders = [facts for facts in await context.files.list() if facts.is_folder]
    projects = [await _project(context, folder) for folder in folders[:MOST_PROJECTS]]
    more = {"more_projects": len(folders) - MOST_PROJECTS} if len(folders) > MOST_PROJECTS else {}
    return {"success": True, "projects": projects, "workspace_path": "/work", **more}


@tool(
    category="code_execution",
    facts=READS,
    example=Example(
        arguments={"path": "notes/todo.txt"},
        result={"success": True, "content": "sleep", "path": "notes/todo.txt"},
        files=NOTED,
    ),
)
async def sandbox_workspace_read(
    context: ToolContext, *, path: Annotated[Path, "A file of the workspace"]
) -> dict[str, object]:
    """Read a text file of the workspace."""
    try:
        text = (await context.files.read(path)).decode()
    except UnicodeDecodeError as error:
        raise ToolFailed(f"{plain(path)!r} is not a text in UTF-8.") from error
    cut = {"cut": f"{len(text) - LONGEST_SHOWN} more characters"} if len(text) > LONGEST_SHOWN else {}
    return {"success": True, "content": text[:LONGEST_SHOWN], "path": plain(path), **cut}


@tool(
    category="code_execution",
    facts=Facts(idempotent=True, side_effect=True, seconds=30),
    example=Example(
        arguments={"path": "notes/todo.txt", "content": "wake up"}, result={"success": True, "path": "notes/todo.txt"}
    ),
)
async def sandbox_workspace_write(
    context: ToolContext,
    *,
    path: Annotated[Path, "A file of the workspace"],
    content: Annotated[str, Field(max_length=1_000_000), "Its whole content"],
) -> dict[str, object]:
    """Write a text file into the workspace."""
    (written,) = await context.files.write({plain(path): content.encode()})
    return {"success": True, "path": written.path}


async def _project(context: ToolContext, folder: FileFacts) -> dict[str, object]:
    within: Sequence[FileFacts] = await context.files.list(folder.path)
    names = [facts.path.rpartition("/")[2] for facts in within if not facts.is_folder]
    latest = max((facts.modified for facts in within), default=folder.modified)
    return {"name": folder.path, "files": names[:MOST_FILES], "modified": latest.isoformat()}


WORKSPACE_NAMES = (sandbox_workspace_list, sandbox_workspace_read, sandbox_workspace_write)
