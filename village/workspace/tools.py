"""A person's files as tools, by path: read, write, edit, list and find; `arranging.py` has the others."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from village.workspace import globs
from village.workspace.arguments import CHANGES, POEM, READS, SEES, Encoding, Path, Pattern, Text, workspace_of
from village.workspace.arranging import ARRANGING_TOOLS
from village.workspace.search import search
from village.workspace.texts import decoded, encoded, fitting, lines_of

MOST_LISTED = 1000
MOST_LINES = 2000
LINE_END = "\n"


@tool(
    category="filesystem",
    facts=READS,
    example=Example(arguments={"path": "poem.txt"}, result="roses\nviolets\n", files=POEM),
)
async def fs_read_file(context: ToolContext, *, path: Annotated[Path, "The file"], encoding: Encoding = "utf-8") -> str:
    """Read a text file whole. For long ones use fs_read_lines."""
    return decoded(await context.files.read(path), encoding, path)


@tool(
    category="filesystem",
    facts=READS,
    example=Example(
        arguments={"path": "poem.txt", "start_line": 2},
        result={
            "success": True,
            "content": "2: violets",
            "start_line": 2,
            "end_line": 2,
            "lines_returned": 1,
            "total_lines": 2,
            "path": "poem.txt",
        },
        files=POEM,
    ),
)
async def fs_read_lines(
    context: ToolContext,
    *,
    path: Annotated[Path, "The file"],
    start_line: Annotated[int, Field(ge=1), "First line"] = 1,
    end_line: Annotated[int | None, Field(ge=1), "Last line; the end when absent"] = None,
    encoding: Encoding = "utf-8",
) -> dict[str, object]:
    """Read some lines of a text file, with their numbers. Up to 2,000 at once; total_lines says if there are more."""
    lines = lines_of(decoded(await context.files.read(path), encoding, path))
    if start_line > max(1, len(lines)):
        raise ToolFailed(f"The file has {len(lines)} lines.")
    last = min(end_line or len(lines), len(lines), start_line + MOST_LINES - 1)
    numbered = [f"{number}: {lines[number - 1].removesuffix(LINE_END)}" for number in range(start_line, last + 1)]
    whole = "\n".join(numbered)
    content = fitting(whole)
    if len(content) < len(whole) and "\n" in content:
        content = content.rpartition("\n")[0]
    shown = content.count("\n") + 1 if numbered else 0
    return {
        "success": True,
        "content": content,
        "start_line": start_line,
        "end_line": start_line + shown - 1,
        "lines_returned": shown,
        "total_lines": len(lines),
        "path": plain(path),
    }


@tool(
    category="filesystem",
    facts=CHANGES,
    example=Example(
        arguments={"path": "notes/today.md", "content": "# Today\n"},
        result={"success": True, "path": "notes/today.md", "bytes_written": 8, "mode": "overwrite"},
    ),
)
async def fs_write_file(
    context: ToolContext,
    *,
    path: Annotated[Path, "The file; folders on the way are made"],
    content: Annotated[Text, "What to write"],
    encoding: Encoding = "utf-8",
    mode: Annotated[Literal["overwrite", "append"], "Replace what is there, or add to its end"] = "overwrite",
) -> dict[str, object]:
    """Write a text file. What it held before can be had back for seven days."""
    data = encoded(content, encoding)
    if mode == "append":
        await workspace_of(context).edit(path, lambda before: (before or b"") + data)
    else:
        await context.files.write({path: data})
    return {"success": True, "path": plain(path), "bytes_written": len(data), "mode": mode}


@tool(
    category="filesystem",
    facts=CHANGES,
    example=Example(
        arguments={"path": "poem.txt", "old_string": "roses", "new_string": "red roses"},
        result={"success": True, "path": "poem.txt", "replacements": 1, "bytes_before": 14, "bytes_after": 18},
        files=POEM,
    ),
)
async def fs_edit(
    context: ToolContext,
    *,
    path: Annotated[Path, "The file"],
    old_string: Annotated[Text, Field(min_length=1), "What to replace, exactly as it stands there"],
    new_string: Annotated[Text, "What to put in its place"],
    replace_all: Annotated[bool, "Replace every occurrence; otherwise there must be one"] = False,
    encoding: Encoding = "utf-8",
) -> dict[str, object]:
    """Replace an exact text in a file. It must occur once, unless replace_all."""
    told: dict[str, object] = {}

    def change(before: bytes | None) -> bytes:
        if before is None:
            raise ToolFailed(f"There is no file {plain(path)!r}.")
        text = decoded(before, encoding, path)
        count = text.count(old_string)
        if count == 0:
            raise ToolFailed("old_string does not occur in this file.")
        if count > 1 and not replace_all:
            raise ToolFailed(f"old_string occurs {count} times; give more of what is around it, or set replace_all.")
        after = encoded(text.replace(old_string, new_string), encoding)
        told.update(replacements=count, bytes_before=len(before), bytes_after=len(after))
        return after

    await workspace_of(context).edit(path, change)
    return {"success": True, "path": plain(path), **told}


@tool(
    category="filesystem",
    facts=SEES,
    example=Example(
        arguments={"pattern": "*.txt", "recursive": True},
        result=["more/b.txt", "poem.txt"],
        files={**POEM, "more/b.txt": b"", "c.md": b""},
    ),
)
async def fs_list_files(
    context: ToolContext,
    *,
    path: Annotated[Path, "The folder; the workspace when absent"] = ".",
    recursive: Annotated[bool, "With all below it"] = False,
    pattern: Annotated[Pattern, "Such as *.csv, or **/data/*.csv for whole paths"] = "*",
) -> list[str]:
    """List files and folders by their paths below the workspace. Folders end with a slash."""
    fits = globs.matcher(pattern)
    folder = plain(path)
    found = await context.files.list(folder, recursive=recursive)
    below = len(folder) + 1 if folder else 0
    paths = [f"{facts.path}/" if facts.is_folder else facts.path for facts in found if fits(facts.path[below:])]
    more = len(paths) - MOST_LISTED
    return [*paths[:MOST_LISTED], f"[{more} more: narrow the path or the pattern]"] if more > 0 else paths


@tool(
    category="filesystem",
    facts=READS,
    example=Example(
        arguments={"query": "violet"},
        result={
            "query": "violet",
            "matches": [{"path": "poem.txt", "line": 2, "text": "violets"}],
            "files_searched": 1,
            "complete": True,
        },
        files=POEM,
    ),
)
async def fs_search(
    context: ToolContext,
    *,
    query: Annotated[str, Field(min_length=1, max_length=200), "Plain text, whatever its case"],
    path: Annotated[Path, "The folder to search below"] = ".",
    pattern: Annotated[Pattern, "Only files that fit, such as *.md"] = "*",
    contents: Annotated[bool, "Search in texts, not in paths alone"] = True,
    max_results: Annotated[int, Field(ge=1, le=100), "Matches at most"] = 20,
) -> dict[str, object]:
    """Find files by words in their paths, and lines of text files that have the words."""
    fits, folder = globs.matcher(pattern), plain(path)
    below = len(folder) + 1 if folder else 0
    findings = await search(
        workspace_of(context),
        query,
        folder=folder,
        contents=contents,
        fits=lambda entry: fits(entry.path[below:]),
        limit=max_results,
    )
    matches: list[dict[str, object]] = [
        {"path": found.entry.path}
        if found.line is None
        else {"path": found.entry.path, "line": found.line, "text": found.snippet}
        for found in findings.found
    ]
    return {
        "query": query,
        "matches": matches,
        "files_searched": findings.searched,
        "complete": findings.complete,
    }


FILE_TOOLS = (fs_read_file, fs_read_lines, fs_write_file, fs_edit, fs_list_files, fs_search, *ARRANGING_TOOLS)
