"""The command line, as it is typed."""

import asyncio
import io
import json
from pathlib import Path

import pytest

from apexaurum.cli.main import main
from apexaurum.credentials import InFile
from apexaurum.requests import Request, get
from tests.sdk.conftest import Account


class Terminal:
    """Runs commands with a credentials file of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.file = file
        monkeypatch.setenv("APEXAURUM_CREDENTIALS", str(file))

    async def run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        """The exit status, and what was written to either side."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        status = await asyncio.to_thread(main, arguments)
        out, err = self._capsys.readouterr()
        return status, out, err


@pytest.fixture
async def nobody(
    ada: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Terminal:
    """A terminal where nobody has signed in."""
    return Terminal(capsys, monkeypatch, tmp_path / "credentials.json")


@pytest.fixture
async def terminal(nobody: Terminal, ada: Account) -> Terminal:
    """A terminal where Ada has signed in."""
    status, out, _ = await nobody.run("login", ada.url, "--email", ada.email, stdin=f"{ada.password}\n")
    assert (status, out) == (0, f"Signed in to {ada.url} as {ada.email}.\n")
    return nobody


async def test_who_has_not_signed_in_is_told_how_to(nobody: Terminal, ada: Account):
    status, out, err = await nobody.run("--url", ada.url, "tools")
    assert (status, out) == (1, "")
    assert "apexaurum login" in err


async def test_a_wrong_password_signs_nobody_in(nobody: Terminal, ada: Account):
    status, _, err = await nobody.run("login", ada.url, "--email", ada.email, stdin="wrong\n")
    assert status == 1
    assert "no account with this email and password" in err
    assert InFile(nobody.file, ada.url).load() is None


async def test_signing_out_forgets_the_server(terminal: Terminal, ada: Account):
    assert (await terminal.run("login", "--out"))[0] == 0
    assert InFile(terminal.file, ada.url).load() is None
    assert ada.password not in terminal.file.read_text()


async def test_a_conversation_goes_on_line_by_line(terminal: Terminal):
    status, out, err = await terminal.run("chat", "count to 5")
    assert (status, out) == (0, "1 2 3 4 5\n")
    conversation = err.split()[-1]
    status, out, err = await terminal.run("chat", "--conversation", conversation, stdin="count to 3\n\nhello\n")
    assert (status, out) == (0, "1 2 3\nYou said: hello\n")
    assert err.split()[-1] == conversation


async def test_an_answer_that_failed_fails_the_command(terminal: Terminal):
    status, _, err = await terminal.run("chat", "fail refused")
    assert status == 1
    assert "failed:" in err


async def test_a_tool_that_asks_is_refused_where_nobody_is_at_the_keyboard(terminal: Terminal, ada: Account):
    async with ada.async_apex() as apex:
        transport = apex.chat._transport  # pyright: ignore[reportPrivateUsage]
        preferences = await transport.ask(get("/user/preferences"))
        asking = {**preferences, "tool_rules": {"calculator": "ask"}}
        await transport.ask(Request(method="PUT", path="/user/preferences", json=asking))
    status, out, err = await terminal.run("chat", 'use tool calculator with {"expression": "6*7"}')
    assert "wants to run (rule)" in err
    assert "42" not in out
    assert status == 0


async def test_tools_are_listed_shown_and_run(terminal: Terminal):
    assert "calculator" in (await terminal.run("tools", "--find", "arithmetic"))[1]
    status, out, _ = await terminal.run("tools", "calculator")
    assert (status, json.loads(out)["name"]) == (0, "calculator")
    status, out, _ = await terminal.run("tools", "calculator", '{"expression": "6*7"}')
    assert status == 0
    assert "42" in out
    assert (await terminal.run("tools", "calculator", "-", stdin='{"expression": "6*"}'))[0] == 1


async def test_nonsense_is_explained(terminal: Terminal):
    with pytest.raises(SystemExit) as left:
        await terminal.run("tools", "calculator", "{")
    assert left.value.code == 2
    with pytest.raises(SystemExit):
        await terminal.run("swarm", "a task without inputs")
