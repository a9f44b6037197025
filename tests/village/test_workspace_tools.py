"""The tools over a person's files: exact, bounded, careful with what others write meanwhile, short in their errors."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.services import Clients
from sandbox.registry import MAX_RESULT_CHARS, as_text
from sandbox.tool import ToolContext
from tests.sandbox.memory_files import MemoryFiles
from village.workspace import globs


@pytest.fixture
def context(clients: Clients, user: UserId) -> ToolContext:
    """Somebody with an empty workspace."""
    return context_of(clients, user, None)


async def ask(context: ToolContext, name: str, **arguments: Any) -> Any:
    tool = TRUSTED_TOOLS.find(name)
    assert tool is not None
    return await tool.run(context, arguments)


async def fails(context: ToolContext, name: str, **arguments: Any) -> str:
    """Why a tool cannot do it."""
    outcome = await TRUSTED_TOOLS.run(name, context, arguments)
    assert outcome.is_error, outcome.content
    assert len(outcome.content) < 300
    return outcome.content


async def test_what_is_written_is_read_appended_and_edited(context: ToolContext):
    await ask(context, "fs_write_file", path="notes/a.md", content="one two\n")
    await ask(context, "fs_write_file", path="notes/a.md", content="two\n", mode="append")
    assert "occurs 2 times" in await fails(context, "fs_edit", path="notes/a.md", old_string="two", new_string="2")
    told = await ask(context, "fs_edit", path="notes/a.md", old_string="two", new_string="2", replace_all=True)
    assert (told["replacements"], told["bytes_before"], told["bytes_after"]) == (2, 12, 8)
    assert await ask(context, "fs_read_file", path="/notes/a.md") == "one 2\n2\n"
    assert "does not occur" in await fails(context, "fs_edit", path="notes/a.md", old_string="x.z", new_string="")
    assert "no file" in await fails(context, "fs_edit", path="b", old_string="x", new_string="")
    assert "nothing at" in await fails(context, "fs_read_file", path="b")
    assert "folder" in await fails(context, "fs_read_file", path="notes")


async def test_appending_at_once_loses_nothing(context: ToolContext):
    await asyncio.gather(
        *(ask(context, "fs_write_file", path="log", content=f"{number}\n", mode="append") for number in range(4))
    )
    assert sorted((await ask(context, "fs_read_file", path="log")).split()) == ["0", "1", "2", "3"]


async def test_encodings_are_known_ones_and_what_does_not_fit_is_told(context: ToolContext):
    await ask(context, "fs_write_file", path="latin", content="é", encoding="latin-1")
    assert await context.files.read("latin") == b"\xe9"
    assert await ask(context, "fs_read_file", path="latin", encoding="ISO-8859-1") == "é"
    assert "is not text in utf-8" in await fails(context, "fs_read_file", path="latin")
    assert "does not have" in await fails(context, "fs_write_file", path="x", content="你", encoding="latin-1")
    for unknown in ("rot13", "zip", "idna", "no such", "a\0b"):
        assert "not known" in await fails(context, "fs_read_file", path="latin", encoding=unknown)


async def test_lines_are_numbered_bounded_and_exact(context: ToolContext):
    await ask(context, "fs_write_file", path="a", content="one \r\n\u2028two\n\nfour")
    told = await ask(context, "fs_read_lines", path="a")
    assert told["content"] == "1: one \r\n2: \u2028two\n3: \n4: four"
    assert (told["lines_returned"], told["total_lines"]) == (4, 4)
    part = await ask(context, "fs_read_lines", path="a", start_line=2, end_line=3)
    assert (part["content"], part["end_line"]) == ("2: \u2028two\n3: ", 3)
    assert "4 lines" in await fails(context, "fs_read_lines", path="a", start_line=5)
    await ask(context, "fs_write_file", path="empty", content="")
    assert (await ask(context, "fs_read_lines", path="empty"))["lines_returned"] == 0
    await ask(context, "fs_write_file", path="long", content='"\\' * 500 + "\n" + 'x"\n' * 100_000)
    long = await ask(context, "fs_read_lines", path="long")
    assert len(as_text(long)) < MAX_RESULT_CHARS
    assert long["content"].endswith(f'{long["end_line"]}: x"')
    assert long["total_lines"] == 100_001


async def test_lists_take_patterns_and_end(context: ToolContext):
    await context.files.write({path: b"" for path in ("a.csv", "b.md", "data/c.csv", "data/x/d.csv", "d[1].txt")})
    assert await ask(context, "fs_list_files") == ["a.csv", "b.md", "d[1].txt", "data/"]
    assert await ask(context, "fs_list_files", recursive=True, pattern="*.csv") == [
        "a.csv",
        "data/c.csv",
        "data/x/d.csv",
    ]
    assert await ask(context, "fs_list_files", recursive=True, pattern="**/x/*") == ["data/x/d.csv"]
    assert await ask(context, "fs_list_files", path="data", recursive=True, pattern="x/*") == ["data/x/d.csv"]
    assert "no folder" in await fails(context, "fs_list_files", path="nowhere")
    await context.files.write({f"many/{number:03}": b"" for number in range(1000)})
    assert len(await ask(context, "fs_list_files", path="many")) == 1000
    await context.files.write({"many/more": b"", "many/still": b""})
    assert (await ask(context, "fs_list_files", path="many"))[-1] == "[2 more: narrow the path or the pattern]"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*", "a/b", True),
        ("*.py", "a/b.py", True),
        ("*.py", "a/b.pyc", False),
        ("*.PY", "b.py", False),
        ("a/*", "a/b/c", False),
        ("a/**", "a/b/c", True),
        ("**/c", "c", True),
        ("a/**/c", "a/c", True),
        ("**", "a/b", True),
        ("[ab]?", "b1", True),
        ("[", "[", True),
        ("a.c", "abc", False),
        ("", "a", False),
    ],
)
def test_a_pattern_is_what_shells_take_it_for(pattern: str, path: str, fits: bool):
    assert globs.matcher(pattern)(path) is fits


def test_no_pattern_takes_long():
    fits = [globs.matcher("*a" * 100), globs.matcher("**/" * 60 + "x"), globs.matcher("[!b]*" * 40)]
    began = time.process_time()
    for matcher in fits:
        for path in ("a" * 120 + "b", "/".join("a" * 16)):
            matcher(path)
    assert time.process_time() - began < 1


async def test_words_are_found_and_not_patterns(context: ToolContext):
    await context.files.write({"a/Plan.md": b"x\nThe Plan: 100%\n", "b.txt": b"plan", "c.bin": b"plan\0"})
    told = await ask(context, "fs_search", query="plan")
    assert told["matches"] == [
        {"path": "a/Plan.md"},
        {"path": "a/Plan.md", "line": 2, "text": "The Plan: 100%"},
        {"path": "b.txt", "line": 1, "text": "plan"},
    ]
    assert (await ask(context, "fs_search", query="0%", path="a", pattern="*.md"))["matches"][0]["line"] == 2
    assert (await ask(context, "fs_search", query="p.an"))["matches"] == []
    assert (await ask(context, "fs_search", query="plan", contents=False))["matches"] == [{"path": "a/Plan.md"}]


async def test_facts_of_what_is_there_and_of_what_is_not(context: ToolContext):
    await ask(context, "fs_mkdir", path="folder/in")
    assert (await ask(context, "fs_exists", path="folder/"))["type"] == "directory"
    assert await ask(context, "fs_exists", path="x") == {"exists": False, "type": None, "path": "x"}
    assert (await ask(context, "fs_get_info", path="x"))["exists"] is False
    assert (await ask(context, "fs_get_info", path="folder"))["type"] == "directory"
    assert "not empty" in await fails(context, "fs_delete", path="folder")
    await ask(context, "fs_delete", path="folder", recursive=True)
    assert (await ask(context, "fs_exists", path="folder/in"))["exists"] is False
    assert "workspace itself" in await fails(context, "fs_delete", path=".", recursive=True)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "..\\x", "a\0b"])
@pytest.mark.parametrize(
    "name", ["fs_read_file", "fs_read_lines", "fs_list_files", "fs_mkdir", "fs_delete", "fs_exists"]
)
async def test_no_tool_leaves_the_workspace(context: ToolContext, name: str, path: str):
    assert "path" in await fails(context, name, path=path)


async def test_the_vault_goes_by_ids_or_paths(context: ToolContext):
    made = await ask(context, "vault_write", filename="a.txt", content="1\n2\n3")
    assert (made["action"], made["size_human"]) == ("created", "5 B")
    again = await ask(context, "vault_write", file_id=str(made["file_id"]), content="1\n2\n3")
    assert (again["action"], again["file_id"]) == ("updated", made["file_id"])
    await ask(context, "fs_move", path="a.txt", to="f/b.txt")
    read = await ask(context, "vault_read", file_id=str(made["file_id"]))
    assert (read["name"], read["content"]) == ("b.txt", "1\n2\n3")
    (folder,) = (await ask(context, "vault_list"))["folders"]
    within = await ask(context, "vault_list", folder_id=str(folder["id"]))
    assert (within["folder_name"], within["files"][0]["id"]) == ("f", made["file_id"])
    other = await ask(context, "vault_write", filename="c.txt", folder_id="f", content="")
    assert other["filename"] == "c.txt"
    assert await ask(context, "fs_list_files", path="f") == ["f/b.txt", "f/c.txt"]
    info = await ask(context, "vault_info")
    assert (info["file_count"], info["folder_count"], info["used_bytes"]) == (2, 1, 5)


async def test_the_vault_edits_and_inserts_whole_lines(context: ToolContext):
    await ask(context, "vault_write", filename="a", content="1\n2\n3")
    await ask(context, "vault_edit", file_id="a", start_line=2, end_line=2, new_content="two\nand a half")
    assert await ask(context, "fs_read_file", path="a") == "1\ntwo\nand a half\n3"
    told = await ask(context, "vault_insert", file_id="a", after_line=4, content="4")
    assert (told["new_line_count"], told["lines_inserted"]) == (5, 1)
    await ask(context, "vault_insert", file_id="a", after_line=0, content="0")
    await ask(context, "vault_edit", file_id="a", start_line=2, end_line=5, new_content="")
    assert await ask(context, "fs_read_file", path="a") == "0\n4\n"
    for start, end in ((3, 3), (2, 1), (1, 3)):
        refused = await fails(context, "vault_edit", file_id="a", start_line=start, end_line=end, new_content="")
        assert "2 lines" in refused
    assert "2 lines" in await fails(context, "vault_insert", file_id="a", after_line=3, content="x")


async def test_what_the_vault_cannot_do_it_says(context: ToolContext, clients: Clients, stranger: UserId):
    made = await ask(context, "vault_write", filename="f/a", content="secret")
    assert "either" in await fails(context, "vault_write", content="x")
    assert "is a folder" in await fails(context, "vault_read", file_id="f")
    assert "not a folder" in await fails(context, "vault_list", folder_id="f/a")
    assert "no such thing" in await fails(context, "vault_read", file_id="01990000-0000-7000-8000-000000000000")
    intruder = context_of(clients, stranger, None)
    assert "no such thing" in await fails(intruder, "vault_read", file_id=str(made["file_id"]))
    assert (await ask(intruder, "vault_search", query="secret"))["results"] == []
    await context.files.write({"b.bin": b"\xff\0"})
    told = await ask(context, "vault_read", file_id="b.bin")
    assert (told["is_text"], told["content"]) == (False, None)
    elsewhere = replace(context, files=MemoryFiles())
    assert "needs a workspace" in await fails(elsewhere, "vault_info")


async def test_a_long_text_fits_into_a_result(context: ToolContext):
    await ask(context, "fs_write_file", path="a", content='"\\\n' * 30_000)
    told = await ask(context, "vault_read", file_id="a")
    assert told["truncated"] is True
    assert 20_000 < len(told["content"])
    assert len(as_text(told)) < MAX_RESULT_CHARS
    assert len((await ask(context, "vault_read", file_id="a", max_length=10))["content"]) == 10


async def test_the_vault_searches_kinds_of_files(context: ToolContext):
    await context.files.write({"a.py": b"needle", "b.csv": b"needle\n" * 9, "c.md": b"needle", "needle.txt": b""})
    found = {
        kind: [each["path"] for each in (await ask(context, "vault_search", query="NEEDLE", file_type=kind))["results"]]
        for kind in ("code", "data", "document", None)
    }
    assert found["code"] == ["a.py"]
    assert found["data"] == ["b.csv"]
    assert found["document"] == ["c.md"]
    assert sorted(found[None]) == ["a.py", "b.csv", "c.md"]
    one = await ask(context, "vault_search", query="needle", max_results=1)
    assert len(one["results"]) == 1
