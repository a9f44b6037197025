"""What the music tools share: their facts, their arguments, and how a piece is told of."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from sandbox.equipment import Need
from sandbox.tool import Facts
from village.music.store import Song

SUNO = (Need(("suno",), "The operator has to set APEX_SUNO_API_KEY."),)
MAKES = Facts(side_effect=True, exfiltrates=True, seconds=600, needs=SUNO)
FOLLOWS = Facts(side_effect=True, idempotent=True, reads_private=True, seconds=300, needs=SUNO)
LOOKS = Facts(idempotent=True, reads_private=True, seconds=10, needs=SUNO)

TaskId = Annotated[str, Field(min_length=1, max_length=100)]
Agent = Annotated[str, Field(max_length=100)]
ID = "0197a1b2-0000-7000-8000-000000000000"
WHEN = "2026-11-23T05:06:07Z"
TRACKS: list[dict[str, object]] = [
    {"title": "Rain", "audio_url": "http://suno.test:8001/1.mp3", "duration": 12.5, "audio_file": "music/Rain 1.mp3"},
    {"title": "Rain", "audio_url": "http://suno.test:8001/2.mp3", "duration": 13.0, "audio_file": "music/Rain 2.mp3"},
]
RAIN = {"prompt": "rain on a roof", "style": "ambient", "title": "Rain"}
WITH_RAIN = (("music_generate", RAIN),)
TASK = "task-1"
"""What the provider of the examples calls its first task."""
DONE: dict[str, object] = {
    "success": True,
    "task_id": ID,
    "suno_task_id": TASK,
    "status": "completed",
    "title": "Rain",
    "model": "V5",
    "is_instrumental": True,
    "audio_file": "music/Rain 1.mp3",
    "audio_files": ["music/Rain 1.mp3", "music/Rain 2.mp3"],
    "audio_url": "http://suno.test:8001/1.mp3",
    "duration": 12.5,
    "tracks": TRACKS,
    "track_count": 2,
    "message": "Rain is done.",
}


def told(song: Song) -> dict[str, object]:
    """A piece in full."""
    first = _first(song)
    return {
        "success": song.status != "failed",
        "task_id": song.id,
        "suno_task_id": song.provider_task,
        "status": song.status,
        "title": song.title,
        "model": song.model,
        "is_instrumental": song.instrumental,
        "audio_file": first.get("audio_file"),
        "audio_files": [track["audio_file"] for track in song.tracks if track.get("audio_file")],
        "audio_url": first.get("audio_url"),
        "duration": first.get("duration"),
        "tracks": song.tracks,
        "track_count": len(song.tracks),
        "message": message(song),
    }


def line(song: Song) -> dict[str, object]:
    """A piece in a list."""
    first = _first(song)
    return {
        "task_id": song.id,
        "title": song.title,
        "status": song.status,
        "model": song.model,
        "duration": first.get("duration"),
        "audio_file": first.get("audio_file"),
        "favorite": song.favorite,
        "play_count": song.plays,
        "agent_id": song.agent,
        "created_at": song.created_at,
    }


def _first(song: Song) -> Mapping[str, Any]:
    return song.tracks[0] if song.tracks else dict[str, Any]()


LINE: dict[str, object] = {
    "task_id": ID,
    "title": "Rain",
    "status": "completed",
    "model": "V5",
    "duration": 12.5,
    "audio_file": "music/Rain 1.mp3",
    "favorite": False,
    "play_count": 0,
    "agent_id": None,
    "created_at": WHEN,
}


def message(song: Song) -> str:
    """How it stands, in words."""
    if song.status == "failed":
        return song.error or "It failed."
    if song.status != "completed":
        early = " The first recording can be heard at audio_url." if song.tracks else ""
        return f"{song.title} is being made; music_status looks again.{early}"
    if any(not track.get("audio_file") for track in song.tracks):
        return f"{song.title} is done, but not all of it could be fetched yet; music_download tries again."
    return f"{song.title} is done."
