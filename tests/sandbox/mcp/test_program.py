"""Servers that are programs: in a jail, without a network, begun anew for each call."""

import asyncio
import json

import pytest

from cluster.errors import NotFound
from sandbox.errors import ToolFailed
from sandbox.mcp.program import MOST_FILES, call_tool, list_tools
from sandbox.mcp.results import text_of
from sandbox.mcp.servers import Program
from sandbox.tool import ToolContext
from tests.sandbox.mcp.servers import PROGRAM
from tests.sandbox.memory_files import MemoryFiles

SERVER = Program(command=["python", "server.py"], folder="tools/shouting", environment={"KEY": "a secret"})
SILENT = Program(command=["python", "server.py"], folder="tools/silent")


@pytest.fixture
async def ready(context: ToolContext, files: MemoryFiles) -> ToolContext:
    """A workspace with servers in their folders, and a file elsewhere."""
    silent = b"import sys\nfor line in sys.stdin: pass\n"
    await files.write({"tools/shouting/server.py": PROGRAM.encode(), "tools/shouting/a/b.txt": b"", "diary.md": b"x"})
    await files.write({"tools/silent/server.py": silent})
    return context


async def called(
    context: ToolContext, name: str, server: Program = SERVER, seconds: float = 20, **arguments: str
) -> str:
    return text_of(await call_tool(context, server, name, arguments, seconds=seconds))


async def test_a_program_is_listed_and_its_tool_called(ready: ToolContext):
    tools = await list_tools(ready, SERVER, seconds=20)
    assert [tool.name for tool in tools] == ["shout", "look", "end", "reach", "flood"]
    assert tools[0].annotations is not None
    assert tools[0].annotations.read_only_hint is True
    assert await called(ready, "shout", text="hello") == "HELLO"


async def test_it_sees_its_folder_and_its_environment_and_nothing_else(ready: ToolContext):
    assert json.loads(await called(ready, "look")) == {"files": ["a", "server.py"], "key": "a secret"}
    bare = Program(command=SERVER.command, folder=SERVER.folder)
    assert json.loads(await called(ready, "look", bare))["key"] is None


async def test_it_reaches_nobody(ready: ToolContext):
    with pytest.raises(ToolFailed, match=r"(?s)ended with status 1\..*unreachable"):
        await called(ready, "reach")


async def test_one_that_dies_says_how(ready: ToolContext):
    with pytest.raises(ToolFailed, match=r"ended with status 3\. It said: I have had enough"):
        await called(ready, "end")
    assert await called(ready, "shout", text="again") == "AGAIN"


async def test_one_that_says_too_much_is_refused(ready: ToolContext):
    with pytest.raises(ToolFailed, match="more than"):
        await called(ready, "flood")


async def test_one_that_never_answers_is_ended(ready: ToolContext):
    with pytest.raises(ToolFailed, match="longer than 2 seconds"):
        await called(ready, "x", SILENT, seconds=2)


async def test_a_cancelled_call_ends_its_program(ready: ToolContext):
    calling = asyncio.create_task(called(ready, "x", SILENT, seconds=600))
    await asyncio.sleep(0)
    calling.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await calling


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such-program"], "no program 'no-such-program'"),
        (["python", "missing.py"], "ended with status 2"),
        (["python", "-c", "print('{}')"], "ended with status 0"),
    ],
)
async def test_one_that_cannot_run_is_said_so(ready: ToolContext, command: list[str], words: str):
    with pytest.raises(ToolFailed, match=words):
        await list_tools(ready, Program(command=command, folder="tools/shouting"), seconds=20)


async def test_a_folder_is_there_and_not_too_large(context: ToolContext, files: MemoryFiles):
    with pytest.raises((ToolFailed, NotFound)):
        await list_tools(context, Program(command=["python"], folder="tools/none"), seconds=20)
    await files.write({f"many/{n}": b"" for n in range(MOST_FILES + 1)})
    with pytest.raises(ToolFailed, match="at most"):
        await list_tools(context, Program(command=["python"], folder="many"), seconds=20)
