"""Hands what a process counts to Ray's metrics agent, from where Prometheus gets it with Ray's own metrics.

Counts are gathered in the process and handed over every few seconds: a call into Ray takes microseconds and a lock,
which no hot path should pay. Buckets go over by a value in their middle, as Ray's agent itself represents them.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from ray.util import metrics

from cluster.telemetry.catalogue import INSTRUMENTS, LOOP_LAG_SECONDS
from cluster.telemetry.instruments import Counter, Gauge, Histogram, Instrument, Labels

log = logging.getLogger(__name__)
RAY_METRICS: Any = metrics
"""Ray's metrics, whose own types are partly unknown."""
FLUSH_SECONDS = 3.0
TICK_SECONDS = 0.25
"""How often the event loop is asked how late it runs."""


class RayMetrics:
    """What of each instrument was handed over already."""

    def __init__(self) -> None:
        self._rays = {instrument.name: _rays(instrument) for instrument in INSTRUMENTS}
        self._told: dict[tuple[str, Labels], float] = {}
        self._buckets: dict[tuple[str, Labels], list[int]] = {}

    def flush(self) -> None:
        """Hand over what came since the last time."""
        for instrument in INSTRUMENTS:
            match instrument:
                case Counter():
                    self._flush_counter(instrument)
                case Gauge():
                    for labels, value in instrument.values.items():
                        self._rays[instrument.name].set(value, _tags(instrument, labels))
                case Histogram():
                    self._flush_histogram(instrument)
                case _:
                    raise AssertionError(instrument)

    def _flush_counter(self, counter: Counter) -> None:
        for labels, value in counter.values.items():
            key = counter.name, labels
            if (more := value - self._told.get(key, 0.0)) > 0:
                self._rays[counter.name].inc(more, _tags(counter, labels))
                self._told[key] = value

    def _flush_histogram(self, histogram: Histogram) -> None:
        for labels, spread in histogram.values.items():
            key = histogram.name, labels
            before = self._buckets.get(key) or [0] * len(spread.buckets)
            tags = _tags(histogram, labels)
            for place, (now, then) in enumerate(zip(spread.buckets, before, strict=True)):
                for _ in range(now - then):
                    self._rays[histogram.name].observe(middle(histogram.bounds, place), tags)
            self._buckets[key] = list(spread.buckets)


@asynccontextmanager
async def exported_metrics() -> AsyncGenerator[None]:
    """Hand this process's counts to Ray while the block runs. Belongs into a Ray worker."""
    export = RayMetrics()
    exporting = asyncio.create_task(_export(export), name="metrics")
    try:
        yield
    finally:
        exporting.cancel()
        await asyncio.gather(exporting, return_exceptions=True)
        export.flush()


def middle(bounds: tuple[float, ...], place: int) -> float:
    """A value that stands for a bucket."""
    if place == len(bounds):
        return bounds[-1] * 1.5
    return (bounds[place] + (bounds[place - 1] if place else 0.0)) / 2


async def _export(export: RayMetrics) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        latest, until = 0.0, clock() + FLUSH_SECONDS
        while clock() < until:
            before = clock()
            await asyncio.sleep(TICK_SECONDS)
            latest = max(latest, clock() - before - TICK_SECONDS)
        LOOP_LAG_SECONDS.set(latest)
        try:
            export.flush()
        except Exception:
            # Nobody is to lose an answer because something could not be counted.
            log.exception("metrics cannot be handed over")


def _rays(instrument: Instrument) -> Any:
    match instrument:
        case Counter():
            return RAY_METRICS.Counter(instrument.name, instrument.meaning, instrument.labels)
        case Histogram():
            return RAY_METRICS.Histogram(
                instrument.name, instrument.meaning, list(instrument.bounds), instrument.labels
            )
        case _:
            return RAY_METRICS.Gauge(instrument.name, instrument.meaning, instrument.labels)


def _tags(instrument: Instrument, labels: Labels) -> dict[str, str]:
    return dict(zip(instrument.labels, labels, strict=True))
