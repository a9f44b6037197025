"""An event log's server that a test may kill, and the event that such tests publish."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from cluster.embedded.valkey import ValkeyServer


@dataclass(frozen=True, kw_only=True)
class Said:
    """An event."""

    text: str
    type: str = "said"


class MortalServer:
    """A server of one test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.server = ValkeyServer(folder, password="a-password-for-tests")
        self.server.start()

    def kill(self) -> None:
        """As kill -9 does."""
        assert self.server.pid is not None
        os.kill(self.server.pid, signal.SIGKILL)
        self.server.stop()

    def start_again(self, *, with_data: bool) -> None:
        """On the same port, with what was on disk or with nothing."""
        if not with_data:
            for file in self._folder.rglob("*.aof"):
                file.unlink()
            for file in self._folder.rglob("*.manifest"):
                file.unlink()
        self.server.start()
