"""The same files as tools by their ids, under the names that the predecessor's vault had. A path does for an id."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import LONGEST_NAME, LONGEST_PATH
from sandbox.tool import Example, ToolContext, tool
from village.workspace.entries import Entry, FileId
from village.workspace.search import Found, search
from village.workspace.texts import decoded, encoded, fitting, human, lines_of
from village.workspace.tools import CHANGES, READS, SEES, SETTLES, Text, workspace_of
from village.workspace.workspace import Workspace

MOST_LISTED = 200
AN_ID = "01990000-0000-7000-8000-000000000000"
POEM = {"poem.txt": b"roses\nviolets\n"}
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)]
FolderId = Annotated[Id | None, "A folder's id or path; the whole workspace when absent"]
FileType = Literal["document", "code", "data"]
ENDINGS: dict[FileType, frozenset[str]] = {
    "document": frozenset({".md", ".txt", ".rst", ".html", ".htm", ".tex", ".log"}),
    "code": frozenset(
        {".py", ".js", ".ts", ".vue", ".css", ".html", ".sh", ".sql", ".c", ".h", ".cpp", ".rs", ".go", ".java", ".rb"}
    ),
    "data": frozenset({".csv", ".tsv", ".json", ".jsonl", ".yaml", ".yml", ".xml", ".toml", ".ini"}),
}


@tool(
    category="vault",
    facts=SEES,
    example=Example(
        arguments={},
        result={
            "folder_id": None,
            "folder_name": "/",
            "folders": [],
            "files": [{"id": AN_ID, "name": "poem.txt", "size": 14, "mime_type": "text/plain"}],
            "total_items": 1,
        },
        varies=True,
        files=POEM,
    ),
)
async def vault_list(context: ToolContext, *, folder_id: FolderId = None) -> dict[str, object]:
    """List what a folder holds, with ids. The first 200, folders first."""
    workspace = workspace_of(context)
    folder = await _folder(workspace, folder_id)
    found, total = await workspace.page(folder.path if folder else "", "name", skip=0, limit=MOST_LISTED)
    return {
        "folder_id": folder.id if folder else None,
        "folder_name": folder.name if folder else "/",
        "folders": [{"id": each.id, "name": each.name} for each in found if each.is_folder],
        "files": [
            {"id": each.id, "name": each.name, "size": each.size, "mime_type": each.media_type}
            for each in found
            if not each.is_folder
        ],
        "total_items": total,
    }


@tool(
    category="vault",
    facts=READS,
    example=Example(
        arguments={"file_id": "poem.txt"},
        result={
            "id": AN_ID,
            "name": "poem.txt",
            "size": 14,
            "mime_type": "text/plain",
            "is_text": True,
            "content": "roses\nviolets\n",
            "truncated": False,
        },
        varies=True,
        files=POEM,
    ),
)
async def vault_read(
    context: ToolContext,
    *,
    file_id: Annotated[Id, "The file's id or path"],
    max_length: Annotated[int, Field(ge=1, le=50_000), "Characters to read at most"] = 50_000,
) -> dict[str, object]:
    """Read a text file from its beginning. Of other files only the facts are told."""
    workspace = workspace_of(context)
    file = await _file(workspace, file_id)
    text = decoded(await workspace.content(file), "utf-8", file.path) if file.is_text else None
    content = None if text is None else fitting(text, max_length)
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "mime_type": file.media_type,
        "is_text": file.is_text,
        "content": content,
        "truncated": content != text,
    }


@tool(
    category="vault",
    facts=SEES,
    example=Example(
        arguments={},
        result={
            "used_bytes": 14,
            "used_human": "14 B",
            "quota_bytes": 1_073_741_824,
            "quota_human": "1.0 GiB",
            "percent_used": 0.0,
            "file_count": 1,
            "folder_count": 0,
        },
        files=POEM,
    ),
)
async def vault_info(context: ToolContext) -> dict[str, object]:
    """Tell how much room the files take, and how much there is."""
    workspace = workspace_of(context)
    usage, quota = await workspace.usage(), workspace.place.bounds.bytes
    return {
        "used_bytes": usage.bytes,
        "used_human": human(usage.bytes),
        "quota_bytes": quota,
        "quota_human": human(quota),
        "percent_used": round(100 * usage.bytes / quota, 2),
        "file_count": usage.entries - usage.folders,
        "folder_count": usage.folders,
    }


@tool(
    category="vault",
    facts=SETTLES,
    example=Example(
        arguments={"filename": "plan.md", "content": "# Plan\n"},
        result={"action": "created", "file_id": AN_ID, "filename": "plan.md", "size": 7, "size_human": "7 B"},
        varies=True,
    ),
)
async def vault_write(
    context: ToolContext,
    *,
    content: Annotated[Text, "What to write"],
    file_id: Annotated[Id | None, "The file to overwrite, by id or path"] = None,
    filename: Annotated[str | None, Field(min_length=1, max_length=LONGEST_NAME), "Its name, without file_id"] = None,
    folder_id: FolderId = None,
) -> dict[str, object]:
    """Create a text file, or overwrite one. Give file_id, or filename and perhaps folder_id."""
    workspace = workspace_of(context)
    if (file_id is None) == (filename is None):
        raise ToolFailed("Give either file_id or filename.")
    if file_id is not None:
        path, is_new = (await _file(workspace, file_id)).path, False
    else:
        folder = await _folder(workspace, folder_id)
        path = f"{folder.path}/{filename}" if folder else str(filename)
        is_new = await workspace.find(path) is None
    entry = (await workspace.put({path: encoded(content, "utf-8")}))[0]
    return {"action": "created" if is_new else "updated", **_written(entry)}


@tool(
    category="vault",
    facts=READS,
    example=Example(
        arguments={"query": "violet", "file_type": "document"},
        result={
            "query": "violet",
            "files_searched": 1,
            "files_matched": 1,
            "total_matches": 1,
            "results": [
                {
                    "file_id": AN_ID,
                    "filename": "poem.txt",
                    "path": "poem.txt",
                    "matches": [{"line": 2, "text": "violets"}],
                },
            ],
        },
        varies=True,
        files=POEM,
    ),
)
async def vault_search(
    context: ToolContext,
    *,
    query: Annotated[str, Field(min_length=1, max_length=200), "Plain text, whatever its case"],
    file_type: Annotated[FileType | None, "Only files of this kind"] = None,
    folder_id: FolderId = None,
    max_results: Annotated[int, Field(ge=1, le=50), "Files at most"] = 10,
) -> dict[str, object]:
    """Find lines of text files that have these words."""
    workspace = workspace_of(context)
    folder = await _folder(workspace, folder_id)
    findings = await search(
        workspace,
        query,
        folder=folder.path if folder else "",
        names=False,
        fits=lambda entry: file_type is None or entry.extension.lower() in ENDINGS[file_type],
        limit=max_results * 5,
    )
    files: dict[FileId, list[Found]] = {}
    for found in findings.found:
        files.setdefault(found.entry.id, []).append(found)
    shown = list(files.values())[:max_results]
    return {
        "query": query,
        "files_searched": findings.searched,
        "files_matched": len(files),
        "total_matches": len(findings.found),
        "results": [
            {
                "file_id": lines[0].entry.id,
                "filename": lines[0].entry.name,
                "path": lines[0].entry.path,
                "matches": [{"line": found.line, "text": found.snippet} for found in lines],
            }
            for lines in shown
        ],
    }


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
    written = _written(entry)
    size = {name: written.pop(name) for name in ("size", "size_human")}
    return {"action": "edited", **written, **told, **size}


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
    return {"action": "inserted", **told, **_written(entry)}


async def _change_lines(workspace: Workspace, id: str, change: Callable[[list[str]], list[str]]) -> Entry:
    path = (await _file(workspace, id)).path

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


def _written(entry: Entry) -> dict[str, object]:
    return {"file_id": entry.id, "filename": entry.name, "size": entry.size, "size_human": human(entry.size)}


async def _entry(workspace: Workspace, id: str) -> Entry:
    try:
        known = UUID(id)
    except ValueError:
        return await workspace.at(id)
    return await workspace.one(FileId(known))


async def _file(workspace: Workspace, id: str) -> Entry:
    entry = await _entry(workspace, id)
    if entry.is_folder:
        raise ToolFailed(f"{entry.path!r} is a folder.")
    return entry


async def _folder(workspace: Workspace, id: str | None) -> Entry | None:
    if id is None or id.strip("./") == "":
        return None
    entry = await _entry(workspace, id)
    if not entry.is_folder:
        raise ToolFailed(f"{entry.path!r} is a file, not a folder.")
    return entry


VAULT_TOOLS = (vault_list, vault_read, vault_info, vault_write, vault_search, vault_edit, vault_insert)
