"""Runs in the jail that is tested: tries each wall, and reports which of them held. It must fail at everything.

`check.py` sends it as a program, with what it planted outside for this one to find.
"""

import ctypes
import glob
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

NEW_USER, VSOCK = 0x10000000, 40
libc = ctypes.CDLL(None, use_errno=True)
Seen = bool | str


def refused(*calls: Callable[[], object]) -> Seen:
    """Whether every one of these calls fails; if not, which one went through."""
    for call in calls:
        with suppress(OSError):
            call()
            return f"{call.__name__.strip('_')} went through"
    return True


def denied(name: str, *arguments: Any) -> Callable[[], object]:
    """A call of the C library, as one that raises OSError when it fails."""

    def call() -> None:
        if getattr(libc, name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), name)

    call.__name__ = name
    return call


def read(path: str) -> bytes:
    """A file's beginning, or nothing."""
    with suppress(OSError), open(path, "rb") as file:
        return file.read(1 << 20)
    return b""


def connect(family: int, address: Any) -> Callable[[], object]:
    """An attempt to reach somebody."""

    def connection() -> None:
        with socket.socket(family, socket.SOCK_STREAM) as out:
            out.settimeout(2)
            out.connect(address)

    return connection


def write(path: str) -> Callable[[], object]:
    """An attempt to leave something where it does not belong."""

    def writing() -> None:
        open(f"{path}/canary", "w").close()

    writing.__name__ = f"writing to {path}"
    return writing


def status(name: str) -> str:
    """A line of our own status."""
    lines = read("/proc/self/status").decode().splitlines()
    return next((line.split()[1] for line in lines if line.startswith(f"{name}:")), "")


def bounded(targets: dict[str, Any]) -> Seen:
    """Whether what can run out is bounded as it was asked for."""
    for name, which in (("processes", resource.RLIMIT_NPROC), ("memory", resource.RLIMIT_AS)):
        most = resource.getrlimit(which)[1]
        if most == resource.RLIM_INFINITY or most > targets[name]:
            return f"{name}: no bound"
    room = os.statvfs("/work")
    if room.f_blocks * room.f_frsize > targets["work_bytes"] or room.f_files > targets["work_inodes"]:
        return "work folder: no bound"
    return True


def network() -> Seen:
    """Whether there is nothing to send by, nor anybody who answers."""
    interfaces = [line.split(":")[0].strip() for line in read("/proc/net/dev").decode().splitlines()[2:]]
    if interfaces != ["lo"]:
        return f"there are interfaces: {interfaces}"
    return refused(*(connect(socket.AF_INET, (host, 80)) for host in ("192.0.2.1", "169.254.169.254")))


def processes() -> Seen:
    """Whether there are only ours: the namespace's init and this program."""
    seen = glob.glob("/proc/[0-9]*")
    return len(seen) <= 2 or f"there are {len(seen)} processes"


def vsock() -> object:
    """A socket to the machine that this machine is a guest of: no network namespace covers it."""
    return socket.socket(VSOCK, socket.SOCK_STREAM)


def tried(targets: dict[str, Any]) -> dict[str, Seen]:
    """Every wall, and whether it held or what went through."""
    secret = targets["secret"].encode()
    outside = ("/", "/usr", "/etc", "/run", "/opt", "/opt/python", "/opt/site", "/dev", "/proc")
    sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    return {
        "files of the machine": secret not in read(targets["file"]),
        "environment": all(secret not in read(path) for path in glob.glob("/proc/[0-9]*/environ")),
        "processes of the machine": processes(),
        "loopback of the machine": refused(connect(socket.AF_INET, ("127.0.0.1", targets["port"]))),
        "abstract sockets": refused(connect(socket.AF_UNIX, "\0" + targets["abstract"])),
        "network": network(),
        "virtual sockets": refused(vsock),
        "new namespaces": refused(denied("unshare", NEW_USER)),
        "tracing": refused(denied("ptrace", 0, 0, 0, 0)),
        "mounts": refused(denied("mount", b"none", b"/work", b"tmpfs", 0, None), denied("chroot", b"/work")),
        "keyrings": refused(denied("syscall", targets["keyctl"], 0, -3, 0)),
        "read-only root": refused(*map(write, outside)),
        "capabilities": all(set(status(name)) == {"0"} for name in sets),
        "no new privileges": status("NoNewPrivs") == "1",
        "filter of system calls": status("Seccomp") == "2",
        "limits": bounded(targets),
    }
