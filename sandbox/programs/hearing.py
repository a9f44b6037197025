# pyright: basic
"""Listens to recordings: how long, how loud, how fast, and the outline of the wave."""

import os
from collections.abc import Iterator

import numpy as np

from sandbox.programs.recordings import Measured, clock, measure
from sandbox.programs.sound import HOPS_A_SECOND, MIB, Block, opened

SLOWEST, FASTEST, LIKELIEST = 50, 200, 120
"""Beats a minute that are looked for, and which is taken where two fit."""
LEAST_REGULAR = 0.15
"""How much of its own echo a rhythm must be, from 0 to 1, to have a tempo."""
LEAST_SECONDS = 4
LEAST_SUDDEN = 0.35
"""How much louder (a logarithm) a hundredth of a second must be than the one before, once in a while, to be a beat."""
NO_POWER = 1e-6
"""Power that counts as silence when onsets are looked for."""


def info(path: str) -> dict[str, object]:
    """Length, format, loudness and, where there is a steady one, tempo."""
    with opened(path) as sound:
        told = Measured(rate=sound.rate, channels=sound.channels, deep=sound.deep)
        powers = []
        for block in sound.blocks:
            told.frames += len(block)
            told.squares += float(np.square(block, dtype=np.float64).sum())
            powers.append(_powers(block, sound.rate))
    size = os.path.getsize(path)
    about = {
        "duration_ms": told.ms,
        "duration_seconds": told.ms / 1000,
        "duration_formatted": clock(told.ms),
        "channels": sound.channels,
        "sample_rate": sound.rate,
        "sample_width": sound.bits // 8,
        "frame_count": told.frames,
        "file_size_bytes": size,
        "file_size_mb": round(size / MIB, 2),
        "format": sound.format,
        "codec": sound.codec,
        "dbfs": round(told.level, 2),
    }
    beats = _tempo(np.concatenate(powers)) if powers else None
    return about if beats is None else {**about, "estimated_bpm": beats}


def waveform(path: str, points: int) -> dict[str, object]:
    """The highest amplitude in each of as many equal parts."""
    whole = measure(path)
    points = min(points, whole.frames)
    peaks = np.zeros(points)
    with opened(path) as sound:
        for part, peak in _peaks(sound.blocks, whole.frames, points):
            peaks[part] = np.maximum(peaks[part], peak)
    return {
        "duration_seconds": whole.ms / 1000,
        "sample_rate": whole.rate,
        "waveform": [round(float(peak), 3) for peak in peaks],
        "num_points": points,
    }


def _peaks(blocks: Iterator[Block], frames: int, points: int) -> Iterator[tuple[Block, Block]]:
    """Which parts each block touches, and how high it goes in each."""
    at = 0
    for block in blocks:
        loud = np.abs(block).max(axis=1)
        part = np.arange(at, at + len(block)) * points // frames
        begins = np.flatnonzero(np.diff(part, prepend=-1))
        yield part[begins], np.maximum.reduceat(loud, begins)
        at += len(block)


def _powers(block: Block, rate: int) -> Block:
    """The power of each hundredth of a second."""
    hop = max(1, rate // HOPS_A_SECOND)
    whole = len(block) // hop * hop
    return np.square(block[:whole]).mean(axis=1).reshape(-1, hop).mean(axis=1)


def _tempo(powers: Block) -> float | None:
    """Beats a minute: the lag at which rises of loudness come again, near the likeliest where several do."""
    if len(powers) < LEAST_SECONDS * HOPS_A_SECOND:
        return None
    rises = np.maximum(0, np.diff(np.log(powers + NO_POWER)))
    if np.quantile(rises, 0.995) < LEAST_SUDDEN:
        return None
    rises = np.convolve(rises, np.hanning(9), "same")
    rises -= rises.mean()
    spectrum = np.abs(np.fft.rfft(rises, 2 * len(rises))) ** 2
    echo = np.fft.irfft(spectrum)[: len(rises)]
    if echo[0] <= 0:
        return None
    lags = np.arange(60 * HOPS_A_SECOND // FASTEST, 60 * HOPS_A_SECOND // SLOWEST + 1)
    beats = 60 * HOPS_A_SECOND / lags
    regular = echo[lags] / echo[0]
    best = int(np.argmax(regular * np.exp(-0.5 * (np.log2(beats / LIKELIEST) / 0.9) ** 2)))
    if regular[best] < LEAST_REGULAR:
        return None
    return round(float(60 * HOPS_A_SECOND / _between_lags(echo, int(lags[best]))), 1)


def _between_lags(echo: Block, lag: int) -> float:
    """Where the echo is highest around a lag, by a parabola through its neighbours."""
    before, here, after = echo[lag - 1 : lag + 2]
    bend = before - 2 * here + after
    return lag + (0.5 * float((before - after) / bend) if bend < 0 else 0.0)
