"""Counts what happens in a process, for whoever comes to read it: no locks, no calls elsewhere, one dictionary update.

An instrument is fed from the event loop of its process alone. What is read here goes out by an exporter: on Ray through
its metrics agent (`cluster/runtime/on_ray/metrics.py`); in a process of its own it stays.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from contextlib import suppress

Labels = tuple[str, ...]
Reading = Callable[[], Mapping[Labels, float]]
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Bounds for durations, from a wake to a long answer."""


class Instrument:
    """What is measured: its name, what it means (with its unit), and what it is told apart by."""

    def __init__(self, name: str, meaning: str, labels: Labels = ()) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = labels


class Counter(Instrument):
    """Only grows."""

    def __init__(self, name: str, meaning: str, labels: Labels = ()) -> None:
        super().__init__(name, meaning, labels)
        self.values: dict[Labels, float] = {}

    def add(self, amount: float, *labels: str) -> None:
        """Count so many more."""
        self.values[labels] = self.values.get(labels, 0.0) + amount


class Gauge(Instrument):
    """How much there is now: what was set, or what its readings say when it is asked."""

    def __init__(self, name: str, meaning: str, labels: Labels = ()) -> None:
        super().__init__(name, meaning, labels)
        self._set: dict[Labels, float] = {}
        self._readings: list[Reading] = []

    def set(self, value: float, *labels: str) -> None:
        """It is so much now."""
        self._set[labels] = value

    def add(self, amount: float, *labels: str) -> None:
        """It is so much more, or less."""
        self._set[labels] = self._set.get(labels, 0.0) + amount

    def watch(self, reading: Reading) -> Callable[[], None]:
        """Ask this whenever the gauge is read; costs nothing meanwhile. Answers what ends it."""
        self._readings.append(reading)

        def end() -> None:
            with suppress(ValueError):
                self._readings.remove(reading)

        return end

    @property
    def values(self) -> dict[Labels, float]:
        """What is there now. Readings of the same labels are added up; labels that were there once read zero."""
        values = dict.fromkeys(self._set, 0.0)
        for reading in (lambda: self._set, *self._readings):
            for labels, value in reading().items():
                values[labels] = values.get(labels, 0.0) + value
        for labels in values:
            self._set.setdefault(labels, 0.0)
        return values


class Spread:
    """How often a value fell into each bucket, and the sum."""

    __slots__ = ("buckets", "total")

    def __init__(self, buckets: int) -> None:
        self.buckets = [0] * buckets
        self.total = 0.0

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.buckets)


class Histogram(Instrument):
    """How values are spread over buckets; the last bucket holds what is above all bounds."""

    def __init__(self, name: str, meaning: str, labels: Labels = (), *, bounds: tuple[float, ...] = SECONDS) -> None:
        super().__init__(name, meaning, labels)
        self.bounds = bounds
        self.values: dict[Labels, Spread] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Count a value."""
        spread = self.values.get(labels)
        if spread is None:
            spread = self.values[labels] = Spread(len(self.bounds) + 1)
        spread.buckets[bisect_left(self.bounds, value)] += 1
        spread.total += value
