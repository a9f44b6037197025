"""Looks at recordings: which there are, how long and loud they are, and their outline for drawing.

They are decoded in the jail: decoders have a long history of mistakes, and recordings come from anywhere.
"""

from typing import Annotated

from pydantic import Field

from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.audio_examples import TONE
from sandbox.tools.audio_files import LOOKS, READ, called
from sandbox.tools.beside import MaybePath, Path

MOST_LISTED = 200
MIB = 1024 * 1024


@tool(
    category="audio_editor",
    facts=LOOKS,
    example=Example(
        arguments={"file_path": "tone.wav"},
        result={
            "file_path": "tone.wav",
            "file_name": "tone.wav",
            "duration_ms": 1000,
            "duration_seconds": 1.0,
            "duration_formatted": "0:01.000",
            "channels": 1,
            "sample_rate": 8000,
            "sample_width": 2,
            "frame_count": 8000,
            "file_size_bytes": 16044,
            "file_size_mb": 0.02,
            "format": "wav",
            "codec": "pcm_s16le",
            "dbfs": -9.03,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_info(context: ToolContext, *, file_path: Annotated[Path, "The recording"]) -> dict[str, object]:
    """Tell a recording's length, format, loudness in dBFS, and tempo if it has a steady one."""
    path = plain(file_path)
    told = await called(context, "hearing.info", {"path": path}, [path])
    return {"file_path": path, "file_name": path.rpartition("/")[2], **told}


@tool(
    category="audio_editor",
    facts=LOOKS,
    example=Example(
        arguments={"file_path": "tone.wav", "num_points": 4},
        result={
            "file_path": "tone.wav",
            "duration_seconds": 1.0,
            "sample_rate": 8000,
            "waveform": [0.5, 0.5, 0.5, 0.5],
            "num_points": 4,
        },
        files={"tone.wav": TONE},
    ),
)
async def audio_get_waveform(
    context: ToolContext,
    *,
    file_path: Annotated[Path, "The recording"],
    num_points: Annotated[int, Field(ge=1, le=2000), "How many points"] = 200,
) -> dict[str, object]:
    """Outline a recording for drawing: its highest amplitude, 0 to 1, in each of equal parts."""
    path = plain(file_path)
    told = await called(context, "hearing.waveform", {"path": path, "points": num_points}, [path])
    return {"file_path": path, **told}


@tool(
    category="audio_editor",
    facts=Facts(idempotent=True, reads_private=True, seconds=30),
    example=Example(
        arguments={"folder": "takes"},
        result={
            "folder": "takes",
            "files": [
                {"name": "tone.wav", "path": "takes/tone.wav", "size_mb": 0.02, "modified": "2026-11-23T05:06:07Z"}
            ],
            "count": 1,
        },
        varies=True,
        files={"takes/tone.wav": TONE, "takes/notes.txt": b"take 1"},
    ),
)
async def audio_list_files(
    context: ToolContext, *, folder: Annotated[MaybePath, "Which folder, with those below; all when empty"] = ""
) -> dict[str, object]:
    """List the recordings in the workspace, by the ends of their names."""
    path = plain(folder)
    found = [
        {
            "name": file.path.rpartition("/")[2],
            "path": file.path,
            "size_mb": round(file.size / MIB, 2),
            "modified": file.modified.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        for file in await context.files.list(path, recursive=True)
        if not file.is_folder and file.path.rpartition(".")[2].lower() in READ
    ]
    return {"folder": path, "files": found[:MOST_LISTED], "count": len(found)}
