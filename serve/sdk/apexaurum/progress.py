"""A bar in the terminal, and nothing where there is none."""

import sys
from shutil import get_terminal_size
from time import monotonic
from types import TracebackType
from typing import TextIO

EVERY_SECONDS = 0.1
BAR = 24


class Progress:
    """How far something is. It draws on one line of a terminal's error output."""

    def __init__(self, name: str, total: int, *, shown: bool = True, unit: str = "", out: TextIO | None = None) -> None:
        self._name, self._total, self._unit = name, total, unit
        self._out = out or sys.stderr
        self._shown = shown and self._out.isatty()
        self._begin = monotonic()
        self._drawn = 0.0
        self._done = 0
        self._note = ""

    def to(self, done: int, *, total: int | None = None, note: str | None = None) -> None:
        """So much is done now."""
        self._done = done
        self._total = self._total if total is None else total
        self._note = self._note if note is None else note
        if self._shown and monotonic() - self._drawn > EVERY_SECONDS:
            self._draw()

    def line(self) -> str:
        """What it looks like."""
        share = min(1.0, self._done / self._total) if self._total else 0.0
        full = round(share * BAR)
        speed = self._done / max(monotonic() - self._begin, 1e-9)
        left = f" {clock((self._total - self._done) / speed)} left" if 0 < self._done < self._total else ""
        counts = f"{amount(self._done, self._unit)}/{amount(self._total, self._unit)}"
        return f"{self._name[:30]} [{'#' * full}{'.' * (BAR - full)}] {counts}{left}{self._note and f'  {self._note}'}"

    def _draw(self) -> None:
        self._drawn = monotonic()
        self._out.write(f"\r\x1b[K{self.line()[: get_terminal_size().columns - 1]}")
        self._out.flush()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._draw()
            self._out.write("\n")


def amount(count: int, unit: str) -> str:
    """A count, or bytes in their largest unit."""
    if unit != "B" or count < 1024:
        return f"{count}{unit and f' {unit}'}"
    power = min(3, (count.bit_length() - 1) // 10)
    return f"{count / 1024**power:.1f} {' KMG'[power]}iB"


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
