"""All processes below the supervisor: none is left behind, neither by an orderly end nor by a killed supervisor."""

import ctypes
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36
END_SECONDS = 5.0


def adopt_orphans() -> None:
    """Become the parent of every descendant whose parent ends, so that none of them gets out of sight (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> list[psutil.Process]:
    """Every process below this one."""
    return psutil.Process().children(recursive=True)


class FamilyRecord:
    """The processes of the running instance, in a file, for the start after a supervisor was killed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written: list[tuple[int, float]] = []

    def write(self) -> None:
        """Keep the pid and the start time of each: a pid alone may be somebody else's by then."""
        found: list[tuple[int, float]] = []
        for process in descendants():
            with suppress(psutil.NoSuchProcess):
                found.append((process.pid, process.create_time()))
        if found != self._written:
            self._written = found
            beside = self._file.with_suffix(".new")
            beside.write_text(json.dumps(found))
            beside.replace(self._file)

    def end_leftovers(self) -> int:
        """End what a killed supervisor left behind; answers how many processes that were."""
        try:
            recorded = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return 0
        left: list[psutil.Process] = []
        for pid, started in recorded:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if process.create_time() == started:
                    left.append(process)
        end(left)
        self.clear()
        return len(left)

    def clear(self) -> None:
        """Nothing runs any more."""
        self._file.unlink(missing_ok=True)


def end(processes: list[psutil.Process]) -> None:
    """Ask, wait, then kill."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=END_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=END_SECONDS)


def end_descendants() -> None:
    """End whatever is still below this process, again and again until nothing is: an ended parent hands us its own."""
    deadline = time.monotonic() + 3 * END_SECONDS
    while (left := descendants()) and time.monotonic() < deadline:
        end(left)
