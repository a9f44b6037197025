"""Watches a running jail: keeps what it prints within bounds, and ends it when one of its limits is reached."""

import os
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.jail.plan import Plan
from sandbox.jail.warden.launch import Child
from sandbox.jail.warden.memory import exceeds

CHUNK = 256 * 1024
LOOK_SECONDS = 0.05
"""How often the memory of all processes together is looked at."""
REPORT_BYTES = 8 * 1024 * 1024
"""How much may arrive on the report's pipe before the run counts as one that prints too much."""


@dataclass
class Ending:
    """How the jail ended and what it had said."""

    status: int = 0
    killed_by: str | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    said: dict[int, bytearray] = field(default_factory=dict[int, bytearray])
    """What arrived, by descriptor."""


class Watch:
    """One jail from its start to its end. `lifeline` is a descriptor on which silence ends means: stop."""

    def __init__(self, plan: Plan, child: Child, lifeline: int) -> None:
        self._child = child
        self._memory = plan.memory_bytes
        self._lifeline = lifeline
        self._room = {child.stdout: plan.output_bytes, child.stderr: plan.output_bytes, child.report: REPORT_BYTES}
        self.ending = Ending(said={descriptor: bytearray() for descriptor in self._room})
        self._poll = select.poll()
        for descriptor in (*self._room, child.pidfd):
            self._poll.register(descriptor, select.POLLIN)

    def until_ready(self, seconds: float) -> bool:
        """Wait until the program inside waits for its order. Answers False if it ended, or took too long."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            for descriptor, _ in self._poll.poll(left * 1000):
                if descriptor == self._child.pidfd:
                    return False
                self._take(descriptor)
            if self.ending.said[self._child.report].startswith(b"ready\n"):
                del self.ending.said[self._child.report][:6]
                return True
        return False

    def until_end(self, seconds: float) -> Ending:
        """Watch the program until it ends or must be ended; then nothing of it is left."""
        began = time.monotonic()
        self._poll.register(self._lifeline, select.POLLIN | select.POLLHUP)
        self.ending.killed_by = self._watch(began + seconds)
        self.ending.seconds = time.monotonic() - began
        self.bury()
        self.ending.killed_by = self.ending.killed_by or self._ended_itself()
        for descriptor in self._room:
            self._drain(descriptor)
        return self.ending

    def bury(self) -> None:
        """Kill whatever is left and wait until it is gone: the init of a namespace goes last, after all within."""
        with suppress(ProcessLookupError):
            inner = children(self._child.pid)
            signal.pidfd_send_signal(self._child.pidfd, signal.SIGKILL)
            for pid in inner:
                os.kill(pid, signal.SIGKILL)
        while True:
            try:
                pid, status, used = os.wait4(-1, 0)
            except ChildProcessError:
                return
            self.ending.cpu_seconds += used.ru_utime + used.ru_stime
            if pid == self._child.pid:
                code = os.waitstatus_to_exitcode(status)
                self.ending.status = code if code >= 0 else 128 - code

    def _ended_itself(self) -> str | None:
        """What a status says of an end that we did not bring about."""
        if self.ending.status == 128 + signal.SIGXCPU:
            return "cpu"
        return "signal" if self.ending.status > 128 else None

    def _watch(self, ends: float) -> str | None:
        look = time.monotonic() + LOOK_SECONDS
        while True:
            now = time.monotonic()
            if now >= ends:
                return "time"
            if now >= look:
                look = now + LOOK_SECONDS
                if exceeds(self._child.pid, self._memory):
                    return "memory"
            for descriptor, _ in self._poll.poll((min(ends, look) - now) * 1000 + 1):
                if descriptor == self._lifeline:
                    return "cancel"
                if descriptor == self._child.pidfd:
                    return None
                if not self._take(descriptor):
                    return "output"

    def _take(self, descriptor: int) -> bool:
        """Read what is there. Answers False if it was more than there is room for."""
        try:
            more = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return True
        if not more:
            self._poll.unregister(descriptor)
        room = self._room[descriptor] - len(self.ending.said[descriptor])
        self.ending.said[descriptor] += more[:room]
        return len(more) <= room

    def _drain(self, descriptor: int) -> None:
        """Read what the dead left in their pipe."""
        while len(self.ending.said[descriptor]) < self._room[descriptor]:
            before = len(self.ending.said[descriptor])
            try:
                self._take(descriptor)
            except (KeyError, FileNotFoundError):
                return
            if len(self.ending.said[descriptor]) == before:
                return


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []
