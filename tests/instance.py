"""A whole ApexAurum in processes of its own, started by its own command: for what can only be seen from outside."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

READY_SECONDS = 180.0
STOP_SECONDS = 60.0


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NotStarted(RuntimeError):
    """`apex up` ended, or took too long; the message is what it printed."""


class Instance:
    """One `apex up` with a data folder and a port of its own."""

    def __init__(self, home: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = home.parent / f"{home.name}.out"
        self._settings = dict(settings or {})
        self.left_behind: list[psutil.Process] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The supervisor."""
        assert self._process is not None, "not started"
        return self._process

    def spawn(self) -> None:
        """Start without waiting."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("APEX_", "RAY_", "ANTHROPIC_"))}
        env = {**inherited, "APEX_HOME": str(self.home), "APEX_PORT": str(self.port), **self._settings}
        with self.output.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cluster.cli", "up"],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def start(self) -> Self:
        """Start and wait until it is ready. Raises NotStarted with what it printed."""
        self.spawn()
        try:
            async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient() as client:
                while not await self._ready(client):
                    if self.process.poll() is not None:
                        raise NotStarted(self.printed())
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise NotStarted(self.printed()) from error
        return self

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/readyz", timeout=5)).status_code == 200
        except httpx.HTTPError:
            return False

    def printed(self) -> str:
        """All that it wrote to the terminal."""
        return self.output.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """The supervisor and every process below it."""
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def named(self, word: str) -> list[psutil.Process]:
        """Processes of this instance whose title or command line holds a word."""
        found: list[psutil.Process] = []
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                if word in " ".join(process.cmdline()):
                    found.append(process)
        return found

    async def stop(self, how: signal.Signals = signal.SIGTERM, *, group: bool = False) -> int:
        """Ask it to stop, wait, and answer its exit status. What does not stop in time is killed, and that raises.

        The whole process `group` is told, as some supervisors do, or the first process alone.
        """
        before = self.family()
        if self.process.poll() is None:
            os.killpg(self.process.pid, how) if group else self.process.send_signal(how)
        try:
            status = await asyncio.to_thread(self.process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for process in before:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            raise
        self.left_behind = [process for process in before if process.is_running()]
        return status

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            await self.stop()
