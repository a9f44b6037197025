"""How much memory a tree of processes takes. The limits of a process cannot bound the sum of many."""

import os
from collections.abc import Iterator

PAGE = os.sysconf("SC_PAGE_SIZE")


def exceeds(root: int, most: int) -> bool:
    """Whether the descendants of this process take more than this many bytes, shared pages counted once.

    The exact count is slow, so it is made only if a coarse one, which can only be too high, is over the bound.
    """
    tree = list(descendants(root))
    return sum(map(_resident, tree)) > most and sum(map(_proportional, tree)) > most


def descendants(root: int) -> Iterator[int]:
    """A process and all that it started, as far as they are still alive."""
    pending = [root]
    while pending:
        pid = pending.pop()
        yield pid
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                pending += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
        except OSError:
            continue


def _resident(pid: int) -> int:
    try:
        return int(_read(f"/proc/{pid}/statm").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()
