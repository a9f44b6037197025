"""What the disk takes to keep a page: each message that is acknowledged waits for it once."""

import os
import time
from pathlib import Path

FLUSHES = 1000
PAGE = b"\0" * 8192


def flushes(path: Path) -> list[float]:
    """Seconds of each flush of one page of an existing file to the disk (fdatasync), as a database's log does it."""
    taken: list[float] = []
    path.write_bytes(PAGE * FLUSHES)
    with path.open("r+b", buffering=0) as file:
        os.fsync(file.fileno())
        for _ in range(FLUSHES):
            began = time.perf_counter()
            file.write(PAGE)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return taken
