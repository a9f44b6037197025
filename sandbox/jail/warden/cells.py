"""The warden of a kernel: it serves cell after cell in one jail, and between them nothing in the jail runs.

A cell that takes or prints too much is interrupted first, which keeps the kernel's variables. One that does not stop
is killed, and so is a kernel that exceeds what it may have for its whole life.
"""

import os
import select
import signal
import time
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from sandbox.jail.plan import STAGE, Plan
from sandbox.jail.warden import files, stage
from sandbox.jail.warden.launch import Child
from sandbox.jail.warden.memory import descendants, exceeds
from sandbox.jail.warden.pipes import answer, receive, result_in
from sandbox.jail.warden.watch import CHUNK, LOOK_SECONDS, Watch, children

CELL = "run/cell.py"
STOP_SECONDS = 2.0
"""How long an interrupted cell has to stop before its kernel is killed."""
TELL_SECONDS = 0.5
"""How often it is told, at most, what a cell has printed last."""
TOLD_BYTES = 1000
AGAIN_SECONDS = 0.5
"""It is asked to stop more than once: the first may come before the cell has begun, or be caught by it."""
STILL_SECONDS = 1.0
"""How long it may take until nothing in the jail runs any more."""
PAUSE_SECONDS = 0.0005
ANSWERED = "answered"
AT_REST = frozenset("TtZX")
"""States of a process that is stopped or dead."""


class CellWatch(Watch):
    """Watches one cell at a time. `stopped_by` says what interrupted it, and `killed_by` what ended the kernel."""

    def __init__(self, plan: Plan, child: Child, lifeline: int) -> None:
        super().__init__(plan, child, lifeline)
        self.stopped_by: str | None = None
        self.killed_by: str | None = None
        self._ends = self._again = self._tell_at = 0.0
        self._told = 0
        self._init = self._kernel = 0

    def until_ready(self, seconds: float) -> bool:
        """Wait until it waits for its first cell. Only then it is certain which process the kernel is."""
        if not super().until_ready(seconds):
            return False
        (self._init,) = children(self._child.pid)
        (self._kernel,) = children(self._init)
        self._poll.register(self._lifeline, select.POLLIN | select.POLLHUP)
        self._still()
        return True

    def go_on(self) -> None:
        """Let it run again, with nothing left in its pipes."""
        for descriptor, said in self.ending.said.items():
            said.clear()
            with suppress(BlockingIOError):
                while os.read(descriptor, CHUNK):
                    pass
        for pid in self._within():
            _signal(pid, signal.SIGCONT)

    def until_answered(self, marker: bytes, seconds: float) -> bool:
        """Watch one cell. Answers whether the kernel lives; it is stopped then, or else dead with all that it started.

        Raises EOFError when nobody wants the kernel any more.
        """
        began = time.monotonic()
        self.stopped_by, self._ends = None, began + seconds
        why = self._see(marker)
        lives = why == ANSWERED and self._still()
        self.ending.seconds = time.monotonic() - began
        if not lives:
            self.bury()
            why = "restless" if why == ANSWERED else why
            self.killed_by = why or self._ended_itself() or "exit"
        for descriptor in (self._child.stdout, self._child.stderr):
            self._drain(descriptor)
        return lives

    def _see(self, marker: bytes) -> str | None:
        """`ANSWERED`, or what the kernel must be killed for; None if it has ended."""
        look = 0.0
        self._tell_at, self._told = time.monotonic() + TELL_SECONDS, 0
        while True:
            now = time.monotonic()
            if why := self._overdue(now):
                return why
            if now >= look:
                look = now + LOOK_SECONDS
                self._tell(now)
                if exceeds(self._child.pid, self._memory):
                    return "memory"
            for descriptor, _ in self._poll.poll(max(0.0, min(self._ends, look) - now) * 1000 + 1):
                if descriptor == self._child.pidfd:
                    return None
                if not self._heed(descriptor):
                    return "output"
            if result_in(bytes(self.ending.said[self._child.report]), marker):
                return ANSWERED

    def _tell(self, now: float) -> None:
        """Tell what it has printed last, if that is more than before."""
        printed = self.ending.said[self._child.stdout]
        if now >= self._tell_at and len(printed) > self._told:
            self._tell_at, self._told = now + TELL_SECONDS, len(printed)
            answer({"state": "prints"}, bytes(printed[-TOLD_BYTES:]))

    def _overdue(self, now: float) -> str | None:
        """Ask a cell whose time is over to stop, and again; answers why it is to be killed when it had its chance."""
        if now >= self._ends:
            if self.stopped_by:
                return self.stopped_by
            self._stop("time")
        elif self.stopped_by and now >= self._again:
            self._interrupt(now)
        return None

    def _heed(self, descriptor: int) -> bool:
        """Take what came. Answers False if it is more than a kernel may say of one cell."""
        if descriptor == self._lifeline:
            receive()
            self._stop("cancel")
        elif not self._take(descriptor):
            if descriptor == self._child.report:
                return False
            self._stop("output")
        return True

    def _stop(self, why: str) -> None:
        """From now on it is asked to stop."""
        if self.stopped_by is None:
            now = time.monotonic()
            self.stopped_by, self._ends = why, now + STOP_SECONDS
            self._interrupt(now)

    def _interrupt(self, now: float) -> None:
        """Ask it to stop, and whatever it waits for: its group of processes."""
        self._again = now + AGAIN_SECONDS
        with suppress(ProcessLookupError):
            os.killpg(self._kernel, signal.SIGINT)

    def _still(self) -> bool:
        """Stop everything within; it goes on with the next cell. Answers False if something would not be still."""
        ends = time.monotonic() + STILL_SECONDS
        while running := [pid for pid in self._within() if _state(pid) not in AT_REST]:
            if time.monotonic() > ends:
                return False
            for pid in running:
                _signal(pid, signal.SIGSTOP)
            time.sleep(PAUSE_SECONDS)
        return True

    def _within(self) -> list[int]:
        return [pid for pid in descendants(self._init) if pid != self._init]


