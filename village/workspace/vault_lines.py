"""The vault's tools that change lines of a file."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from village.workspace.arguments import CHANGES, POEM, Text, workspace_of
from village.workspace.by_id import AN_ID, Id, file_of, written
from village.workspace.entries import Entry
from village.workspace.texts import decoded, encoded, lines_of
from village.workspace.workspace import Workspace


@tool(
    category="vault",
    facts=CHANGES,
    example=Example(
        arguments={"file_id": "poem.txt", "start_line": 2, "end_line": 2, "new_content": "tulips"},
        result={
            "action": "edited",
            "file_id": AN_ID,
            "filename": "poem.txt",
            "lines_replaced": 1,
            "original_line_count": 2,
            "new_line_count": 2,
            "size": 13,
            "size_human": "13 B",
        },
        varies=True,
        files=POEM,
    ),
)
async def vault_edit(
    context: ToolContext,
    *,
    file_id: Annotated[Id, "The file's id or path"],
    start_line: Annotated[int, Field(ge=1), "First line to replace"],
    end_line: Annotated[int, Field(ge=1), "Last line to replace"],
    new_content: Annotated[Text, "What comes in their place; empty to remove them"],
) -> dict[str, object]:
    """Replace lines of a text file."""
    told: dict[str, object] = {}

    def change(lines: list[str]) -> list[str]:
        if not start_line <= end_line <= len(lines):
            raise ToolFailed(f"The file has {len(lines)} lines; start_line and end_line must be among them, in order.")
        made = [*lines[: start_line - 1], *_ended(new_content), *lines[end_line:]]
        told.update(lines_replaced=end_line - start_line + 1, original_line_count=len(lines), new_line_count=len(made))
        return made

    entry = await _change_lines(workspace_of(context), file_id, change)
    facts = written(entry)
    size = {name: facts.pop(name) for name in ("size", "size_human")}
    return {"action": "edited", **facts, **told, **size}


@tool(
    category="vault",
    facts=CHANGES,
    example=Example(
        arguments={"file_id": "poem.txt", "after_line": 1, "content": "lilies"},
        result={
            "action": "inserted",
            "file_id": AN_ID,
            "filename": "poem.txt",
            "inserted_after_line": 1,
            "lines_inserted": 1,
            "new_line_count": 3,
            "size": 21,
            "size_human": "21 B",
        },
        varies=True,
        files=POEM,
    ),
)
async def vault_insert(
    context: ToolContext,
    *,
    file_id: Annotated[Id, "The file's id or path"],
    after_line: Annotated[int, Field(ge=0), "0 for the beginning"],
    content: Annotated[Text, Field(min_length=1), "The lines to put in"],
) -> dict[str, object]:
    """Insert lines into a text file, after the line of that number."""
    told: dict[str, object] = {}

    def change(lines: list[str]) -> list[str]:
        if after_line > len(lines):
            raise ToolFailed(f"The file has {len(lines)} lines.")
        new = _ended(content)
        before = [_whole(line) for line in lines[:after_line]]
        made = [*before, *new, *lines[after_line:]]
        told.update(inserted_after_line=after_line, lines_inserted=len(new), new_line_count=len(made))
        return made

    entry = await _change_lines(workspace_of(context), file_id, change)
    return {"action": "inserted", **told, **written(entry)}


async def _change_lines(workspace: Workspace, id: str, change: Callable[[list[str]], list[str]]) -> Entry:
    path = (await file_of(workspace, id)).path

    def rewrite(before: bytes | None) -> bytes:
        if before is None:
            raise ToolFailed("This file has just been moved or deleted.")
        return encoded("".join(change(lines_of(decoded(before, "utf-8", path)))), "utf-8")

    return await workspace.edit(path, rewrite)


def _ended(text: str) -> list[str]:
    """The lines of a text, each with its end."""
    return [_whole(line) for line in lines_of(text)]


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n"


LINE_TOOLS = (vault_edit, vault_insert)
