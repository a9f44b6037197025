"""Memory and processor time of processes, as the kernel counts them."""

from collections.abc import Iterable
from pathlib import Path

import psutil


def pss(process: psutil.Process) -> int:
    """Proportional set size (bytes): shared pages are divided among those who share them. 0 when it is gone."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


def total_pss(processes: Iterable[psutil.Process]) -> int:
    """Bytes of all of them."""
    return sum(pss(process) for process in processes)


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Processor time that they have used so far, in user and kernel mode."""
    used = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
    return used
