"""Edits of recordings, by what is then in them: frames, levels, pitches."""

import io
import math
import wave
from typing import cast

import pytest

from cluster.errors import Invalid, NotFound
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import ToolContext
from sandbox.tools.audio import audio_get_waveform, audio_info, audio_list_files
from sandbox.tools.audio_edits import (
    audio_concat,
    audio_fade,
    audio_loop,
    audio_normalize,
    audio_reverse,
    audio_speed,
    audio_trim,
)
from sandbox.tools.audio_examples import RATE, tone
from sandbox.tools.audio_files import WRITTEN, seconds
from sandbox.tools.beside import output_for
from tests.sandbox.memory_files import MemoryFiles
from tests.sandbox.tools.waves import samples_of, strength, wav


@pytest.fixture
def files() -> MemoryFiles:
    """A tone of a second, and numbers in a row."""
    return MemoryFiles({"tone.wav": tone(), "row.wav": wav([number / 20_000 for number in range(16_000)])})


async def test_a_trim_keeps_exactly_what_lies_between(context: ToolContext, files: MemoryFiles):
    told = await audio_trim.run(context, {"file_path": "row.wav", "start": "0:00.5", "end": "1.25"})
    assert samples_of(files.contents["row_trimmed.wav"]) == samples_of(files.contents["row.wav"])[4000:10_000]
    assert isinstance(told, dict)
    assert told["trimmed_duration_ms"] == 750


async def test_a_trim_past_the_end_ends_at_the_end(context: ToolContext, files: MemoryFiles):
    await audio_trim.run(context, {"file_path": "row.wav", "start": 1.5, "end": 99})
    assert samples_of(files.contents["row_trimmed.wav"]) == samples_of(files.contents["row.wav"])[12_000:]


@pytest.mark.parametrize("times", [{"start": 2}, {"start": 1, "end": 1}, {"start": 1.5, "end": "0:01"}])
async def test_a_trim_to_nothing_is_refused(context: ToolContext, files: MemoryFiles, times: dict[str, object]):
    with pytest.raises(ToolFailed, match="Nothing lies between"):
        await audio_trim.run(context, {"file_path": "row.wav", **times})
    assert set(files.contents) == {"tone.wav", "row.wav"}


async def test_it_turns_around_frame_by_frame(context: ToolContext, files: MemoryFiles):
    left_and_right = [value for frame in range(50_000) for value in (frame / 60_000, -0.5)]
    files.contents["both.wav"] = wav(left_and_right, channels=2)
    await audio_reverse.run(context, {"file_path": "both.wav"})
    before, after = (samples_of(files.contents[name]) for name in ("both.wav", "both_reversed.wav"))
    assert after[0::2] == before[0::2][::-1]
    assert after[1::2] == before[1::2]


async def test_a_fade_begins_and_ends_in_silence(context: ToolContext, files: MemoryFiles):
    files.contents["flat.wav"] = wav([0.5] * 8000)
    await audio_fade.run(context, {"file_path": "flat.wav", "fade_in_ms": 250, "fade_out_ms": 500})
    faded = samples_of(files.contents["flat_faded.wav"])
    assert (faded[0], faded[-1]) == (0, 0)
    assert set(faded[2000:4000]) == {round(32767 * 0.5)}
    assert faded[1000] == pytest.approx(32767 * 0.25, abs=2)
    assert faded[6000] == pytest.approx(32767 * 0.25, abs=4)


async def test_a_fade_longer_than_the_recording_is_refused(context: ToolContext):
    with pytest.raises(ToolFailed, match="longer than the recording, which has 1000 ms"):
        await audio_fade.run(context, {"file_path": "tone.wav", "fade_in_ms": 1001})


async def test_a_level_is_reached(context: ToolContext, files: MemoryFiles):
    await audio_normalize.run(context, {"file_path": "tone.wav", "target_dbfs": -26})
    made = [sample / 32768 for sample in samples_of(files.contents["tone_normalized.wav"])]
    level = 10 * math.log10(sum(sample**2 for sample in made) / len(made))
    assert level == pytest.approx(-26, abs=0.02)


