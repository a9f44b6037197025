"""MIDI files by the notes that are read back from them, and what is heard of them by its pitches."""

from typing import cast

import pytest

from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.jail.run import Run
from sandbox.tool import ToolContext
from sandbox.tools.midi import midi_create, midi_diagnostic, midi_info, midi_to_audio, slug
from sandbox.tools.pitches import in_time, pitches
from tests.sandbox.memory_files import MemoryFiles
from tests.sandbox.tools.test_audio import samples_of, strength

READ = """
import mido
file = mido.MidiFile("in.mid")
now, told = 0.0, []
for message in file:
    now += message.time
    if message.type in ("note_on", "note_off"):
        told.append([round(now, 3), message.type, message.note, message.velocity])
give_result(told)
"""
RATE = 44_100
HEAD = b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk"


async def events(context: ToolContext, content: bytes) -> list[list[object]]:
    """What a MIDI file plays, as another library reads it."""
    outcome = await context.runner.run(Run(code=READ, files={"in.mid": content}), context.user)
    assert outcome.exit == 0, outcome.stderr
    return cast("list[list[object]]", outcome.result)


async def test_notes_are_written_one_after_the_other(context: ToolContext, files: MemoryFiles):
    told = await midi_create.run(context, {"notes": ["C4", "R", 62], "tempo": 60, "note_duration": 1, "velocity": 80})
    assert isinstance(told, dict)
    assert await events(context, files.contents[told["midi_file"]]) == [
        [0, "note_on", 60, 80],
        [1, "note_off", 60, 0],
        [2, "note_on", 62, 80],
        [3, "note_off", 62, 0],
    ]


async def test_a_note_that_comes_again_is_struck_again(context: ToolContext, files: MemoryFiles):
    await midi_create.run(context, {"notes": [60, 60], "tempo": 60, "note_duration": 1})
    kinds = [event[:2] for event in await events(context, files.contents["midi/composition.mid"])]
    assert kinds == [[0, "note_on"], [1, "note_off"], [1, "note_on"], [2, "note_off"]]


async def test_rests_between_and_chords(context: ToolContext, files: MemoryFiles):
    arguments = {"notes": ["C4+E4", "G4"], "tempo": 120, "note_duration": 1, "rest_between": 1, "title": "Two & one"}
    told = await midi_create.run(context, arguments)
    assert isinstance(told, dict)
    assert (told["note_count"], told["duration_beats"], told["duration_seconds"]) == (3, 3, 1.5)
    begun = [event[:3] for event in await events(context, files.contents["midi/two-one.mid"]) if event[1] == "note_on"]
    assert begun == [[0, "note_on", 60], [0, "note_on", 64], [1, "note_on", 67]]


@pytest.mark.parametrize(
    ("note", "numbers"),
    [
        (60, (60,)),
        ("60", (60,)),
        ("C4", (60,)),
        ("c#4", (61,)),
        ("Db4", (61,)),
        ("B#3", (60,)),
        ("Cb5", (71,)),
        ("b3", (59,)),
        ("bb3", (58,)),
        ("E♭", (63,)),
        ("F##5", (79,)),
        ("A-1", (9,)),
        ("G9", (127,)),
        ("C4 + E4 + G4", (60, 64, 67)),
        ("R", ()),
        ("rest", ()),
        (0, ()),
    ],
)
def test_notes_are_read_as_they_are_written(note: int | str, numbers: tuple[int, ...]):
    assert pitches(note) == numbers


@pytest.mark.parametrize("note", ["H4", "C10", "C44", "G#9", "do", "C4+", "²", "C#b4", "C-1", "-3"])
def test_what_is_no_note_is_refused(note: str):
    with pytest.raises(ToolFailed, match=r"is no note|is out of range"):
        pitches(note)


def test_a_rest_takes_its_time():
    assert in_time(["R", 60], 0.5, 90, rest=0.25) == [(60, 0.75, 0.5, 90)]


@pytest.mark.parametrize("arguments", [{"notes": []}, {"notes": [128]}, {"notes": [60], "tempo": 0}, {"notes": [[60]]}])
async def test_arguments_that_make_no_music_are_refused(context: ToolContext, arguments: dict[str, object]):
    with pytest.raises(ArgumentsInvalid):
        await midi_create.run(context, arguments)


async def test_only_rests_are_no_piece(context: ToolContext):
    with pytest.raises(ToolFailed, match="only rests"):
        await midi_create.run(context, {"notes": ["R", 0]})


