"""A recording for the examples of tools: one second of a tone."""

import io
import math
import struct
import wave

RATE = 8000


def tone(*, seconds: float = 1.0, hertz: float = 440.0, amplitude: float = 0.5, rate: int = RATE) -> bytes:
    """A sine in one channel of 16 bits, as a WAV file."""
    frames = round(seconds * rate)
    samples = (round(32767 * amplitude * math.sin(2 * math.pi * hertz * frame / rate)) for frame in range(frames))
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{frames}h", *samples))
    return made.getvalue()


TONE = tone()