class Cells:
    """Serves the orders of one kernel."""

    def __init__(self, watch: CellWatch, child: Child, owner: int) -> None:
        self.go_on = True
        self._watch = watch
        self._child = child
        self._owner = owner
        self._known: dict[str, bytes] = {}
        """A digest of each file that the caller has, by name."""

    def serve(self, order: dict[str, Any], blobs: list[bytes]) -> None:
        """See one cell through. An interruption that comes when the cell has just ended is for nobody."""
        if order["state"] == "interrupt":
            return
        code, *contents = blobs
        given = dict(zip(order["names"], contents, strict=True))
        try:
            files.put(f"{STAGE}/work", given, self._owner)
        except OSError as error:
            answer({"state": "refused", "why": f"{error.strerror}: these files don't fit"})
            return
        self._known |= {name: _digest(content) for name, content in given.items()}
        stage.write(CELL, code)
        self._watch.go_on()
        with suppress(BrokenPipeError):
            os.write(self._child.order, f"{order['marker']} {order['what']}\n".encode())
        self.go_on = self._watch.until_answered(order["marker"].encode(), order["seconds"])
        self._report(order["marker"].encode())

    def _report(self, marker: bytes) -> None:
        found = files.harvest(f"{STAGE}/work", self._known, mark=_digest)
        self._known |= {name: _digest(content) for name, content in found.files.items()}
        ending = self._watch.ending
        head = {
            "state": "served",
            "stopped_by": self._watch.stopped_by,
            "killed_by": self._watch.killed_by,
            "exit": ending.status,
            "seconds": ending.seconds,
            "names": list(found.files),
            "left_out": found.left_out,
        }
        said = [bytes(ending.said[descriptor]) for descriptor in (self._child.stdout, self._child.stderr)]
        answer(head, *said, result_in(bytes(ending.said[self._child.report]), marker), *found.files.values())


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0].decode()
    except (OSError, IndexError):
        return "X"
