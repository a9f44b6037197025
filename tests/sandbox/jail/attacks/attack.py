"""An attack: a short program that says ESCAPED when it got somewhere, and TRIED when it has tried everything."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Language, Outcome

SMALL = Limits(
    wall_seconds=10,
    cpu_seconds=8,
    memory_bytes=256 * MIB,
    work_bytes=16 * MIB,
    work_inodes=500,
    scratch_bytes=8 * MIB,
    scratch_inodes=500,
    file_bytes=8 * MIB,
    output_bytes=MIB,
    processes=32,
    open_files=64,
)
"""Tight, so that a bomb that would be caught is small enough to let off outside of a jail, too."""

PRELUDE = '''
import array, contextlib, ctypes, errno, fcntl, glob, os, platform, resource, select, signal, socket, stat, struct, sys
OUT = {outside!r}
libc = ctypes.CDLL(None, use_errno=True)
def escaped(*what):
    print("ESCAPED", *what, flush=True)
def attempt(call, *arguments):
    """Whatever does not raise got through."""
    try:
        escaped(getattr(call, "__name__", call), call(*arguments))
    except (OSError, ValueError, ImportError, AttributeError) as error:
        print("refused:", error)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)
    return name
def reads(path):
    with open(path, "rb") as file:
        if OUT["secret"].encode() in file.read(1 << 20):
            return path
    raise OSError(errno.ENOENT, "the secret is not there")
def wait():
    select.select([], [], [], 60)
'''

Verdict = Callable[[Outcome], bool]


def contained(outcome: Outcome) -> bool:
    """It ran to its end and got nowhere."""
    return "ESCAPED" not in outcome.stdout and "TRIED" in outcome.stdout and outcome.killed_by is None


def ended(*by: str) -> Verdict:
    """It was ended by one of these limits, in time, and got nowhere."""

    def verdict(outcome: Outcome) -> bool:
        return outcome.killed_by in by and "ESCAPED" not in outcome.stdout and outcome.seconds < SMALL.wall_seconds + 2

    return verdict


def harmless(outcome: Outcome) -> bool:
    """However it ended, it got nowhere."""
    return "ESCAPED" not in outcome.stdout and outcome.seconds < SMALL.wall_seconds + 2


@dataclass(frozen=True, kw_only=True)
class Attack:
    """A case."""

    name: str
    program: str
    verdict: Verdict = contained
    works_outside: bool = True
    """It is safe to try without a jail, and succeeds there."""
    language: Language = "python"
    limits: Limits = SMALL

    def code(self, outside: dict[str, object]) -> str:
        """The whole program, knowing what was planted outside for it."""
        if self.language == "shell":
            return self.program
        return f'{PRELUDE.replace("{outside!r}", repr(outside))}{self.program}\nprint("TRIED")\n'
