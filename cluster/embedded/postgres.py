"""A private PostgreSQL from the programs of any installation, so that a bare machine has a real database.

Reached on loopback TCP with a password. Data lie in `folder/cluster`; two starters do not collide, a half-made cluster
is never taken for a good one, and a server that outlived its supervisor is taken over.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from cluster.embedded.account import Account, server_account
from cluster.embedded.files import held, write_private
from cluster.embedded.ports import free_ports
from cluster.embedded.postgres_binaries import find_binaries, reachable_binaries
from cluster.embedded.process import ServerProcess, tail
from cluster.errors import Unavailable

OWNER = "apex"
"""The role that owns the schema of the embedded database."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
READY_SECONDS = 120.0
"""How long a start may take, recovery of a crash included."""
STOP_SECONDS = 30.0
LEAN: Mapping[str, str] = {
    "shared_buffers": "96MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "max_logical_replication_workers": "0",
    "max_worker_processes": "4",
    "autovacuum_naptime": "10s",
    "io_method": "sync",
    "jit": "off",
    "logging_collector": "off",
    "log_checkpoints": "off",
}
"""Settings that keep a mostly idle server small, and have it know its tables within seconds of their first rows."""


class PostgresServer:
    """One server over one data folder. Start and stop block for seconds at most."""

    def __init__(self, folder: Path, *, password: str, options: Mapping[str, str] | None = None) -> None:
        self.folder = folder.absolute()
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "postgres.log"
        self.port = 0
        self._password = password
        self._options = {**LEAN, **(options or {})}
        self._account = server_account()
        self._server: ServerProcess | None = None

    def start(self, port: int | None = None) -> None:
        """Make the cluster if there is none, then start or take over its server. Raises Unavailable with why."""
        if self.alive():
            return
        binaries = reachable_binaries(find_binaries(), self._account)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held(self.folder / "lock", wait=True):
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise(binaries)
            running = self._running()
            if running is not None:
                self._server, self.port = running
            else:
                self.port = port or self.port or free_ports(1)[0]
                self._server = self._launch(binaries)

    def stop(self) -> None:
        """Stop at once: open transactions roll back, what is committed stays."""
        if self._server is not None:
            self._server.stop(signal.SIGINT, seconds=STOP_SECONDS)
            self._server = None

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self._server is not None and self._server.alive()

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._server.pid if self._server else None

    def url(self, database: str = "apex") -> str:
        """The owner's URL of a database on it."""
        return f"postgresql://{OWNER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def _initialise(self, binaries: Path) -> None:
        making = self.folder / "cluster.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        secret = self.folder / "password.new"
        write_private(secret, self._password)
        self._account.give(making, secret)
        fd = os.open(secret, os.O_RDONLY)
        try:
            done = subprocess.run(
                [
                    *(binaries / "initdb", "-D", _as_seen_from(making, self._account), "-U", OWNER),
                    *("-A", "scram-sha-256", f"--pwfile=/dev/fd/{fd}", "--encoding=UTF8", "--data-checksums"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                ],
                cwd=making,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(fd,),
                check=False,
                user=self._account.uid,
                group=self._account.gid,
                extra_groups=self._account.groups,
            )
        finally:
            os.close(fd)
            secret.unlink()
        if done.returncode:
            raise Unavailable(f"PostgreSQL could not make its data folder {self.folder}: {done.stdout.decode()[-800:]}")
        making.rename(self.cluster)

    def _launch(self, binaries: Path) -> ServerProcess:
        options = {
            **self._options,
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": self._socket_folder(),
        }
        command = [binaries / "postgres", "-D", _as_seen_from(self.cluster, self._account)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = ServerProcess.start(command, folder=self.cluster, log=self.log, env=ENVIRONMENT, account=self._account)
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready(server):
            if not server.alive() or time.monotonic() > deadline:
                server.stop(signal.SIGINT, seconds=STOP_SECONDS)
                raise Unavailable(f"PostgreSQL does not start; its log {self.log} ends with:\n{tail(self.log)}")
            time.sleep(0.02)
        return server

    def _ready(self, server: ServerProcess) -> bool:
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0].strip() == str(server.pid) and lines[7].strip() == "ready"

    def _running(self) -> tuple[ServerProcess, int] | None:
        """The server that a killed supervisor left behind, and its port.

        The pid file alone proves nothing: its number may belong to a zombie or to somebody else by now.
        """
        lines = self._pid_file()
        if len(lines) < 4:
            return None
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                process = psutil.Process(int(lines[0]))
                if process.status() != psutil.STATUS_ZOMBIE:
                    if Path(process.cwd()) == self.cluster and process.name().startswith("postgres"):
                        return ServerProcess(process), int(lines[3])
                    break
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                break
            time.sleep(0.05)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        return None

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _socket_folder(self) -> str:
        """A folder for the unix socket; none when its path is too long for one or out of the account's reach."""
        folder = self.folder / "socket"
        if self._account.lesser or len(str(folder)) > 80:
            return ""
        folder.mkdir(mode=0o700, exist_ok=True)
        return str(folder)


def _as_seen_from(folder: Path, account: Account) -> str:
    """The data folder's name for a server that runs in it.

    A lesser account may not pass the folders above (/root), but it may stay in the one that root put it into.
    """
    return "/proc/self/cwd" if account.lesser and Path("/proc/self/cwd").exists() else str(folder)
