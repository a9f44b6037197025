"""MIDI files: written from notes, looked at, and made audible. The work is done in the jail."""

import re
from typing import Annotated, Literal

from pydantic import Field

from sandbox import jailed
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.audio_files import SECONDS, WRITTEN, called
from sandbox.tools.beside import MaybePath, Path, output_for
from sandbox.tools.pitches import Notes, in_time

WRITES = Facts(idempotent=True, side_effect=True, seconds=30)
SCALE = {"notes": ["C4", "D4", "E4", "R", 67], "title": "Up", "tempo": 100}
MADE = (("midi_create", SCALE),)
Instrument = Literal["auto", "piano", "pluck", "bell", "bass", "organ", "strings", "flute"]


@tool(
    category="music",
    facts=WRITES,
    example=Example(
        arguments=SCALE,
        result={
            "midi_file": "midi/up.mid",
            "title": "Up",
            "note_count": 4,
            "tempo": 100,
            "duration_seconds": 1.5,
            "duration_beats": 2.5,
        },
    ),
)
async def midi_create(
    context: ToolContext,
    *,
    notes: Annotated[Notes, 'In order: 60 or "C4", "F#3", "Bb5"; "C4+E4+G4" for a chord; "R" or 0 for a rest'],
    tempo: Annotated[int, Field(ge=10, le=400), "Beats a minute"] = 120,
    note_duration: Annotated[float, Field(ge=0.03, le=64), "Of each, in beats"] = 0.5,
    title: Annotated[str, Field(min_length=1, max_length=100), "Also names the file"] = "composition",
    velocity: Annotated[int, Field(ge=1, le=127), "How hard they are struck"] = 100,
    rest_between: Annotated[float, Field(ge=0, le=64), "After each, in beats"] = 0.0,
    program: Annotated[int, Field(ge=0, le=127), "General MIDI's instrument; 0 is a piano"] = 0,
) -> dict[str, object]:
    """Write a MIDI file of one track from a list of notes."""
    timed = in_time(notes, note_duration, velocity, rest=rest_between)
    if not timed:
        raise ToolFailed("There are only rests.")
    beats = len(notes) * (note_duration + rest_between) - rest_between
    output = f"midi/{slug(title)}.mid"
    track = {"name": title, "channel": 0, "program": program, "notes": timed}
    await jailed.call(context, "notes.write", {"output": output, "title": title, "tempo": tempo, "tracks": [track]})
    return {
        "midi_file": output,
        "title": title,
        "note_count": len(timed),
        "tempo": tempo,
        "duration_seconds": round(beats * 60 / tempo, 2),
        "duration_beats": round(beats, 3),
    }


@tool(
    category="music",
    facts=Facts(idempotent=True, reads_private=True, seconds=30),
    example=Example(
        arguments={"midi_file": "midi/up.mid"},
        result={
            "midi_file": "midi/up.mid",
            "type": 1,
            "duration_seconds": 1.5,
            "ticks_per_beat": 480,
            "tempo": 100.0,
            "tempo_changes": 0,
            "time_signature": "4/4",
            "key": None,
            "note_count": 4,
            "tracks": [
                {
                    "name": "Up",
                    "notes": 0,
                    "channels": list[int](),
                    "programs": list[int](),
                    "lowest": None,
                    "highest": None,
                    "most_common": None,
                },
                {
                    "name": "Up",
                    "notes": 4,
                    "channels": [1],
                    "programs": [0],
                    "lowest": "C4",
                    "highest": "G4",
                    "most_common": "C4",
                },
            ],
            "track_count": 2,
        },
        after=MADE,
    ),
)
async def midi_info(context: ToolContext, *, midi_file: Annotated[Path, "The .mid file"]) -> dict[str, object]:
    """Tell a MIDI file's length, tempo, key, and each track's instrument and range."""
    path = plain(midi_file)
    return {"midi_file": path, **(await jailed.call(context, "notes.look", {"path": path}, reads=[path])).value}


@tool(
    category="music",
    facts=Facts(idempotent=True, reads_private=True, side_effect=True, seconds=SECONDS),
    example=Example(
        arguments={"midi_file": "midi/up.mid"},
        result={
            "midi_file": "midi/up.mid",
            "output_file": "midi/up_audio.mp3",
            "duration_ms": 1740,
            "duration_formatted": "0:01.740",
            "note_count": 4,
        },
        after=MADE,
    ),
)
async def midi_to_audio(
    context: ToolContext,
    *,
    midi_file: Annotated[Path, "The .mid file"],
    instrument: Annotated[Instrument, "For all of it; auto for those that the file names"] = "auto",
    output_path: Annotated[MaybePath, "Where the recording goes (.mp3 .wav .flac .ogg); beside it when empty"] = "",
) -> dict[str, object]:
    """Make a MIDI file audible, played by a plain synthesizer."""
    path = plain(midi_file)
    output = output_for(path, output_path, "audio", written=WRITTEN, otherwise="mp3")
    arguments = {"path": path, "output": output, "instrument": instrument}
    return {"midi_file": path, "output_file": output, **await called(context, "instruments.play", arguments, [path])}


@tool(
    category="music",
    facts=Facts(idempotent=True, seconds=30),
    example=Example(
        arguments={},
        result={
            "pipeline_ready": True,
            "dependencies": {"mido": "1.3.3", "numpy": "2.4.6", "imageio-ffmpeg": "0.8.1"},
            "message": "MIDI can be written and made audible.",
        },
        varies=True,
    ),
)
async def midi_diagnostic(context: ToolContext) -> dict[str, object]:
    """Tell whether what MIDI needs is installed here."""
    found: dict[str, str | None] = (await jailed.call(context, "parts.versions", {})).value
    missing = [name for name, version in found.items() if version is None]
    said = f"Not installed: {', '.join(missing)}." if missing else "MIDI can be written and made audible."
    return {"pipeline_ready": not missing, "dependencies": found, "message": said}


def slug(title: str) -> str:
    """A title as a file's name."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-")[:60] or "untitled"