async def test_a_level_is_not_reached_by_clipping(context: ToolContext, files: MemoryFiles):
    told = await audio_normalize.run(context, {"file_path": "tone.wav", "target_dbfs": 0})
    assert isinstance(told, dict)
    assert told["held_by_peak"] is True
    assert told["final_dbfs"] == pytest.approx(-3.01, abs=0.02)
    assert strength(samples_of(files.contents["tone_normalized.wav"]), 3 * 440) < 0.001, "a clipped tone has overtones"


async def test_a_loop_blends_into_itself(context: ToolContext, files: MemoryFiles):
    files.contents["flat.wav"] = wav([0.25] * 8000)
    await audio_loop.run(context, {"file_path": "flat.wav", "loop_count": 4, "crossfade_ms": 500})
    looped = samples_of(files.contents["flat_looped.wav"])
    assert len(looped) == 4 * 8000 - 3 * 4000
    assert max(looped) - min(looped) <= 1, "no bump and no gap where they meet"


async def test_a_join_is_one_after_the_other(context: ToolContext, files: MemoryFiles):
    await audio_concat.run(context, {"file_paths": ["row.wav", "tone.wav", "row.wav"]})
    parts = [samples_of(files.contents[name]) for name in ("row.wav", "tone.wav", "row.wav")]
    assert samples_of(files.contents["row_joined.wav"]) == [sample for part in parts for sample in part]


async def test_a_join_takes_the_rate_and_channels_of_the_first(context: ToolContext, files: MemoryFiles):
    files.contents["other.wav"] = wav([0.1] * 2 * 44_100, rate=44_100, channels=2)
    told = await audio_concat.run(context, {"file_paths": ["tone.wav", "other.wav"], "crossfade_ms": 200})
    joined = samples_of(files.contents["tone_joined.wav"])
    assert isinstance(told, dict)
    assert told["total_duration_ms"] == pytest.approx(1800, abs=5)
    assert len(joined) == pytest.approx(14_400, abs=40)
    assert joined[-2000] == pytest.approx(3277, abs=5)


async def test_a_crossfade_longer_than_half_is_refused(context: ToolContext):
    with pytest.raises(ToolFailed, match="at most half of the shortest recording, which has 1000 ms"):
        await audio_loop.run(context, {"file_path": "tone.wav", "crossfade_ms": 501})


