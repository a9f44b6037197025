# pyright: basic
"""Lets MIDI be heard: each note a sum of partials under an envelope, drums out of noise. Plain, but in tune."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import mido
import numpy as np

from sandbox.programs.notes import opened
from sandbox.programs.recordings import clock
from sandbox.programs.refusal import Refused
from sandbox.programs.sound import Block, encode, ending_of

RATE = 44_100
LONGEST_SECONDS, MOST_NOTE_SECONDS = 900, 6000
LOUDEST = 0.89
"""Of full scale, one decibel below it."""
RELEASE, ATTACK = 0.12, 0.006
"""Seconds that a note fades in and out."""
DRUMS = 9
FADES = {"piano": 2.2, "pluck": 5.0, "bell": 1.4, "bass": 2.5, "organ": 0.0, "strings": 0.0, "flute": 0.0}
"""How fast an instrument dies away by itself, each second."""
PARTIALS = {
    "piano": (1, 0.5, 0.28, 0.16, 0.1, 0.06),
    "pluck": (1, 0.6, 0.4, 0.3, 0.2, 0.12, 0.08),
    "bell": (1, 0, 0.5, 0.35, 0, 0.2),
    "bass": (1, 0.55, 0.2, 0.08),
    "organ": (1, 0.7, 0.5, 0.35, 0, 0.2),
    "strings": (1, 0.6, 0.42, 0.3, 0.22, 0.16, 0.1),
    "flute": (1, 0.22, 0.1, 0.04),
}
FAMILIES = ("piano", "bell", "organ", "pluck", "bass", "strings", "strings", "strings") + ("flute",) * 4
"""General MIDI's families of eight programs each; what comes after is played as piano."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note, in seconds."""

    start: float
    seconds: float
    pitch: int
    velocity: int
    channel: int
    program: int


def play(path: str, output: str, instrument: str) -> dict[str, object]:
    """Write a recording of a MIDI file; `auto` takes the instruments that it names."""
    ending_of(output)
    notes = list(_notes(opened(path)))
    if not notes:
        raise Refused(f"{path} has no notes.")
    seconds = max(note.start + note.seconds for note in notes)
    if seconds > LONGEST_SECONDS or sum(note.seconds for note in notes) > MOST_NOTE_SECONDS:
        raise Refused(
            f"It is too long: {LONGEST_SECONDS // 60} minutes, or {MOST_NOTE_SECONDS} seconds of notes in all."
        )
    mixed = np.zeros((int((seconds + 2 * RELEASE) * RATE) + 1, 2), "f4")
    for note in notes:
        begin = int(note.start * RATE)
        tone = _drum(note.pitch) if note.channel == DRUMS else _tone(_timbre(note, instrument), note.pitch, _held(note))
        room = min(len(tone), len(mixed) - begin)
        mixed[begin : begin + room] += tone[:room, None] * _sides(note.channel) * (note.velocity / 127) ** 1.5
    mixed *= LOUDEST / max(float(np.abs(mixed).max()), 1e-9)
    encode(output, (mixed[at : at + RATE] for at in range(0, len(mixed), RATE)), RATE, 2)
    ms = round(len(mixed) * 1000 / RATE)
    return {"duration_ms": ms, "duration_formatted": clock(ms), "note_count": len(notes)}


def _notes(file: mido.MidiFile) -> Iterator[Note]:
    """Notes from their beginnings to their ends; those that never end last to the end of the file."""
    now = 0.0
    programs: dict[int, int] = {}
    held: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for message in file:
        now += message.time
        if message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type in {"note_on", "note_off"}:
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity:
                held.setdefault(key, []).append((now, message.velocity))
            elif held.get(key):
                yield _note(key, *held[key].pop(0), now, programs)
    for key, begun in held.items():
        yield from (_note(key, start, velocity, now, programs) for start, velocity in begun)


def _note(key: tuple[int, int], start: float, velocity: int, end: float, programs: dict[int, int]) -> Note:
    channel, pitch = key
    program = programs.get(channel, 0)
    return Note(start, max(0.02, end - start), pitch, velocity, channel, program)


def _timbre(note: Note, instrument: str) -> str:
    family = note.program // 8
    return instrument if instrument != "auto" else FAMILIES[family] if family < len(FAMILIES) else "piano"


def _held(note: Note) -> float:
    """Its length, rounded so that equal notes are made once."""
    return round(note.seconds, 2) or 0.01


@lru_cache(maxsize=256)
def _tone(timbre: str, pitch: int, seconds: float) -> Block:
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    at = np.arange(int((seconds + RELEASE) * RATE)) / RATE
    made = np.zeros(len(at))
    for number, share in enumerate(PARTIALS[timbre], 1):
        if share and number * hertz < RATE / 2:
            made += share * np.sin(2 * np.pi * number * hertz * at) * np.exp(-FADES[timbre] * (1 + number / 4) * at)
    envelope = np.minimum(1, at / ATTACK) * np.clip((seconds + RELEASE - at) / RELEASE, 0, 1)
    return (made * envelope / sum(PARTIALS[timbre])).astype("f4")


@lru_cache(maxsize=128)
def _drum(pitch: int) -> Block:
    """A kick sweeps down, the others are noise: the higher the drum, the brighter and shorter."""
    at = np.arange(int(0.4 * RATE)) / RATE
    if pitch <= 36:
        return (np.sin(2 * np.pi * (45 * at + 6 * (1 - np.exp(-30 * at)))) * np.exp(-9 * at)).astype("f4")
    noise = np.random.default_rng(pitch).standard_normal(len(at))
    bright = np.diff(noise, prepend=0.0) if pitch in {42, 44, 46, 49, 51} else noise
    return (0.3 * bright * np.exp(-at * (60 if pitch in {42, 44} else 18))).astype("f4")


def _sides(channel: int) -> Block:
    """How much of a channel is heard left and right; the first and the drums from the middle."""
    lean = 0.0 if channel == DRUMS else 0.35 * np.sin(channel * 2.4)
    return np.array([1 - lean, 1 + lean], "f4")
