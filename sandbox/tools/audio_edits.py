"""Edits of recordings. Each reads one or more and writes another; what it read stays as it was."""

from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.audio import audio_get_waveform, audio_info, audio_list_files
from sandbox.tools.audio_examples import TONE
from sandbox.tools.audio_files import EDITS, WRITTEN, Time, called, edited, seconds
from sandbox.tools.beside import MaybePath, Path, output_for

MOST_MS = 600_000
Input = Annotated[Path, "The recording"]
Output = Annotated[MaybePath, "Where the result goes, .wav .mp3 .flac .ogg .opus or .m4a; beside the input when empty"]
Crossfade = Annotated[int, Field(ge=0, le=MOST_MS), "How long one blends into the next"]


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_path": "tone.wav", "start": "0:00.25", "end": 0.75},
        result={
            "input_file": "tone.wav",
            "output_file": "tone_trimmed.wav",
            "original_duration_ms": 1000,
            "trimmed_duration_ms": 500,
            "trimmed_duration_formatted": "0:00.500",
            "start_ms": 250,
            "end_ms": 750,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_trim(
    context: ToolContext,
    *,
    file_path: Input,
    start: Annotated[Time, 'Seconds, or "1:23.5"'] = 0,
    end: Annotated[Time | None, "The same; to its end when absent"] = None,
    output_path: Output = "",
) -> dict[str, object]:
    """Cut a recording to what lies between two times."""
    times = {"start": seconds(start), "end": None if end is None else seconds(end)}
    return await edited(context, "trim", file_path, output_path, "trimmed", times)


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_path": "tone.wav", "fade_out_ms": 200},
        result={
            "input_file": "tone.wav",
            "output_file": "tone_faded.wav",
            "fade_in_ms": 0,
            "fade_out_ms": 200,
            "duration_ms": 1000,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_fade(
    context: ToolContext,
    *,
    file_path: Input,
    fade_in_ms: Annotated[int, Field(ge=0, le=MOST_MS), "How long it rises from silence"] = 0,
    fade_out_ms: Annotated[int, Field(ge=0, le=MOST_MS), "How long it falls into silence"] = 0,
    output_path: Output = "",
) -> dict[str, object]:
    """Fade a recording in, out, or both."""
    fades = {"fade_in_ms": fade_in_ms, "fade_out_ms": fade_out_ms}
    return await edited(context, "fade", file_path, output_path, "faded", fades)


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_path": "tone.wav", "target_dbfs": -20},
        result={
            "input_file": "tone.wav",
            "output_file": "tone_normalized.wav",
            "original_dbfs": -9.03,
            "target_dbfs": -20.0,
            "final_dbfs": -20.0,
            "gain_applied": -10.97,
            "held_by_peak": False,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_normalize(
    context: ToolContext,
    *,
    file_path: Input,
    target_dbfs: Annotated[float, Field(ge=-80, le=0), "Mean loudness in decibels below full scale"] = -14.0,
    output_path: Output = "",
) -> dict[str, object]:
    """Bring a recording to a loudness; it stays below it where its peaks would clip (`held_by_peak`)."""
    return await edited(context, "normalize", file_path, output_path, "normalized", {"target": target_dbfs})


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_path": "tone.wav", "loop_count": 3},
        result={
            "input_file": "tone.wav",
            "output_file": "tone_looped.wav",
            "original_duration_ms": 1000,
            "looped_duration_ms": 2800,
            "looped_duration_formatted": "0:02.800",
            "loop_count": 3,
            "crossfade_ms": 100,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_loop(
    context: ToolContext,
    *,
    file_path: Input,
    loop_count: Annotated[int, Field(ge=1, le=100), "How often it is heard"] = 2,
    crossfade_ms: Crossfade = 100,
    output_path: Output = "",
) -> dict[str, object]:
    """Repeat a recording, each time blending into the next."""
    repeats = {"count": loop_count, "crossfade_ms": crossfade_ms}
    return await edited(context, "loop", file_path, output_path, "looped", repeats)


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_paths": ["tone.wav", "end.wav"], "output_path": "both.flac"},
        result={
            "input_files": ["tone.wav", "end.wav"],
            "output_file": "both.flac",
            "total_duration_ms": 2000,
            "total_duration_formatted": "0:02.000",
            "file_count": 2,
            "crossfade_ms": 0,
        },
        files={"tone.wav": TONE, "end.wav": TONE},
    ),
)
async def audio_concat(
    context: ToolContext,
    *,
    file_paths: Annotated[list[Path], Field(min_length=2, max_length=20), "The recordings, in order"],
    crossfade_ms: Crossfade = 0,
    output_path: Output = "",
) -> dict[str, object]:
    """Join recordings of any format, in the sampling rate and channels of the first."""
    recordings = [plain(path) for path in file_paths]
    output = output_for(recordings[0], output_path, "joined", written=WRITTEN, otherwise="mp3")
    if output in recordings:
        raise ToolFailed("The result needs another name than the recordings that it joins.")
    arguments = {"paths": recordings, "output": output, "crossfade_ms": crossfade_ms}
    told = await called(context, "recordings.concat", arguments, recordings)
    return {"input_files": recordings, "output_file": output, **told}


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_path": "tone.wav", "speed_factor": 2, "preserve_pitch": False},
        result={
            "input_file": "tone.wav",
            "output_file": "tone_speed.wav",
            "original_duration_ms": 1000,
            "new_duration_ms": 500,
            "speed_factor": 2.0,
            "pitch_preserved": False,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_speed(
    context: ToolContext,
    *,
    file_path: Input,
    speed_factor: Annotated[float, Field(ge=0.1, le=10), "2 is twice as fast"] = 1.0,
    preserve_pitch: Annotated[bool, "Whether it keeps its pitch"] = True,
    output_path: Output = "",
) -> dict[str, object]:
    """Play a recording faster or slower, at the same pitch or with it."""
    change = {"factor": speed_factor, "preserve_pitch": preserve_pitch}
    return await edited(context, "speed", file_path, output_path, "speed", change)


@tool(
    category="audio_editor",
    facts=EDITS,
    example=Example(
        arguments={"file_path": "tone.wav"},
        result={"input_file": "tone.wav", "output_file": "tone_reversed.wav", "duration_ms": 1000},
        files={"tone.wav": TONE},
    ),
)
async def audio_reverse(context: ToolContext, *, file_path: Input, output_path: Output = "") -> dict[str, object]:
    """Turn a recording around, so that it plays backwards."""
    return await edited(context, "turn_around", file_path, output_path, "reversed", {})


AUDIO_TOOLS = (
    audio_info,
    audio_trim,
    audio_fade,
    audio_normalize,
    audio_loop,
    audio_concat,
    audio_speed,
    audio_reverse,
    audio_list_files,
    audio_get_waveform,
)
