"""Turns the policy into a BPF program, in pure Python, so that the shipped filter can be made again anywhere.

A classic BPF program over `struct seccomp_data`: the call's number at 0, the architecture at 4, arguments of 64 bits
from 16. The kernel takes all arguments that we look at as 32 bits, so their low halves are enough.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence

from sandbox.jail.seccomp.numbers import numbers
from sandbox.jail.seccomp.policy import PLAIN, RULES, Check

LOAD, AND, EQUAL, GREATER, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x25, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
ALLOW, KILL, NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x00050000 | 38
"""`SECCOMP_RET_ALLOW`, `SECCOMP_RET_KILL_PROCESS`, and an error (ENOSYS) from which the C library falls back."""
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000
"""The bit that marks x86-64's second, 32-bit table of calls."""

Code = tuple[int, int, int, int]
"""One instruction: operation, how many to jump over if true, if false, and a constant."""


def program(architecture: str) -> bytes:
    """The filter for this architecture, as the kernel takes it."""
    calls = numbers(architecture)
    code: list[Code] = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 1, 0, AUDIT[architecture]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
        (AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, KILL),
    ]
    for name, checks in RULES.items():
        if name in calls:
            code += _only_if(calls[name], checks)
    for low, high in _runs(calls[name] for name in calls if name in PLAIN):
        code += [(GREATER, 3, 0, high), (AT_LEAST, 0, 1, low), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, NO_SUCH_CALL)]
    code.append((RETURN, 0, 0, NO_SUCH_CALL))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _only_if(number: int, alternatives: Sequence[Sequence[Check]]) -> list[Code]:
    """Allow the call when every check of one alternative holds; the number is in the accumulator, and stays there."""
    body: list[Code] = []
    for checks in alternatives:
        tests: list[Code] = []
        for place, check in enumerate(checks):
            after = 3 * (len(checks) - place - 1) + 1
            tests += [
                (LOAD, 0, 0, ARGUMENTS_AT + 8 * check.argument),
                (AND, 0, 0, check.mask),
                (EQUAL, 0, after, check.value),
            ]
        body += [*tests, (RETURN, 0, 0, ALLOW)]
    body.append((RETURN, 0, 0, NO_SUCH_CALL))
    return [(EQUAL, 0, len(body), number), *body]


def _runs(values: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as ranges, ascending."""
    ordered = sorted(values)
    low = high = ordered[0]
    for value in ordered[1:]:
        if value != high + 1:
            yield low, high
            low = value
        high = value
    yield low, high
