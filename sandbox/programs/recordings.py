# pyright: basic
"""Edits of recordings: cut, fade, level, repeat, join, speed up, turn around. Each writes another file.

Lengths come out exact to a frame: what is counted is what was decoded, not what a header promises.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sandbox.programs.refusal import Refused
from sandbox.programs.sound import Block, Sound, encode, ending_of, opened

MOST_TURNED = 100_000_000
"""Samples of a recording that is held as a whole: 19 minutes of stereo at 44.1 kHz."""
MOST_JOINED_SECONDS = 4 * 3600
SILENCE_DB = -120.0
"""What is given for the level of silence, whose logarithm is none."""


@dataclass
class Measured:
    """What one pass over a recording tells."""

    rate: int
    channels: int
    deep: bool
    frames: int = 0
    squares: float = 0.0
    peak: float = 0.0

    @property
    def ms(self) -> int:
        """How long it is."""
        return milliseconds(self.frames, self.rate)

    @property
    def level(self) -> float:
        """Its loudness: the root mean square beside full scale, in decibels."""
        samples = self.frames * self.channels
        return max(SILENCE_DB, 10 * float(np.log10(self.squares / samples))) if self.squares > 0 else SILENCE_DB


def trim(path: str, output: str, start: float, end: float | None) -> dict[str, object]:
    """Keep what lies between two times, in seconds."""
    ending_of(output)
    whole = measure(path)
    first = round(start * whole.rate)
    last = whole.frames if end is None else min(whole.frames, round(end * whole.rate))
    if first >= last:
        raise Refused(
            f"Nothing lies between {start:g} s and {last / whole.rate:g} s; it is {whole.ms / 1000:g} s long."
        )
    with opened(path) as sound:
        frames = _written(output, sound, _between(sound.blocks, first, last))
    return {
        "original_duration_ms": whole.ms,
        "trimmed_duration_ms": milliseconds(frames, whole.rate),
        "trimmed_duration_formatted": clock(milliseconds(frames, whole.rate)),
        "start_ms": milliseconds(first, whole.rate),
        "end_ms": milliseconds(last, whole.rate),
    }


def fade(path: str, output: str, fade_in_ms: int, fade_out_ms: int) -> dict[str, object]:
    """Let it begin and end in silence."""
    ending_of(output)
    whole = measure(path)
    rise, fall = (round(ms * whole.rate / 1000) for ms in (fade_in_ms, fade_out_ms))
    if max(rise, fall) > whole.frames:
        raise Refused(f"A fade is longer than the recording, which has {whole.ms} ms.")
    with opened(path) as sound:
        _written(output, sound, _faded(sound.blocks, whole.frames, rise, fall))
    return {"fade_in_ms": fade_in_ms, "fade_out_ms": fade_out_ms, "duration_ms": whole.ms}


def normalize(path: str, output: str, target: float) -> dict[str, object]:
    """Bring its loudness to a level, or as near as it gets without clipping."""
    ending_of(output)
    whole = measure(path)
    if whole.peak == 0:
        raise Refused("It is silent; there is nothing to raise.")
    room = -20 * float(np.log10(whole.peak))
    gain = min(target - whole.level, room)
    factor = np.float32(10 ** (gain / 20))
    with opened(path) as sound:
        _written(output, sound, (block * factor for block in sound.blocks))
    told = {
        "original_dbfs": whole.level,
        "target_dbfs": target,
        "final_dbfs": measure(output).level,
        "gain_applied": gain,
    }
    return {**{name: round(value, 2) for name, value in told.items()}, "held_by_peak": target - whole.level > room}


def loop(path: str, output: str, count: int, crossfade_ms: int) -> dict[str, object]:
    """Repeat it, each time blending into the next."""
    ending_of(output)
    whole = measure(path)
    frames = _join(output, [path] * count, [whole] * count, crossfade_ms)
    return {
        "original_duration_ms": whole.ms,
        "looped_duration_ms": milliseconds(frames, whole.rate),
        "looped_duration_formatted": clock(milliseconds(frames, whole.rate)),
        "loop_count": count,
        "crossfade_ms": crossfade_ms,
    }


def concat(paths: list[str], output: str, crossfade_ms: int) -> dict[str, object]:
    """Join recordings, in the sampling rate and channels of the first."""
    ending_of(output)
    first = measure(paths[0])
    like = f"aresample={first.rate}"
    measured = [first, *(measure(path, like) for path in paths[1:])]
    frames = _join(output, paths, measured, crossfade_ms, like)
    return {
        "total_duration_ms": milliseconds(frames, first.rate),
        "total_duration_formatted": clock(milliseconds(frames, first.rate)),
        "file_count": len(paths),
        "crossfade_ms": crossfade_ms,
    }


def speed(path: str, output: str, factor: float, preserve_pitch: bool) -> dict[str, object]:
    """Play it faster or slower; by itself that raises or lowers the pitch."""
    ending_of(output)
    whole = measure(path)
    if preserve_pitch:
        filters = ",".join(f"atempo={step:.8f}" for step in _steps(factor))
    else:
        filters = f"asetrate={round(whole.rate * factor)},aresample={whole.rate}"
    with opened(path, filters) as sound:
        frames = _written(output, sound, sound.blocks)
    return {
        "original_duration_ms": whole.ms,
        "new_duration_ms": milliseconds(frames, whole.rate),
        "speed_factor": factor,
        "pitch_preserved": preserve_pitch,
    }


def turn_around(path: str, output: str) -> dict[str, object]:
    """Let it play backwards."""
    ending_of(output)
    held: list[Block] = []
    with opened(path) as sound:
        samples = 0
        for block in sound.blocks:
            held.append(block)
            samples += block.size
            if samples > MOST_TURNED:
                minutes = MOST_TURNED / sound.channels / sound.rate / 60
                raise Refused(f"It is longer than the {minutes:.0f} minutes that can be turned around; trim it first.")
        frames = _written(output, sound, (block[::-1] for block in reversed(held)))
    return {"duration_ms": milliseconds(frames, sound.rate)}


def measure(path: str, filters: str = "") -> Measured:
    """Read a recording once. Raises Refused for one that is empty."""
    with opened(path, filters) as sound:
        told = Measured(rate=sound.rate, channels=sound.channels, deep=sound.deep)
        for block in sound.blocks:
            told.frames += len(block)
            told.squares += float(np.square(block, dtype=np.float64).sum())
            told.peak = max(told.peak, float(np.abs(block).max()))
    if not told.frames:
        raise Refused(f"{path} holds no sound.")
    return told


def milliseconds(frames: int, rate: int) -> int:
    """How long that many frames are."""
    return round(frames * 1000 / rate)


def clock(ms: int) -> str:
    """A length as people write it: minutes, seconds, thousandths, and hours if there are any."""
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 1000:02d}.{rest % 1000:03d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _written(output: str, sound: Sound, blocks: Iterable[Block]) -> int:
    return encode(output, blocks, sound.rate, sound.channels, deep=sound.deep)


def _between(blocks: Iterable[Block], first: int, last: int) -> Iterator[Block]:
    at = 0
    for block in blocks:
        kept = block[max(0, first - at) : max(0, last - at)]
        if len(kept):
            yield kept
        at += len(block)
        if at >= last:
            return


def _faded(blocks: Iterable[Block], frames: int, rise: int, fall: int) -> Iterator[Block]:
    at = 0
    for block in blocks:
        place = np.arange(at, at + len(block))
        ramp = np.minimum(place / max(1, rise), 1) * np.minimum((frames - 1 - place) / max(1, fall), 1)
        yield block * ramp[:, None].astype("f4") if rise or fall else block
        at += len(block)


def _join(output: str, paths: list[str], measured: list[Measured], crossfade_ms: int, like: str = "") -> int:
    first = measured[0]
    blend = round(crossfade_ms * first.rate / 1000)
    if 2 * blend > min(each.frames for each in measured):
        shortest = min(each.ms for each in measured)
        raise Refused(f"A crossfade takes at most half of the shortest recording, which has {shortest} ms.")
    if sum(each.frames for each in measured) > MOST_JOINED_SECONDS * first.rate:
        raise Refused(f"Together they are longer than {MOST_JOINED_SECONDS // 3600} hours.")
    return encode(
        output,
        _blended(paths, like, blend, first.channels),
        first.rate,
        first.channels,
        deep=any(m.deep for m in measured),
    )


def _blended(paths: list[str], like: str, blend: int, channels: int) -> Iterator[Block]:
    """One recording after the other; the last frames of each are held back and mixed into the first of the next."""
    tail = None
    for path in paths:
        with opened(path, like) as sound:
            blocks = (_in_channels(block, channels) for block in sound.blocks)
            tail = yield from _all_but_the_last(_mixed(blocks, tail), blend)
    yield tail


def _in_channels(block: Block, channels: int) -> Block:
    """The same at the same loudness in other channels: all alike, each the mean of what there was."""
    if block.shape[1] == channels:
        return block
    return np.repeat(block.mean(axis=1, keepdims=True), channels, axis=1)


def _mixed(blocks: Iterable[Block], tail: Block | None) -> Iterator[Block]:
    at = 0
    frames = 0 if tail is None else len(tail)
    for block in blocks:
        both = min(len(block), frames - at)
        if tail is not None and both > 0:
            rising = ((np.arange(at, at + both) + 0.5) / frames)[:, None].astype("f4")
            block[:both] = block[:both] * rising + tail[at : at + both] * (1 - rising)
        yield block
        at += len(block)


def _all_but_the_last(blocks: Iterable[Block], count: int) -> Generator[Block, None, Block | None]:
    held = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        if len(held) > count:
            yield held[: len(held) - count]
            held = held[len(held) - count :]
    return held


def _steps(factor: float) -> list[float]:
    """The factor as a product of such between a half and 2, where ffmpeg's stretching sounds best."""
    steps = []
    while not 0.5 <= factor <= 2:
        steps.append(0.5 if factor < 0.5 else 2.0)
        factor /= steps[-1]
    return [*steps, factor]