async def test_titles_of_any_script_are_told_and_named(context: ToolContext, files: MemoryFiles):
    told = await midi_create.run(context, {"notes": [60], "title": "Über 夜/.."})
    assert isinstance(told, dict)
    assert told["midi_file"] == "midi/über-夜.mid"
    assert slug("../..") == "untitled"


async def test_what_is_heard_has_the_pitches_that_were_written(context: ToolContext, files: MemoryFiles):
    await midi_create.run(context, {"notes": ["A4", "E5"], "tempo": 60, "note_duration": 1, "title": "a"})
    arguments = {"midi_file": "midi/a.mid", "instrument": "flute", "output_path": "a.wav"}
    await midi_to_audio.run(context, arguments)
    left = samples_of(files.contents["a.wav"])[0::2]
    first, second = left[RATE // 4 : RATE * 3 // 4], left[RATE * 5 // 4 : RATE * 7 // 4]
    assert strength(first, 440, RATE) > 20 * strength(first, 659.26, RATE)
    assert strength(second, 659.26, RATE) > 20 * strength(second, 440, RATE)
    assert 28_000 < max(map(abs, left)) < 32_767, "loud, and nothing clips"


@pytest.mark.parametrize("program", [0, 10, 17, 25, 33, 41, 74, 120])
async def test_each_family_of_instruments_sounds(context: ToolContext, files: MemoryFiles, program: int):
    await midi_create.run(context, {"notes": ["A3"], "title": "a", "program": program})
    told = await midi_to_audio.run(context, {"midi_file": "midi/a.mid", "output_path": "a.wav"})
    left = samples_of(files.contents["a.wav"])[0::2]
    assert isinstance(told, dict)
    assert told["note_count"] == 1
    assert strength(left[2000:10_000], 220, RATE) > 0.05


async def test_the_default_is_a_small_recording_beside_it(context: ToolContext, files: MemoryFiles):
    await midi_create.run(context, {"notes": ["A3"], "title": "a"})
    told = await midi_to_audio.run(context, {"midi_file": "midi/a.mid"})
    assert isinstance(told, dict)
    assert told["output_file"] == "midi/a_audio.mp3"
    assert len(files.contents["midi/a_audio.mp3"]) < 50_000


async def test_a_piece_too_long_to_play_is_refused(context: ToolContext):
    await midi_create.run(context, {"notes": [60] * 40, "note_duration": 64, "tempo": 60, "title": "long"})
    with pytest.raises(ToolFailed, match="too long: 15 minutes"):
        await midi_to_audio.run(context, {"midi_file": "midi/long.mid"})


@pytest.mark.parametrize(
    "content",
    [b"", b"MThd", b"RIFF" * 99, HEAD + b"\0\0\xff\xff\0\x90", HEAD + b"\0\0\0\4\0\xff\x59\2", b"\0" * 1000],
)
async def test_what_is_no_midi_file_is_refused(context: ToolContext, files: MemoryFiles, content: bytes):
    files.contents["bad.mid"] = content
    with pytest.raises(ToolFailed, match=r"bad\.mid is not a MIDI file that can be read"):
        await midi_info.run(context, {"midi_file": "bad.mid"})


async def test_a_file_without_notes_makes_no_sound(context: ToolContext, files: MemoryFiles):
    files.contents["empty.mid"] = HEAD + b"\0\0\0\4\0\xff\x2f\0"
    told = await midi_info.run(context, {"midi_file": "empty.mid"})
    assert isinstance(told, dict)
    assert told["note_count"] == 0
    with pytest.raises(ToolFailed, match="has no notes"):
        await midi_to_audio.run(context, {"midi_file": "empty.mid"})


async def test_a_note_that_never_ends_is_heard_to_the_end(context: ToolContext, files: MemoryFiles):
    held = b"\0\x90\x45\x64" + b"\x87\x40\xb0\x07\x64" + b"\0\xff\x2f\0"
    files.contents["held.mid"] = HEAD + len(held).to_bytes(4, "big") + held
    told = await midi_to_audio.run(context, {"midi_file": "held.mid"})
    assert isinstance(told, dict)
    assert told["note_count"] == 1
    assert told["duration_ms"] > 1000


async def test_the_parts_are_there(context: ToolContext):
    told = await midi_diagnostic.run(context, {})
    assert isinstance(told, dict)
    assert told["pipeline_ready"] is True
