"""Files that must be whole or absent, and secret where they hold secrets: written beside, then renamed into place."""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter (0700), or narrow an existing one to that."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        beside.unlink()
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def kept_secret(path: Path) -> str:
    """The secret in a file: 256 random bits, made at the first call and kept since."""
    private_folder(path.parent)
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_text().strip()


@contextmanager
def held(path: Path, *, wait: bool) -> Generator[bool]:
    """Hold an exclusive lock on a file. Yields False when `wait` is off and another process holds it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            flock(fd, LOCK_EX if wait else LOCK_EX | LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            flock(fd, LOCK_UN)
    finally:
        os.close(fd)
