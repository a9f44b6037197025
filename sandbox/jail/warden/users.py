"""Which user a jail runs as: as root, one of a pool, each for one jail at a time.

The kernel counts processes by user, and never counts root's: jails that shared one would starve each other, and root's
would have no limit at all.
"""

import fcntl
import os
import signal
import time

FOLDER = "/run/apexaurum/jail-users"
FIRST, COUNT = 1_900_000_000, 4096
"""Above every range that distributions give to people, services and containers."""
SWEEP_SECONDS = 1.0


class NoUserLeft(Exception):
    """Every user of the pool is confining something."""


def take() -> tuple[int, int]:
    """A user that nobody uses, and the open file whose lock keeps it ours. Raises NoUserLeft."""
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    first = os.getpid() % COUNT
    for step in range(COUNT):
        user = _first() + (first + step) % COUNT
        lock = os.open(f"{FOLDER}/{user}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        # A warden that was itself killed has left its mark, and perhaps processes.
        if os.fstat(lock).st_size == 0 or _sweep(user):
            os.pwrite(lock, b"in use", 0)
            return user, lock
        os.close(lock)
    raise NoUserLeft


def give_back(lock: int) -> None:
    """Nothing runs as this user any more."""
    os.ftruncate(lock, 0)
    os.close(lock)


def become(user: int) -> None:
    """Be this user for good, in no group."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _sweep(user: int) -> bool:
    """Kill all processes of this user. Answers whether none is left."""
    ends = time.monotonic() + SWEEP_SECONDS
    while _has_processes(user):
        child = os.fork()
        if child == 0:
            try:
                become(user)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if time.monotonic() > ends:
            return False
    return True


def _has_processes(user: int) -> bool:
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/status") as file:
                owner = next(line for line in file if line.startswith("Uid:")).split()[1]
        except (OSError, StopIteration):
            continue
        if int(owner) == user:
            return True
    return False


def _first() -> int:
    """The pool's first user; in a container that has fewer, the last ones that exist."""
    with open("/proc/self/uid_map") as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    top = max(start + count for start, _, count in ranges)
    return min(FIRST, top - COUNT - 1)
