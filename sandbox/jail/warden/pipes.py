"""A warden's own pipes: to and from whoever wanted the jail, and what a program says on its report."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from sandbox.jail import frames

LIFELINE, ANSWERS = 0, 1
LENGTH_DIGITS = 8


def receive() -> frames.Frame:
    """The next message. Raises EOFError if there is none."""
    return frames.unpack(_exactly)


def answer(head: Mapping[str, Any], *blobs: bytes) -> None:
    """Send a message; if nobody reads any more, nobody needs it."""
    pending = memoryview(frames.pack(head, blobs))
    try:
        while pending:
            pending = pending[os.write(ANSWERS, pending) :]
    except BrokenPipeError:
        sys.exit()


def result_in(report: bytes, marker: bytes) -> bytes:
    """The last whole result that carries the marker, or nothing."""
    end = len(report)
    while (at := report.rfind(marker, 0, end)) >= 0:
        begins = at + len(marker) + LENGTH_DIGITS
        try:
            length = int(report[at + len(marker) : begins], 16)
        except ValueError:
            length = len(report)
        if begins + length <= len(report):
            return report[begins : begins + length]
        end = at
    return b""


def _exactly(size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        more = os.read(LIFELINE, size - len(received))
        if not more:
            raise EOFError
        received += more
    return bytes(received)
