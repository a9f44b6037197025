"""Figures and how they are printed: medians, tails and ratios, never a verdict."""

import statistics
import sys
from collections.abc import Sequence

MIB = 1024 * 1024


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the others does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def spread(seconds: Sequence[float]) -> str:
    """Median and 99th percentile, in milliseconds."""
    return f"p50 {statistics.median(seconds) * 1000:7.1f} ms   p99 {percentile(seconds, 0.99) * 1000:7.1f} ms"


def tail(seconds: Sequence[float]) -> str:
    """Median and 95th percentile, in milliseconds."""
    return f"p50 {median(seconds) * 1000:7.1f} ms   p95 {percentile(seconds, 0.95) * 1000:7.1f} ms"


def say(line: str = "") -> None:
    """A line of the report, shown as soon as it is known."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def row(what: str, value: str) -> None:
    """One figure."""
    say(f"  {what:<52} {value}")
