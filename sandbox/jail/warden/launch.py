"""Starts bubblewrap as somebody who may do nothing, with nothing of ours: no environment, no files, no keyring."""

import fcntl
import os
import resource
import signal
from dataclasses import dataclass

from sandbox.jail.plan import STAGE, Plan
from sandbox.jail.warden import kernel, users

ORDER, REPORT, ARGS, SECCOMP = 3, 4, 5, 6
HIGH = 64
"""Descriptors are moved here first, so that putting one in its place cannot overwrite another."""
MOST_OPEN = 4096
"""A warden never has more descriptors open than this; all of its own close by themselves as well."""
FIRST_VICTIM = "1000"
"""For the kernel, when memory runs out."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """The running jail as its warden sees it."""

    pid: int
    pidfd: int
    order: int
    report: int
    stdout: int
    stderr: int


def launch(plan: Plan, user: int | None, seccomp: bytes) -> Child:
    """Start the jail. `user` is whom to become first; None if we are an ordinary user already."""
    order, report, out, err = os.pipe(), os.pipe(), os.pipe(), os.pipe()
    args = _holding(b"".join(word.encode() + b"\0" for word in plan.options))
    given = (os.open("/dev/null", os.O_RDONLY), out[1], err[1], order[0], report[1], args, _holding(seccomp))
    pid = os.fork()
    if pid == 0:
        try:
            _place(given)
            _renounce(plan, user)
            # A process inside can read bubblewrap's command line and environment, so both hold nothing of this machine.
            os.execve(f"{STAGE}/{plan.bwrap}", ["bwrap", "--args", str(ARGS), "--", *plan.command], {})
        except BaseException as error:
            os.write(2, f"the jail could not be started: {error}\n".encode())
        finally:
            os._exit(127)
    for descriptor in given:
        os.close(descriptor)
    for descriptor in (report[0], out[0], err[0]):
        os.set_blocking(descriptor, False)
    return Child(pid=pid, pidfd=os.pidfd_open(pid), order=order[1], report=report[0], stdout=out[0], stderr=err[0])


def _holding(content: bytes) -> int:
    """A descriptor from which this content can be read."""
    descriptor = os.memfd_create("given", os.MFD_CLOEXEC)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _place(given: tuple[int, ...]) -> None:
    """Put the descriptors in their places, counted from 0, and close all others."""
    moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, HIGH) for descriptor in given]
    for place, descriptor in enumerate(moved):
        os.dup2(descriptor, place)
    os.closerange(len(moved), max(moved) + 1 + MOST_OPEN)


def _renounce(plan: Plan, user: int | None) -> None:
    """Give up what we have, most of it for good."""
    kernel.leave_keyring()
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(FIRST_VICTIM)
    # Python ignores two signals; a shell inside would inherit that and its pipelines would not end.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.chdir("/")
    for name, most in plan.rlimits.items():
        which = getattr(resource, name, None)
        if which is not None:
            resource.setrlimit(which, (most, most))
    if user is not None:
        users.become(user)
