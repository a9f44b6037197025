"""What the machine shows of jails that run: their processes, and what is above them."""

from pathlib import Path

import psutil

HANG = "import signal\nopen('/work/here', 'w')\nwhile True: signal.pause()"
"""A program that says that it has begun, and goes on for ever."""


def begun() -> list[int]:
    """The processes in jails in which HANG has begun."""
    return [each.pid for each in psutil.process_iter() if _is_jailed(each) and _has_begun(each.pid)]


def above(pid: int, name: str) -> psutil.Process:
    """The nearest process above with this in its command."""
    for process in psutil.Process(pid).parents():
        if name in " ".join(process.cmdline()):
            return process
    raise AssertionError(f"no {name} is above {pid}")


def _is_jailed(process: psutil.Process) -> bool:
    try:
        return "/run/inside.py" in process.cmdline()
    except psutil.Error:
        return False


def _has_begun(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/root/work/here").exists()
    except OSError:
        return False
