# pyright: basic
"""Starts an MCP server beside itself in the jail, asks it one thing over its standard input and output, and ends it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import IO, Any

from sandbox.programs.refusal import Refused

VERSION = "2025-06-18"
MOST_LINE = 4 * 1024 * 1024
MOST_ANSWER = 900_000
MOST_LINES = 10_000
MOST_PAGES = 20
LAST_WORDS = 400
NO_SUCH_METHOD = -32601
SITE = "/opt/site"


def list_tools(command: list[str], environment: dict[str, str]) -> list[Any]:
    """All tools, as the server tells of them."""
    found: list[Any] = []
    with Conversation(command, environment) as server:
        cursor = None
        for _ in range(MOST_PAGES):
            page = server.ask("tools/list", {} if cursor is None else {"cursor": cursor})
            tools = page.get("tools")
            found += tools if isinstance(tools, list) else []
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str):
                break
    return _bounded(found)


def call_tool(command: list[str], environment: dict[str, str], name: str, arguments: dict[str, Any]) -> Any:
    """What a tool answered."""
    with Conversation(command, environment) as server:
        return _bounded(server.ask("tools/call", {"name": name, "arguments": arguments}))


class Conversation:
    """One server from its start to its end. Used as a context."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._complaints: IO[bytes] = tempfile.TemporaryFile()
        self._count = 0
        try:
            self._process = subprocess.Popen(
                [_program(command[0]), *command[1:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env={**os.environ, "PYTHONPATH": SITE, **environment},
            )
        except OSError as error:
            raise Refused(f"The server cannot be started: {error.strerror}.") from None

    def __enter__(self) -> "Conversation":
        about = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "apexaurum", "version": "1"}}
        self.ask("initialize", about)
        self._send({"method": "notifications/initialized"})
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The server's result."""
        self._count += 1
        self._send({"id": self._count, "method": method, "params": params})
        for _ in range(MOST_LINES):
            told = self._receive()
            if "method" in told:
                self._reply(told)
            elif told.get("id") == self._count:
                return self._result(told)
        raise Refused("The server says much and does not answer.")

    def _result(self, told: dict[str, Any]) -> dict[str, Any]:
        error, result = told.get("error"), told.get("result")
        if isinstance(error, dict):
            raise Refused(f"The server refuses: {str(error.get('message', ''))[:LAST_WORDS]}")
        if not isinstance(result, dict):
            raise Refused("The server answers in a way that is not MCP.")
        return result

    def _reply(self, asked: dict[str, Any]) -> None:
        """Answer what the server asks of us: that we are there, and nothing else."""
        if "id" not in asked:
            return
        refused = {"error": {"code": NO_SUCH_METHOD, "message": "this client offers nothing"}}
        self._send({"id": asked["id"], **({"result": {}} if asked["method"] == "ping" else refused)})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._ended() from None

    def _receive(self) -> dict[str, Any]:
        """The next message. What is no JSON object is passed over: some servers print what they should log."""
        assert self._process.stdout is not None
        for _ in range(MOST_LINES):
            line = self._process.stdout.readline(MOST_LINE)
            if not line:
                raise self._ended()
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if isinstance(told, dict):
                return told
        raise Refused("The server prints much that is not MCP.")

    def _ended(self) -> Refused:
        try:
            status = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return Refused("The server closed its output and does not answer.")
        self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, self._complaints.tell() - LAST_WORDS))
        said = self._complaints.read().decode(errors="replace").strip()
        return Refused(f"The server ended with status {status}." + (f" It said: {said}" if said else ""))


def _program(name: str) -> str:
    """Where a program is: Python is the one that runs here."""
    if name in ("python", "python3"):
        return sys.executable
    found = shutil.which(name)
    if found is None:
        raise Refused(f"There is no program {name!r} in the jail. `python` and `bash` are there.")
    return found


def _bounded(value: Any) -> Any:
    if len(json.dumps(value)) > MOST_ANSWER:
        raise Refused(f"The server answered more than {MOST_ANSWER} characters.")
    return value
