"""`apex sandbox`, the jail's door for operators."""

import json
from base64 import b64decode
from typing import Any

from click.testing import CliRunner

from sandbox.cli import sandbox
from sandbox.jail.check import WALLS


def run(program: str, *options: str) -> dict[str, Any]:
    done = CliRunner().invoke(sandbox, ["run", *options], input=program)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_run_prints_one_object():
    said = run("print('hello')\nopen('made.txt', 'w').write('x')\nraise SystemExit(5)")
    assert (said["stdout"], said["stderr"], said["exit"], said["timed_out"], said["killed_by"]) == (
        *("hello\n", "", 5),
        *(False, None),
    )
    assert {name: b64decode(content) for name, content in said["files"].items()} == {"made.txt": b"x"}


def test_run_keeps_to_its_time_and_memory():
    assert run("while True: pass", "--timeout", "0.3")["timed_out"]
    assert "MemoryError" in run("bytearray(300 << 20)", "--memory", "200")["stderr"]


def test_run_takes_shell_scripts():
    assert run("echo $((6 * 7))", "--shell")["stdout"] == "42\n"


def test_check_lists_every_wall():
    done = CliRunner().invoke(sandbox, ["check"])
    assert done.exit_code == 0
    assert [wall for wall in WALLS if f"holds    {wall}" not in done.output] == []
