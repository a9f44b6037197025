"""Tools that have music made, and follow it until it is done."""

from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.audio_files import called
from village.music import songs, suno
from village.music.library_tools import LIBRARY_TOOLS
from village.music.shown import DONE, FOLLOWS, ID, MAKES, RAIN, TASK, WHEN, WITH_RAIN, Agent, TaskId, told
from village.music.store import Song
from village.music.suno import LIMITS, Model, Piece, Weights

Share = Annotated[float, Field(ge=0, le=1)]
MidiPath = Annotated[str, Field(min_length=1, max_length=500)]
MADE = {"notes": ["C4", "E4", "G4"], "title": "Up"}
COVER = {"midi_file": "midi/up.mid", "style": "choir", "title": "Rain"}


@tool(
    category="music",
    facts=MAKES,
    example=Example(arguments=RAIN, result=DONE, varies=True),
)
async def music_generate(
    context: ToolContext,
    *,
    prompt: Annotated[str, Field(min_length=1, max_length=5000), "What it is about; the lyrics if it is sung"],
    style: Annotated[str, Field(max_length=1000), "Genre, mood, instruments"] = "",
    title: Annotated[str, Field(max_length=100), "Its name"] = "",
    model: Annotated[Model, "V3_5 and V4 take shorter texts"] = "V5",
    is_instrumental: Annotated[bool, "Without singing"] = True,
    blocking: Annotated[bool, "Wait until it is done, at most 9 minutes"] = True,
    agent_id: Annotated[Agent, "Who makes it"] = "",
) -> dict[str, object]:
    """Have a piece of music made by Suno; it takes minutes and costs credits. Its recordings become files."""
    piece = _piece(prompt, style or prompt[:200], title or prompt, model, instrumental=is_instrumental)
    song = await songs.begin(context, piece, lambda: suno.generate(context, piece), agent=agent_id)
    return told(await songs.waited_for(context, song) if blocking else song)


@tool(
    category="music",
    facts=MAKES,
    example=Example(
        arguments=COVER,
        result={**DONE, "midi_file": "midi/up.mid", "style": "choir", "audio_influence": 0.5},
        varies=True,
        after=(("midi_create", MADE),),
    ),
)
async def music_compose(
    context: ToolContext,
    *,
    midi_file: Annotated[MidiPath, "The .mid file that it is made of"],
    style: Annotated[str, Field(min_length=1, max_length=1000), "Genre, mood, instruments"],
    title: Annotated[str, Field(min_length=1, max_length=100), "Its name"],
    audio_influence: Annotated[Share, "How much it keeps of the notes, 0 to 1"] = 0.5,
    prompt: Annotated[str, Field(max_length=5000), "The lyrics if it is sung"] = "",
    instrumental: Annotated[bool, "Without singing"] = True,
    style_weight: Annotated[Share, "How closely it follows the style, 0 to 1"] = 0.5,
    weirdness: Annotated[Share, "How odd it may be, 0 to 1"] = 0.3,
    model: Annotated[Model, "V3_5 and V4 take shorter texts"] = "V5",
    blocking: Annotated[bool, "Wait until it is done, at most 7 minutes"] = True,
    agent_id: Annotated[Agent, "Who makes it"] = "",
) -> dict[str, object]:
    """Have Suno play a MIDI file in a style; it takes minutes and costs credits. Its recordings become files."""
    piece = _piece(prompt, style, title, model, instrumental=instrumental)
    path = plain(midi_file)
    heard = f"{path.removesuffix('.mid')}_audio.mp3"
    weights = Weights(audio=audio_influence, style=style_weight, weirdness=weirdness)

    async def start() -> str:
        await called(context, "instruments.play", {"path": path, "output": heard, "instrument": "auto"}, [path])
        audio = await context.files.read(heard)
        return await suno.cover(context, piece, await suno.upload(context, heard.rpartition("/")[2], audio), weights)

    song = await songs.begin(context, piece, start, agent=agent_id, midi_file=path)
    made = await songs.waited_for(context, song) if blocking else song
    return {**told(made), "midi_file": path, "style": style, "audio_influence": audio_influence}


@tool(
    category="music",
    facts=FOLLOWS,
    example=Example(
        arguments={"task_id": TASK},
        result={
            "found": True,
            **DONE,
            "progress": "completed",
            "prompt": "rain on a roof",
            "created_at": WHEN,
            "completed_at": WHEN,
            "error": None,
        },
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_status(
    context: ToolContext, *, task_id: Annotated[TaskId, "Of the piece, as music_generate told it"]
) -> dict[str, object]:
    """Tell how far a piece of music is; once it is done, its recordings become files."""
    song = await songs.looked_up(context, await songs.found(context, task_id))
    progress = "first track ready" if song.status == "generating" and song.tracks else song.status
    return {
        "found": True,
        **told(song),
        "progress": progress,
        "prompt": song.prompt[:100],
        "created_at": song.created_at,
        "completed_at": song.completed_at,
        "error": song.error,
    }


@tool(
    category="music",
    facts=FOLLOWS,
    example=Example(
        arguments={"task_id": TASK},
        result={"found": True, **DONE, "prompt": "rain on a roof", "created_at": WHEN, "completed_at": WHEN},
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_result(
    context: ToolContext, *, task_id: Annotated[TaskId, "Of the piece, as music_generate told it"]
) -> dict[str, object]:
    """Tell the files, length and title of a piece of music that is done."""
    song = await _done(context, task_id)
    times = {"created_at": song.created_at, "completed_at": song.completed_at}
    return {"found": True, **told(song), "prompt": song.prompt, **times}


@tool(
    category="music",
    facts=FOLLOWS,
    example=Example(
        arguments={"task_id": TASK},
        result={
            "success": True,
            "task_id": ID,
            "title": "Rain",
            "audio_file": "music/Rain 1.mp3",
            "audio_files": ["music/Rain 1.mp3", "music/Rain 2.mp3"],
            "audio_url": "http://suno.test:8001/1.mp3",
            "play_count": 0,
            "message": "Rain is done.",
        },
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_download(
    context: ToolContext, *, task_id: Annotated[TaskId, "Of the piece, as music_generate told it"]
) -> dict[str, object]:
    """Make the recordings of a piece that is done files of the workspace, and tell where they are."""
    song = await _done(context, task_id)
    shown = told(song)
    kept = {name: shown[name] for name in ("title", "audio_file", "audio_files", "audio_url")}
    answer = {"success": bool(shown["audio_file"]), "task_id": song.id, **kept, "play_count": song.plays}
    return {**answer, "message": shown["message"]}


async def _done(context: ToolContext, task_id: str) -> Song:
    song = await songs.looked_up(context, await songs.found(context, task_id))
    if song.status == "failed":
        raise ToolFailed(f"{song.title} failed: {song.error}")
    if song.status != "completed":
        raise ToolFailed(f"{song.title} is not done yet; music_status looks again.")
    return song


def _piece(prompt: str, style: str, title: str, model: Model, *, instrumental: bool) -> Piece:
    """What is asked for. Raises ToolFailed for what the model does not take."""
    name = " ".join(title.split())[: LIMITS[model][2]].strip() or "Untitled"
    for what, text, most in zip(("prompt", "style"), (prompt, style), LIMITS[model][:2], strict=True):
        if len(text) > most:
            raise ToolFailed(f"{model} takes a {what} of at most {most} characters; this has {len(text)}.")
    return Piece(prompt=prompt, style=style, title=name, model=model, instrumental=instrumental)


SONG_TOOLS = (music_generate, music_compose, music_status, music_result, music_download, *LIBRARY_TOOLS)
