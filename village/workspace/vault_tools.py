"""The same files as tools by their ids, under the names that the predecessor's vault had. A path does for an id."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import LONGEST_NAME
from sandbox.tool import Example, ToolContext, tool
from village.workspace.arguments import POEM, READS, SEES, SETTLES, Text, workspace_of
from village.workspace.by_id import AN_ID, FolderId, Id, file_of, folder_of, written
from village.workspace.entries import FileId
from village.workspace.search import Found, search
from village.workspace.texts import decoded, encoded, fitting, human
from village.workspace.vault_lines import LINE_TOOLS

MOST_LISTED = 200
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
    folder = await folder_of(workspace, folder_id)
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
    file = await file_of(workspace, file_id)
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
        path, is_new = (await file_of(workspace, file_id)).path, False
    else:
        folder = await folder_of(workspace, folder_id)
        path = f"{folder.path}/{filename}" if folder else str(filename)
        is_new = await workspace.find(path) is None
    entry = (await workspace.put({path: encoded(content, "utf-8")}))[0]
    return {"action": "created" if is_new else "updated", **written(entry)}


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
    folder = await folder_of(workspace, folder_id)
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


VAULT_TOOLS = (vault_list, vault_read, vault_info, vault_write, vault_search, *LINE_TOOLS)
