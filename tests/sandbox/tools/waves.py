"""WAV files by hand: made of samples, read back, and asked for a pitch."""

import io
import math
import struct
import wave
from collections.abc import Sequence

from sandbox.tools.audio_examples import RATE


def wav(samples: Sequence[float], *, rate: int = RATE, channels: int = 1) -> bytes:
    """These samples, 1.0 being full scale, as a WAV file."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *(round(32767 * sample) for sample in samples)))
    return made.getvalue()


def samples_of(content: bytes) -> list[int]:
    """The samples of a WAV file of 16 bits."""
    with wave.open(io.BytesIO(content)) as file:
        assert file.getsampwidth() == 2
        return list(struct.unpack(f"<{file.getnframes() * file.getnchannels()}h", file.readframes(file.getnframes())))


def strength(samples: Sequence[int], hertz: float, rate: int = RATE) -> float:
    """How much of a pitch is in it (Goertzel's filter), beside full scale."""
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    last = before = 0.0
    for sample in samples:
        last, before = sample / 32767 + turn * last - before, last
    return 2 * math.sqrt(max(0.0, last**2 + before**2 - turn * last * before)) / len(samples)
