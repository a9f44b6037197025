"""A server process that we run: started in a group of its own, logged to a file, and ended without leaving anything."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from cluster.embedded.account import SAME, Account
from cluster.errors import Unavailable

KILL_WAIT = 10.0
"""Seconds that a killed process may take to go."""


@dataclass
class ServerProcess:
    """A running process, started by us or taken over from a run that was killed."""

    process: psutil.Process
    popen: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        *,
        folder: Path,
        log: Path,
        env: Mapping[str, str],
        account: Account = SAME,
    ) -> Self:
        """Start a command. Its group is its own, so that Ctrl-C reaches only the supervisor."""
        with log.open("ab") as out:
            popen = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
                user=account.uid,
                group=account.gid,
                extra_groups=account.groups,
            )
        return cls(psutil.Process(popen.pid), popen)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def alive(self) -> bool:
        """Whether it runs; a zombie does not."""
        if self.popen is not None and self.popen.poll() is not None:
            return False
        return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE

    def stop(self, ask: signal.Signals, *, seconds: float) -> None:
        """Ask it to end, wait, then kill its whole group. Raises Unavailable when even that does not end it."""
        if self.alive():
            self.process.send_signal(ask)
        if not self._gone(seconds):
            os.killpg(self.pid, signal.SIGKILL)
            if not self._gone(KILL_WAIT):
                raise Unavailable(f"process {self.pid} ({self.process.name()}) cannot be ended")

    def _gone(self, seconds: float) -> bool:
        try:
            if self.popen is not None:
                self.popen.wait(seconds)
            else:
                self.process.wait(seconds)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            return False
        return True


def tail(log: Path, lines: int = 6) -> str:
    """The last lines of a log, for a message that says why a server did not start."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
