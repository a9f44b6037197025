"""Which system calls a jailed process may make: an allow-list, since what is not needed is attack surface.

What is missing answers "no such call", from which the C library falls back (`clone3` to `clone`). Missing on purpose:
new namespaces, mounts, tracing, keyrings, modules, bpf, perf, io_uring, userfaultfd, SysV memory and `memfd_create`
(memory that no limit of a process counts), file handles, fanotify, and every socket family but three.
"""

from dataclasses import dataclass

from sandbox.jail.seccomp.numbers import TABLE

WHOLE = 0xFFFFFFFF
NEW_NAMESPACES = 0x7E020000
"""The bits of `clone` that ask for a namespace."""
UNIX, INET, INET6 = 1, 2, 10
STREAM, DATAGRAM, SEQUENCED = 1, 2, 5
KIND = 0xF
"""A socket's type without its flags."""
FORMAT, REGULAR, FIFO, SOCKET = 0o170000, 0o100000, 0o010000, 0o140000
TERMINAL_AND_FILE_QUESTIONS = (
    *(0x5401, 0x5402, 0x5403, 0x5404),  # TCGETS, TCSETS, TCSETSW, TCSETSF
    *(0x5413, 0x5414, 0x540F, 0x5410, 0x5411),  # window size, foreground group, TIOCOUTQ
    *(0x541B, 0x5421, 0x5450, 0x5451, 0x5452),  # FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FIOASYNC
    *(0x80045430, 0x40045431, 0x5441),  # TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER
    *(0x8910, 0x8912, 0x8913, 0x8927),  # an interface's name, list, flags, address
)
"""Never TIOCSTI or TIOCLINUX, which type into a terminal."""
PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)


@dataclass(frozen=True)
class Check:
    """The low half of one argument, masked, has this value."""

    argument: int
    value: int
    mask: int = WHOLE


def _socket(family: int, kind: int, protocol: int) -> tuple[Check, ...]:
    return Check(0, family), Check(1, kind, KIND), Check(2, protocol)


RULES: dict[str, tuple[tuple[Check, ...], ...]] = {
    "clone": ((Check(0, 0, NEW_NAMESPACES),),),
    "ioctl": tuple((Check(1, request),) for request in TERMINAL_AND_FILE_QUESTIONS),
    "socket": (
        *(_socket(UNIX, kind, 0) for kind in (STREAM, DATAGRAM, SEQUENCED)),
        *(_socket(family, STREAM, protocol) for family in (INET, INET6) for protocol in (0, 6)),
        *(_socket(family, DATAGRAM, protocol) for family in (INET, INET6) for protocol in (0, 17)),
    ),
    "personality": tuple((Check(0, value),) for value in PERSONALITIES),
    "mknod": tuple((Check(1, kind, FORMAT),) for kind in (0, REGULAR, FIFO, SOCKET)),
    "mknodat": tuple((Check(2, kind, FORMAT),) for kind in (0, REGULAR, FIFO, SOCKET)),
}
"""Calls whose arguments decide: each needs one of these alternatives to hold in full."""

PLAIN = frozenset(
    row.split()[0] for line in TABLE.strip().splitlines() if line[0] != "#" for row in line.split(",") if row.strip()
) - frozenset(RULES)
"""Calls that are allowed whatever their arguments."""
