"""The few calls to the kernel that Python 3.11 has no name for."""

import ctypes
import os
import platform

NEW_NAMESPACE, NEW_USER = 0x00020000, 0x10000000
READ_ONLY, NOSUID, NODEV, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 0x1000, 0x4000, 0x40000
SET_SUBREAPER = 36
JOIN_SESSION_KEYRING = 1
KEYCTL = {"x86_64": 250, "aarch64": 219}

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces that these flags name for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount a file system, or show a folder in a second place."""
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data.encode() or None
    )
    _check(done, f"mount {target}")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose parent ends, so that none can outlive us unseen."""
    _check(_libc.prctl(SET_SUBREAPER, 1, 0, 0, 0), "prctl")


def leave_keyring() -> None:
    """Start an empty session keyring: the inherited one would reach through every namespace."""
    call = KEYCTL[platform.machine()]
    if _libc.syscall(ctypes.c_long(call), ctypes.c_long(JOIN_SESSION_KEYRING), None) < 0:
        raise OSError(ctypes.get_errno(), "a session keyring of its own")


def _check(answer: int, what: str) -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