@pytest.mark.parametrize("factor", [0.3, 0.75, 1.5, 4])
async def test_it_gets_faster_at_the_same_pitch(context: ToolContext, files: MemoryFiles, factor: float):
    files.contents["long.wav"] = tone(seconds=4)
    await audio_speed.run(context, {"file_path": "long.wav", "speed_factor": factor})
    changed = samples_of(files.contents["long_speed.wav"])
    assert len(changed) == pytest.approx(4 * RATE / factor, rel=0.03)
    middle = changed[len(changed) // 2 - 1500 : len(changed) // 2 + 1500]
    assert strength(middle, 440) > 5 * max(strength(middle, 440 * factor), strength(middle, 440 / factor))


async def test_it_gets_faster_and_higher(context: ToolContext, files: MemoryFiles):
    await audio_speed.run(context, {"file_path": "tone.wav", "speed_factor": 2, "preserve_pitch": False})
    changed = samples_of(files.contents["tone_speed.wav"])
    assert len(changed) == 4000
    assert strength(changed[500:3500], 880) == pytest.approx(0.5, abs=0.02)
    assert strength(changed[500:3500], 440) < 0.01


@pytest.mark.parametrize("ending", sorted(WRITTEN))
async def test_each_format_is_written_and_read(context: ToolContext, files: MemoryFiles, ending: str):
    files.contents["in.wav"] = tone(rate=48_000)
    await audio_trim.run(context, {"file_path": "in.wav", "output_path": f"new folder/out.{ending}"})
    told = await audio_info.run(context, {"file_path": f"new folder/out.{ending}"})
    assert isinstance(told, dict)
    assert told["duration_ms"] == pytest.approx(1000, abs=30)
    assert told["dbfs"] == pytest.approx(-9.03, abs=0.5)
    assert told["file_size_bytes"] == len(files.contents[f"new folder/out.{ending}"])


async def test_samples_of_more_than_16_bits_stay_so(context: ToolContext, files: MemoryFiles):
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(RATE)
        file.writeframes(b"\x01\x00\x20" * RATE)
    files.contents["deep.wav"] = made.getvalue()
    for output in ("deep.flac", "again.wav"):
        await audio_trim.run(context, {"file_path": "deep.wav", "output_path": output})
    told = await audio_info.run(context, {"file_path": "deep.flac"})
    assert isinstance(told, dict)
    assert told["sample_width"] == 3
    assert files.contents["again.wav"].endswith(b"\x01\x00\x20" * 100)


@pytest.mark.parametrize("beats", [72, 100, 128])
async def test_the_tempo_is_heard(context: ToolContext, files: MemoryFiles, beats: int):
    every = round(60 * RATE / beats)
    files.contents["clicks.wav"] = wav([math.exp(-(at % every) / 200) * math.sin(at) / 2 for at in range(10 * RATE)])
    told = await audio_info.run(context, {"file_path": "clicks.wav"})
    assert isinstance(told, dict)
    assert told["estimated_bpm"] == pytest.approx(beats, abs=1)


async def test_what_has_no_beat_gets_no_tempo(context: ToolContext, files: MemoryFiles):
    files.contents["long.wav"] = tone(seconds=6)
    told = await audio_info.run(context, {"file_path": "long.wav"})
    assert isinstance(told, dict)
    assert "estimated_bpm" not in told


async def test_the_outline_follows_the_wave(context: ToolContext, files: MemoryFiles):
    files.contents["steps.wav"] = wav([level for level in (0.1, 0.4, 0.0, 0.8) for _ in range(30_000)])
    told = await audio_get_waveform.run(context, {"file_path": "steps.wav", "num_points": 8})
    assert isinstance(told, dict)
    assert told["waveform"] == pytest.approx([0.1, 0.1, 0.4, 0.4, 0, 0, 0.8, 0.8], abs=0.001)


async def test_an_outline_has_no_more_points_than_frames(context: ToolContext, files: MemoryFiles):
    files.contents["short.wav"] = wav([0.5, 0.25, 1.0])
    told = await audio_get_waveform.run(context, {"file_path": "short.wav"})
    assert isinstance(told, dict)
    assert told["num_points"] == 3
    assert told["waveform"] == pytest.approx([0.5, 0.25, 1.0], abs=0.001)


TWO = ["takes/deep/two.ogg", "takes/one.MP3"]


async def test_only_recordings_are_listed(context: ToolContext, files: MemoryFiles):
    files.contents.update({"takes/one.MP3": b"x", "takes/deep/two.ogg": b"x", "takes/mp3": b"x", "takes/a.txt": b"x"})
    told = await audio_list_files.run(context, {"folder": "/takes/"})
    assert isinstance(told, dict)
    assert [file["path"] for file in cast("list[dict[str, str]]", told["files"])] == TWO


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a recording at all" * 100, tone()[:44]])
async def test_what_is_no_recording_is_refused(context: ToolContext, files: MemoryFiles, content: bytes):
    files.contents["bad.wav"] = content
    with pytest.raises(ToolFailed, match=r"^bad\.wav (is not a recording that can be read|holds no sound)"):
        await audio_trim.run(context, {"file_path": "bad.wav"})
    assert "bad_trimmed.wav" not in files.contents


async def test_a_recording_that_breaks_off_is_edited_as_far_as_it_goes(context: ToolContext, files: MemoryFiles):
    files.contents["cut.wav"] = tone()[:8044]
    told = await audio_reverse.run(context, {"file_path": "cut.wav"})
    assert told == {"input_file": "cut.wav", "output_file": "cut_reversed.wav", "duration_ms": 500}


@pytest.mark.parametrize("playlist", [b"ffconcat version 1.0\nfile tone.wav\n", b"#EXTM3U\n#EXTINF:1,\ntone.wav\n"])
async def test_a_playlist_is_no_recording(context: ToolContext, files: MemoryFiles, playlist: bytes):
    files.contents["list.m3u8"] = playlist
    with pytest.raises(ToolFailed, match="is not a recording that can be read"):
        await audio_concat.run(context, {"file_paths": ["tone.wav", "list.m3u8"]})


async def test_a_result_too_large_to_keep_is_refused(context: ToolContext, files: MemoryFiles):
    files.contents["hour.flac"] = await _flac_of_silence(context, files)
    with pytest.raises(ToolFailed, match=r"larger than 32 MiB; shorten it, or let its name end in \.mp3"):
        await audio_loop.run(context, {"file_path": "hour.flac", "loop_count": 60, "output_path": "out.wav"})
    assert "out.wav" not in files.contents


async def _flac_of_silence(context: ToolContext, files: MemoryFiles) -> bytes:
    """A minute that takes next to no room."""
    files.contents["minute.wav"] = wav([0.0] * 60 * RATE)
    await audio_trim.run(context, {"file_path": "minute.wav", "output_path": "minute.flac"})
    return files.contents["minute.flac"]


@pytest.mark.parametrize("output", ["out.txt", "out", "out.wav.exe"])
async def test_a_name_of_no_known_format_is_refused(context: ToolContext, output: str):
    with pytest.raises(ToolFailed, match=r"A recording's name ends in one of \.wav, \.mp3"):
        await audio_reverse.run(context, {"file_path": "tone.wav", "output_path": output})


async def test_a_name_that_looks_like_an_option_is_a_name(context: ToolContext, files: MemoryFiles):
    files.contents["-y.wav"] = tone()
    await audio_reverse.run(context, {"file_path": "-y.wav", "output_path": "http:.wav"})
    assert len(samples_of(files.contents["http:.wav"])) == RATE


def test_a_recording_is_never_written_over():
    with pytest.raises(ToolFailed, match="needs another name"):
        output_for("a/tone.wav", "./a//tone.wav", "trimmed", written=WRITTEN, otherwise="mp3")


@pytest.mark.parametrize(
    ("recording", "output"),
    [
        ("a/b.ogg", "a/b_cut.ogg"),
        ("clip.mp4", "clip_cut.mp3"),
        ("a.b/noend", "a.b/noend_cut.mp3"),
        ("x.MP3", "x_cut.MP3"),
    ],
)
def test_a_result_lies_beside_its_recording(recording: str, output: str):
    assert output_for(recording, "", "cut", written=WRITTEN, otherwise="mp3") == output


@pytest.mark.parametrize(("time", "expected"), [("1:23.5", 83.5), (2, 2), ("01:00:01", 3601), ("4.5s", 4.5), ("0", 0)])
def test_times_are_read_as_people_write_them(time: str | float, expected: float):
    assert seconds(time) == expected


@pytest.mark.parametrize("time", ["", "soon", -1, "1:-2", "1:2:3:4", "nan", "inf", 1e9])
def test_what_is_no_time_is_refused(time: str | float):
    with pytest.raises(ToolFailed, match="A time is a number of seconds"):
        seconds(time)


async def test_mistakes_of_a_model_are_named(context: ToolContext):
    with pytest.raises(NotFound):
        await audio_info.run(context, {"file_path": "gone.wav"})
    with pytest.raises(Invalid):
        await audio_info.run(context, {"file_path": "../tone.wav"})
    with pytest.raises(ArgumentsInvalid):
        await audio_concat.run(context, {"file_paths": ["tone.wav"]})
