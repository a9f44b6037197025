# pyright: basic
"""MIDI files: written from notes in beats, and looked at. `instruments.py` lets them be heard."""

import os
from collections import Counter
from typing import Any

import mido

from sandbox.programs.refusal import Refused

TICKS = 480
"""A beat."""
MOST_TRACKS_TOLD = 32
LONGEST_NAME = 80
LETTERS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
DAMAGED = (OSError, EOFError, ValueError, KeyError, IndexError, AttributeError, mido.midifiles.meta.KeySignatureError)
"""What mido raises for bytes that are no MIDI file."""


def write(output: str, title: str, tempo: float, tracks: list[dict[str, Any]]) -> dict[str, object]:
    """A file of one tempo, with a track for each part: `name`, `channel`, `program`, and `notes` in beats.

    A note is [pitch, start, duration, velocity].
    """
    file = mido.MidiFile(ticks_per_beat=TICKS)
    head = file.add_track()
    head.append(mido.MetaMessage("track_name", name=_latin(title)))
    head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
    for part in tracks:
        track = file.add_track()
        track.append(mido.MetaMessage("track_name", name=_latin(part["name"])))
        track.append(mido.Message("program_change", channel=part["channel"], program=part["program"]))
        _fill(track, part["channel"], part["notes"])
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    file.save(output)
    return {"seconds": round(file.length, 3)}


def look(path: str) -> dict[str, object]:
    """Length, tempo, and each track's notes in numbers."""
    file = opened(path)
    messages = [message for track in file.tracks for message in track]
    tempos = [round(mido.tempo2bpm(message.tempo), 2) for message in messages if message.type == "set_tempo"]
    meters = [f"{m.numerator}/{m.denominator}" for m in messages if m.type == "time_signature"]
    keys = [message.key for message in messages if message.type == "key_signature"]
    told = [_told(track) for track in file.tracks]
    return {
        "type": file.type,
        "duration_seconds": round(file.length, 3),
        "ticks_per_beat": file.ticks_per_beat,
        "tempo": tempos[0] if tempos else 120.0,
        "tempo_changes": max(0, len(tempos) - 1),
        "time_signature": meters[0] if meters else "4/4",
        "key": keys[0] if keys else None,
        "note_count": sum(track["notes"] for track in told),
        "tracks": told[:MOST_TRACKS_TOLD],
        "track_count": len(told),
    }


def opened(path: str) -> mido.MidiFile:
    """A MIDI file that can be played. Raises Refused."""
    try:
        file = mido.MidiFile(path, clip=True)
        if file.type == 2:
            raise Refused(f"{path} holds separate pieces (MIDI type 2), which cannot be played as one.")
        if file.ticks_per_beat <= 0:
            raise Refused(f"{path} counts time in film frames, which is not understood here.")
        _ = file.length
    except DAMAGED:
        raise Refused(f"{path} is not a MIDI file that can be read.") from None
    return file


def name_of(pitch: int) -> str:
    """A pitch as people write it: 60 is C4."""
    return f"{LETTERS[pitch % 12]}{pitch // 12 - 1}"


def _fill(track: mido.MidiTrack, channel: int, notes: list[list[float]]) -> None:
    """Put notes into a track; one that ends where another begins ends first."""
    events = []
    for pitch, start, duration, velocity in notes:
        first, last = round(start * TICKS), round((start + duration) * TICKS)
        events.append((first, 1, int(pitch), int(velocity)))
        events.append((max(first + 1, last), 0, int(pitch), 0))
    at = 0
    for tick, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - at))
        at = tick


def _told(track: mido.MidiTrack) -> dict[str, Any]:
    struck = [message for message in track if message.type == "note_on" and message.velocity > 0]
    pitches = [message.note for message in struck]
    common = Counter(pitches).most_common(1)
    return {
        "name": track.name.strip("\0 ")[:LONGEST_NAME],
        "notes": len(struck),
        "channels": sorted({message.channel + 1 for message in struck}),
        "programs": sorted({message.program for message in track if message.type == "program_change"}),
        "lowest": name_of(min(pitches)) if pitches else None,
        "highest": name_of(max(pitches)) if pitches else None,
        "most_common": name_of(common[0][0]) if common else None,
    }


def _latin(text: str) -> str:
    """What a MIDI file's own texts can hold."""
    return text.encode("latin-1", "replace").decode("latin-1")
