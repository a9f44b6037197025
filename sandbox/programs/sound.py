# pyright: basic
"""Recordings as blocks of samples: any format in and a few out, by ffmpeg. No recording is held as a whole."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

import imageio_ffmpeg
import numpy as np

from sandbox.programs.refusal import Refused

MIB = 1024 * 1024
LARGEST = 32 * MIB
"""Bytes of a file that the jail gives back."""
HOPS_A_SECOND = 100
"""Blocks are whole multiples of this part of a second, but for the last."""
SECONDS_A_BLOCK = 4
FORMATS = {
    "wav": ("wav", "-c:a", "pcm_s16le"),
    "mp3": ("mp3", "-c:a", "libmp3lame", "-b:a", "192k"),
    "flac": ("flac", "-c:a", "flac", "-sample_fmt", "s16"),
    "ogg": ("ogg", "-c:a", "libvorbis", "-q:a", "6"),
    "opus": ("opus", "-c:a", "libopus", "-b:a", "128k"),
    "m4a": ("ipod", "-c:a", "aac", "-b:a", "192k"),
}
"""What is written, by the end of a file's name: ffmpeg's name of the format, and how to encode."""
DEEP = {"wav": ("-c:a", "pcm_s24le"), "flac": ("-sample_fmt", "s32")}
"""The same where the recording had more than 16 bits a sample."""
QUIET = ("-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe", "-threads", "1")
READ = "wav,w64,mp3,flac,ogg,mov,matroska,aac,aiff,au,amr,ac3,asf,caf,wv,ape,avi,mpeg,mpegts,flv"
"""Formats that hold sound of their own: no playlists, which name other files."""
Block = Any
"""An array of 32-bit floats, frames by channels, 1.0 being full scale."""
AU_MAGIC = 0x2E736E64
STREAM = re.compile(
    r"Stream #\d+:\d+.*?: Audio: (\w+).*?, \d+ Hz, .*?, (\w+?)p?(?: \((\d+) bit\))?(?:,|$)", re.MULTILINE
)
FORMAT = re.compile(r"^Input #0, ([\w,]+), from", re.MULTILINE)
BITS = {"u8": 8, "s16": 16, "s32": 32, "s64": 64, "flt": 32, "dbl": 64}


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A recording that is being read."""

    rate: int
    channels: int
    format: str
    codec: str
    bits: int
    """Of one sample as it is stored; 16 where the codec knows no such thing."""
    blocks: Iterator[Block]

    @property
    def deep(self) -> bool:
        """Whether 16 bits a sample would lose some of it."""
        return self.bits > 16


@contextmanager
def opened(path: str, filters: str = "") -> Iterator[Sound]:
    """Read a recording, through ffmpeg's filters if there are any. Raises Refused for what is none."""
    chosen = ("-af", filters) if filters else ()
    known = ("-format_whitelist", READ, "-i", f"file:{path}")
    command = (imageio_ffmpeg.get_ffmpeg_exe(), *QUIET, *known, "-map", "0:a:0", *chosen)
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            (*command, "-f", "au", "-c:a", "pcm_f32be", "pipe:1"), stdout=subprocess.PIPE, stderr=said
        ) as decoder,
    ):
        try:
            stream = cast(IO[bytes], decoder.stdout)
            head = np.frombuffer(stream.read(24), ">u4")
            if len(head) < 6 or head[0] != AU_MAGIC:
                decoder.wait()
                raise Refused(f"{path} is not a recording that can be read: {_last_words(said)}")
            stream.read(int(head[1]) - 24)
            format_, codec, bits = _described(_text(said))
            rate, channels = int(head[4]), int(head[5])
            blocks = _blocks(stream, rate, channels)
            yield Sound(rate=rate, channels=channels, format=format_, codec=codec, bits=bits, blocks=blocks)
        finally:
            decoder.kill()


def encode(output: str, blocks: Iterable[Block], rate: int, channels: int, *, deep: bool = False) -> int:
    """Write a recording in the format that its name ends in. Answers how many frames it has. Raises Refused."""
    ending = ending_of(output)
    format_, *codec = FORMATS[ending]
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    made = ".made"
    raw = ("-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0")
    how = (*codec, *(DEEP.get(ending, ()) if deep else ()), "-flags:a", "+bitexact", "-fflags", "+bitexact")
    command = (imageio_ffmpeg.get_ffmpeg_exe(), *QUIET, "-v", "error", *raw, *how, "-fs", str(LARGEST + 1))
    frames = 0
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            (*command, "-f", format_, "-y", f"file:{made}"), stdin=subprocess.PIPE, stderr=said
        ) as encoder,
    ):
        stream = cast(IO[bytes], encoder.stdin)
        try:
            for block in blocks:
                stream.write(np.ascontiguousarray(block, "<f4").data)
                frames += len(block)
            stream.close()
        except BrokenPipeError:
            pass
        finally:
            failed = encoder.wait()
    if os.path.exists(made) and os.path.getsize(made) > LARGEST:
        raise Refused(f"The result would be larger than {LARGEST // MIB} MiB; shorten it, or let its name end in .mp3.")
    if failed:
        raise Refused(f"{output} could not be written: {_last_words(said)}")
    if not frames:
        raise Refused("Nothing is left of it.")
    os.replace(made, output)
    return frames


def ending_of(output: str) -> str:
    """Which of the formats a name asks for. Raises Refused."""
    ending = output.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise Refused(f"A recording's name ends in one of {', '.join('.' + each for each in FORMATS)}: {output}")
    return ending


def _blocks(stream, rate: int, channels: int) -> Iterator[Block]:
    frames = max(1, rate // HOPS_A_SECOND) * HOPS_A_SECOND * SECONDS_A_BLOCK
    while read := stream.read(frames * channels * 4):
        whole = len(read) // (channels * 4) * channels
        yield np.frombuffer(read, ">f4", whole).astype("<f4").reshape(-1, channels)


def _described(said: str) -> tuple[str, str, int]:
    """Format, codec and bits a sample, from what ffmpeg says of its input."""
    format_, stream = FORMAT.search(said), STREAM.search(said)
    if stream is None:
        return "", "", 16
    codec = stream[1]
    bits = int(stream[3]) if stream[3] else BITS.get(stream[2], 16)
    exact = codec.startswith("pcm_") or codec in {"flac", "alac", "wavpack"}
    return format_[1].partition(",")[0] if format_ else "", codec, bits if exact else 16


def _text(said) -> str:
    said.seek(0)
    return said.read().decode(errors="replace")


def _last_words(said) -> str:
    lines = [
        line for line in _text(said).splitlines() if line.strip() and not line.startswith("Error opening input file")
    ]
    return re.sub(r"^\[.*?\] ", "", lines[-1])[:200] if lines else "no reason given"
