"""Tools that arrange a person's files, and tell what is there: folders, moves, deletions, facts."""

from typing import Annotated, Any

from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from village.workspace.arguments import POEM, SEES, SETTLES, Path, workspace_of


@tool(
    category="filesystem",
    facts=SETTLES,
    example=Example(arguments={"path": "reports/june"}, result={"success": True, "path": "reports/june"}),
)
async def fs_mkdir(context: ToolContext, *, path: Annotated[Path, "The folder"]) -> dict[str, object]:
    """Make a folder, with those on the way. One that is there is fine."""
    return {"success": True, "path": (await context.files.make_folder(path)).path}


@tool(
    category="filesystem",
    facts=SETTLES,
    example=Example(
        arguments={"path": "poem.txt", "to": "poems/first.txt"},
        result={"success": True, "path": "poems/first.txt"},
        files=POEM,
    ),
)
async def fs_move(
    context: ToolContext,
    *,
    path: Annotated[Path, "The file or folder"],
    to: Annotated[Path, "Its new path; folders on the way are made"],
) -> dict[str, object]:
    """Move or rename a file or folder. Nothing may have the new path yet."""
    return {"success": True, "path": (await context.files.move(path, to)).path}


@tool(
    category="filesystem",
    facts=SETTLES,
    example=Example(arguments={"path": "poem.txt"}, result={"success": True, "path": "poem.txt"}, files=POEM),
)
async def fs_delete(
    context: ToolContext,
    *,
    path: Annotated[Path, "The file or folder"],
    recursive: Annotated[bool, "Delete a folder with all in it"] = False,
) -> dict[str, object]:
    """Delete a file or folder. The person can have it back for seven days."""
    await context.files.delete(path, recursive=recursive)
    return {"success": True, "path": plain(path)}


@tool(
    category="filesystem",
    facts=SEES,
    example=Example(
        arguments={"path": "poem.txt"},
        result={"exists": True, "type": "file", "path": "poem.txt"},
        files=POEM,
    ),
)
async def fs_exists(context: ToolContext, *, path: Annotated[Path, "Where to look"]) -> dict[str, object]:
    """Tell whether a path is there, and whether it is a file or a directory."""
    facts = await context.files.facts(path)
    kind = None if facts is None else "directory" if facts.is_folder else "file"
    return {"exists": facts is not None, "type": kind, "path": plain(path)}


@tool(
    category="filesystem",
    facts=SEES,
    example=Example(
        arguments={"path": "poem.txt"},
        result={
            "path": "poem.txt",
            "exists": True,
            "type": "file",
            "size": 14,
            "modified": "2026-11-23T05:06:07Z",
            "created": "2026-11-23T05:06:07Z",
            "extension": ".txt",
        },
        varies=True,
        files=POEM,
    ),
)
async def fs_get_info(context: ToolContext, *, path: Annotated[Path, "The file or folder"]) -> dict[str, Any]:
    """Tell the size and the times of a file or folder."""
    entry = await workspace_of(context).find(path)
    if entry is None:
        return {"path": plain(path), "exists": False, "type": None}
    info: dict[str, Any] = {
        "path": entry.path,
        "exists": True,
        "type": "directory" if entry.is_folder else "file",
        "size": entry.size,
        "modified": entry.updated_at,
        "created": entry.created_at,
    }
    return info if entry.is_folder else {**info, "extension": entry.extension}


ARRANGING_TOOLS = (fs_mkdir, fs_move, fs_delete, fs_exists, fs_get_info)
