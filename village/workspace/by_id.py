"""Files as the vault's tools name them: by id, or by path, since models mix the two up."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import LONGEST_PATH
from village.workspace.entries import Entry, FileId
from village.workspace.texts import human
from village.workspace.workspace import Workspace

AN_ID = "01990000-0000-7000-8000-000000000000"
"""In examples."""
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)]
FolderId = Annotated[Id | None, "A folder's id or path; the whole workspace when absent"]


def written(entry: Entry) -> dict[str, object]:
    """What tools tell of a file that they wrote."""
    return {"file_id": entry.id, "filename": entry.name, "size": entry.size, "size_human": human(entry.size)}


async def entry_of(workspace: Workspace, id: str) -> Entry:
    """A file or folder. Raises NotFound."""
    try:
        known = UUID(id)
    except ValueError:
        return await workspace.at(id)
    return await workspace.one(FileId(known))


async def file_of(workspace: Workspace, id: str) -> Entry:
    """A file. Raises NotFound, ToolFailed."""
    entry = await entry_of(workspace, id)
    if entry.is_folder:
        raise ToolFailed(f"{entry.path!r} is a folder.")
    return entry


async def folder_of(workspace: Workspace, id: str | None) -> Entry | None:
    """A folder, None for the workspace itself. Raises NotFound, ToolFailed."""
    if id is None or id.strip("./") == "":
        return None
    entry = await entry_of(workspace, id)
    if not entry.is_folder:
        raise ToolFailed(f"{entry.path!r} is a file, not a folder.")
    return entry
