"""The README's first example works as it stands, in ten lines; so does the command where nothing else is installed."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.conftest import Account

README = Path(__file__).parents[2] / "serve" / "sdk" / "README.md"


@pytest.fixture
async def signed_in(ada: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    """Ada, whose terminal knows her by a credentials file."""
    monkeypatch.setenv("APEXAURUM_CREDENTIALS", str(tmp_path / "credentials.json"))
    command = ["login", ada.url, "--email", ada.email]
    assert (await run(command, stdin=f"{ada.password}\n")).startswith("Signed in")
    return ada


async def run(command: list[str], stdin: str = "") -> str:
    """What the command writes, in a process of its own; `APEXAURUM_PYTHON` names another interpreter for it."""
    python = os.environ.get("APEXAURUM_PYTHON")
    env = {**os.environ, "PYTHONPATH": "" if python else str(README.parent)}
    arguments = command if command[0] == "-c" else ["-m", "apexaurum", *command]
    ran = await asyncio.to_thread(
        subprocess.run,
        [python or sys.executable, "-W", "error", *arguments],
        input=stdin,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


async def test_the_first_example_runs_a_swarm_in_ten_lines(signed_in: Account):
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    assert len([line for line in found[1].splitlines() if line]) <= 10
    *items, poem = (await run(["-c", found[1]])).splitlines()
    assert {line.split(" -> ")[0] for line in items[:3]} >= {"a lighthouse"}
    assert "a metronome" in "\n".join([*items, poem])


async def test_the_command_runs_in_a_process_of_its_own(signed_in: Account):
    assert await run(["chat", "count to 5"]) == "1 2 3 4 5\n"
    assert "calculator" in await run(["tools", "--find", "arithmetic"])
    assert "1 2 3" in await run(["swarm", "count to {input}", "3", "4", "--model", "scripted"])
