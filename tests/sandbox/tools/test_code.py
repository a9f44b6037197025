"""Programs that a model writes: what it is told of them, which files they get and leave, and how the bad ones end."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from sandbox.registry import MAX_RESULT_CHARS, Toolset
from sandbox.tool import ToolContext
from sandbox.tools import code_files
from sandbox.tools.code import CODE_TOOLS
from sandbox.tools.code_files import gather
from tests.sandbox.memory_files import MemoryFiles

TOOLS = Toolset(CODE_TOOLS)
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n"


async def told(context: ToolContext, name: str, **arguments: Any) -> Any:
    """What a model is told, as JSON."""
    outcome = await TOOLS.run(name, context, arguments)
    assert not outcome.is_error, outcome.content
    assert len(outcome.content) < MAX_RESULT_CHARS
    return orjson.loads(outcome.content)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1 + 1", 2),
        ("x = 3", None),
        ("", None),
        ("[1, (2, 3), {'a': None}]", [1, [2, 3], {"a": None}]),
        ("import numpy\nnumpy.float64(1.5)", 1.5),
        ("float('nan')", "nan"),
        ("object", "<class 'object'>"),
        ("def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nf(5)", 120),
        ("import pickle\nclass A: pass\npickle.loads(pickle.dumps(A())).__class__.__name__", "A"),
    ],
)
async def test_the_last_expression_is_the_value(context: ToolContext, code: str, value: object):
    ran = await told(context, "execute_python", code=code or "pass")
    assert (ran["success"], ran["return_value"], ran["error"]) == (True, value, None)


async def test_a_failure_shows_its_own_lines_and_keeps_what_was_printed(context: ToolContext):
    ran = await told(context, "execute_python", code="print('so far')\ndef f():\n    return 1 / 0\nf()")
    assert ran["success"] is False
    assert ran["stdout"] == "so far\n"
    assert ran["error"] == "ZeroDivisionError: division by zero"
    assert ran["stderr"].startswith('Traceback (most recent call last):\n  File "main.py", line 4')
    assert "return 1 / 0" in ran["stderr"]
    assert "/opt/ours" not in ran["stderr"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit('enough')", "enough"),
        ("import sys\nsys.exit(3)", "It ended with status 3."),
        ("import os\nos.abort()", "It was ended: by signal 6."),
        ("while True: pass", "It was ended: it took longer than 1 seconds."),
        ("import time\nwhile True: time.localtime()", "It was ended: it took longer than 1 seconds."),
        ("bytearray(1 << 40)", "MemoryError: it may use 1024 MiB of memory."),
        ("import socket\nsocket.create_connection(('192.0.2.1', 80))", "OSError: [Errno 101] Network is unreachable"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(context: ToolContext, code: str, error: str):
    ran = await told(context, "execute_python", code=code, timeout=1)
    assert (ran["success"], ran["error"]) == (False, error)


async def test_many_processes_that_eat_memory_are_ended(context: ToolContext):
    eat = (
        "import os, signal\nfor _ in range(8):\n    if not os.fork():\n        held = bytearray(os.urandom(1 << 28))\n"
    )
    ran = await told(context, "execute_python", code=eat + "        signal.pause()\nsignal.pause()", timeout=30)
    assert ran["error"] == "It was ended: it used more than 1024 MiB of memory."


async def test_a_fork_bomb_ends(context: ToolContext):
    ran = await told(context, "execute_python", code="import os\nwhile True:\n    os.fork()", timeout=3)
    assert ran["success"] is False
    assert len(ran["error"]) < 200


async def test_a_program_that_prints_without_end_is_ended_and_its_output_cut(context: ToolContext):
    ran = await told(context, "execute_python", code="while True: print('spam' * 1000)")
    assert ran["error"] == "It was ended: it printed more than 8 MiB."
    assert len(ran["stdout"]) < 13_000


async def test_of_a_long_output_the_beginning_and_the_end_are_kept(context: ToolContext):
    ran = await told(context, "execute_python", code="print('first', 'x' * 100_000, 'last')")
    assert ran["success"] is True
    assert re.fullmatch(r"first x+\n\[… 88012 characters cut here …\]\nx+ last\n", ran["stdout"])


@pytest.mark.parametrize("value", ["'x' * 100_000_000", "b'x' * 100_000_000", "list(range(10_000_000))"])
async def test_of_a_huge_value_the_beginning_is_kept(context: ToolContext, value: str):
    ran = await told(context, "execute_python", code=value)
    assert ran["success"] is True
    assert ran["return_value"].endswith("… [cut]")
    assert len(ran["return_value"]) < 10_100


async def test_values_that_cannot_be_written_are_named(context: ToolContext):
    code = "class Shy:\n    def __repr__(self): raise ValueError\nShy()"
    assert (await told(context, "execute_python", code=code))[
        "return_value"
    ] == "<__main__.Shy that cannot be written out>"


async def test_what_is_printed_does_not_forge_a_value(context: ToolContext):
    ran = await told(context, "execute_python", code='print(\'{"value": 7, "type": "int"}\')')
    assert ran["return_value"] is None


async def test_it_gets_the_files_that_it_names_and_that_its_text_names(context: ToolContext, files: MemoryFiles):
    await files.write({"data/a.csv": b"1", "data/b.csv": b"22", "my notes.txt": b"333", "c.bin": b"", "other/d": b"4"})
    walk = "sorted(os.path.join(folder, name) for folder, _, names in os.walk('.') for name in names)"
    code = f"import os\nopen('my notes.txt')\nopen('/work/other/d')\n{walk}"
    ran = await told(context, "execute_python", code=code, files=["data/*.csv"])
    assert ran["return_value"] == ["./data/a.csv", "./data/b.csv", "./my notes.txt", "./other/d"]
    assert ran["files_created"] == []


async def test_a_file_that_is_not_there_is_said_before_it_runs(context: ToolContext):
    outcome = await TOOLS.run("execute_python", context, {"code": "1", "files": ["nowhere/*.csv"]})
    assert (outcome.is_error, outcome.content) == (True, "There is no file or folder 'nowhere/*.csv' in the workspace.")


async def test_code_that_misses_a_file_is_told_how_to_get_it(context: ToolContext, files: MemoryFiles):
    await files.write({"data/a.csv": b"1"})
    ran = await told(context, "execute_python", code="import os\nopen(os.path.join('data', 'a.csv'))")
    assert "files that `files` names" in ran["error"]


async def test_files_beyond_the_bounds_are_named(
    context: ToolContext, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(code_files, "MOST_BYTES", 3)
    await files.write({"a": b"12", "b": b"12", "c": b"1"})
    given = await gather(files, ["."], "")
    assert (sorted(given.files), list(given.left_out)) == (["a", "c"], ["b"])
    ran = await told(context, "execute_python", code="1", files=["."])
    assert ran["files_not_given"]["paths"] == ["b"]


async def test_what_it_changes_and_makes_is_kept(context: ToolContext, files: MemoryFiles):
    await files.write({"in.txt": b"old", "same.txt": b"same"})
    code = "open('in.txt', 'a').write(' and new'); open('out/sub.txt', 'w') if 0 else None; open('same.txt').read(); 1"
    ran = await told(context, "execute_python", code=code)
    assert ran["files_created"] == [{"path": "in.txt", "size": 11}]
    assert files.contents["in.txt"] == b"old and new"


async def test_links_and_hidden_files_are_not_kept_and_that_is_said(context: ToolContext, files: MemoryFiles):
    code = "import os\nos.symlink('/etc/passwd', 'link')\nopen('.hidden', 'w')\nopen('plain.txt', 'w').write('1')"
    ran = await told(context, "execute_python", code=code)
    assert list(files.contents) == ["plain.txt"]
    assert ran["other_files"].startswith("2 were not kept")


async def test_figures_left_open_become_pictures_even_when_the_code_fails(context: ToolContext, files: MemoryFiles):
    ran = await told(context, "execute_python", code=PLOT + "plt.show()\nplt.figure()\n1 / 0")
    assert [file["path"] for file in ran["files_created"]] == ["figure-1.png", "figure-2.png"]
    assert files.contents["figure-1.png"].startswith(b"\x89PNG")
    assert "non-interactive" not in ran["stderr"]


async def test_figures_that_the_code_saved_are_not_saved_twice(context: ToolContext, files: MemoryFiles):
    await told(context, "execute_python", code=PLOT + "plt.savefig('mine.svg')")
    assert list(files.contents) == ["mine.svg"]


async def test_it_runs_in_a_folder_with_the_files_of_that_folder(context: ToolContext, files: MemoryFiles):
    await files.write({"proj/tool.py": b"def double(n): return n * 2", "else.txt": b""})
    code = "import os, tool\nopen('made.txt', 'w').write('1')\n[tool.double(4), os.listdir('..')]"
    ran = await told(context, "execute_python_sandbox", code=code, working_dir="./proj/")
    assert ran["return_value"] == [8, ["proj"]]
    assert "proj/made.txt" in files.contents


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"network": True}, "Programs have no network"),
        ({"working_dir": "else.txt"}, "'else.txt' is a file"),
        ({"working_dir": "../up"}, "not a path below the workspace"),
    ],
)
async def test_what_a_sandbox_does_not_have_is_refused(
    context: ToolContext, files: MemoryFiles, arguments: Mapping[str, Any], error: str
):
    await files.write({"else.txt": b""})
    outcome = await TOOLS.run("execute_python_sandbox", context, {"code": "1", **arguments})
    assert outcome.is_error
    assert error in outcome.content


async def test_packages_are_there_or_it_is_said_which_are(context: ToolContext):
    ran = await told(context, "execute_python_sandbox", code="1", packages=["Pandas", "python_docx"])
    assert ran["success"] is True
    ran = await told(context, "execute_python_sandbox", code="1", packages=["numpy", "nosuchthing"])
    assert ran["error"].startswith("not installed, and nothing can be installed: nosuchthing; there is beautifulsoup4,")


@pytest.mark.parametrize("name", ["execute_python_safe", "code_run"])
async def test_a_program_alone_sees_no_file_and_leaves_none(context: ToolContext, files: MemoryFiles, name: str):
    await files.write({"secret.txt": b"s"})
    code = "import os\nopen('left.txt', 'w').write('1')\nprint('secret.txt' in os.listdir('.'))"
    ran = await told(context, name, code=code)
    assert ran.get("stdout", ran.get("output")) == "False\n"
    assert list(files.contents) == ["secret.txt"]


async def test_an_expression_is_worked_out_and_a_statement_is_not(context: ToolContext):
    assert (await told(context, "code_eval", expression=" {'a': 2 ** 10} "))["result"] == {"a": 1024}
    for expression, error in (
        ("x = 1", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("(" * 5000, "too many nested"),
    ):
        outcome = await TOOLS.run("code_eval", context, {"expression": expression})
        assert outcome.is_error
        assert error in outcome.content


async def test_a_shell_script_fails_with_its_status(context: ToolContext):
    ran = await told(context, "execute_shell", script="echo one; ls nowhere; exit 4")
    assert (ran["success"], ran["exit"], ran["stdout"]) == (False, 4, "one\n")
    assert "No such file" in ran["error"]


async def test_the_workspace_under_its_old_names(context: ToolContext, files: MemoryFiles):
    await told(context, "sandbox_workspace_write", path="/proj//a.txt", content="ä")
    assert await told(context, "sandbox_workspace_read", path="proj/a.txt") == {
        "success": True,
        "content": "ä",
        "path": "proj/a.txt",
    }
    listed = await told(context, "sandbox_workspace_list")
    assert [(each["name"], each["files"]) for each in listed["projects"]] == [("proj", ["a.txt"])]
    await files.write({"b.bin": b"\xff"})
    assert (
        await TOOLS.run("sandbox_workspace_read", context, {"path": "b.bin"})
    ).content == "'b.bin' is not a text in UTF-8."


async def test_variables_that_are_no_names_do_no_harm(context: ToolContext):
    variables = {"a": 1, "not a name": 2, "'''": "\\"}
    outcome = await TOOLS.run("execute_python", context, {"code": "a + 1", "context": variables})
    assert orjson.loads(outcome.content)["return_value"] == 2
