"""Notes as models write them: numbers, names, rests, chords."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed

MOST_NOTES = 1000
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
MIDDLE_OCTAVE = 4
NAME = re.compile(r"([A-Ga-g])(##|bb|[#b♯♭]?)(-?\d)?$")
SHIFTS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "bb": -2}
RESTS = frozenset({"R", "REST", "0", ""})

Notes = Annotated[
    list[Annotated[int, Field(ge=0, le=127)] | Annotated[str, Field(max_length=40)]],
    Field(min_length=1, max_length=MOST_NOTES),
]
Timed = tuple[int, float, float, int]
"""Pitch, start and duration in beats, velocity."""


def pitches(note: int | str) -> tuple[int, ...]:
    """The MIDI numbers of a note: 60, "60" and "C4" are one, "C4+E4" is two, 0 and "R" are none. Raises ToolFailed."""
    text = str(note).strip()
    if text.upper() in RESTS:
        return ()
    return tuple(_pitch(part.strip()) for part in text.split("+"))


def in_time(notes: Sequence[int | str], duration: float, velocity: int, *, rest: float = 0.0) -> list[Timed]:
    """Notes one after the other, each as long as the other, with a rest after each."""
    timed: list[Timed] = []
    for place, note in enumerate(notes):
        timed += [(pitch, place * (duration + rest), duration, velocity) for pitch in pitches(note)]
    return timed


def _pitch(name: str) -> int:
    found = NAME.match(name)
    if found:
        letter, shift, octave = found.groups()
        number = 12 * (int(octave or MIDDLE_OCTAVE) + 1) + LETTERS[letter.upper()] + SHIFTS[shift]
    elif name.isascii() and name.isdigit():
        number = int(name)
    else:
        raise ToolFailed(f'{name!r} is no note; write one like 60, "C4", "F#3", "Bb5", "C4+E4+G4" or "R" for a rest.')
    if not 1 <= number <= 127:
        raise ToolFailed(f"{name!r} is out of range, which is C#-1 to G9 (1 to 127).")
    return number
