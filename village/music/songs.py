"""A piece of music's life: asked for, begun by the provider, looked up until it is done, its recordings kept."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cluster.errors import ApexError, Busy, NotFound, Temporary
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext
from village.music import store, suno
from village.music.store import Song
from village.music.suno import Piece

MOST_SONGS, MOST_AT_ONCE = 2000, 5
WAIT_SECONDS, POLL_SECONDS = 540.0, 5.0
FOLDER = "music"

Begin = Callable[[], Awaitable[str]]
"""Has the provider begin, and answers its name of the task."""


async def begin(context: ToolContext, piece: Piece, start: Begin, *, agent: str, midi_file: str | None = None) -> Song:
    """A new piece, which the provider has begun. Raises what kept it from that, and keeps it as failed."""
    asked = {**asdict(piece), "agent": agent or None, "midi_file": midi_file}
    async with context.db.as_user(context.user) as conn:
        totals = await store.totals(conn)
        if totals.songs >= MOST_SONGS:
            raise ToolFailed(f"The library holds {MOST_SONGS} pieces already.")
        if totals.unfinished >= MOST_AT_ONCE:
            raise ToolFailed(f"{MOST_AT_ONCE} pieces are being made already; look at those with music_status first.")
        song = await store.add(conn, context.user, asked)
    try:
        task = await start()
    except ApexError as error:
        async with context.db.as_user(context.user) as conn:
            await store.went_on(conn, song.id, "failed", (), str(error))
        raise
    async with context.db.as_user(context.user) as conn:
        return await store.begun(conn, song.id, task)


async def found(context: ToolContext, named: str) -> Song:
    """The piece of that id. Raises NotFound."""
    async with context.db.as_user(context.user) as conn:
        song = await store.find(conn, named)
    if song is None:
        raise NotFound(f"There is no piece of music {named!r}; music_list names them.")
    return song


async def looked_up(context: ToolContext, song: Song) -> Song:
    """The piece as it is now: the provider is asked while it is not done, and finished recordings are fetched."""
    if song.status == "failed" or song.provider_task is None or _is_kept(song):
        return song
    if song.status == "completed":
        return await _keep(context, song, song.tracks)
    progress = await suno.progress(context, song.provider_task)
    tracks = [asdict(track) for track in progress.tracks]
    if progress.status == "completed":
        return await _keep(context, song, tracks)
    return await _went_on(context, song, progress.status, tracks, progress.error)


async def waited_for(context: ToolContext, song: Song) -> Song:
    """The piece once it is done, or as it is after 9 minutes."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            song = await looked_up(context, song)
        except Busy as error:
            await asyncio.sleep(error.retry_after)
        if song.status in ("completed", "failed"):
            break
        await asyncio.sleep(POLL_SECONDS)
    return song


def _is_kept(song: Song) -> bool:
    return song.status == "completed" and all(track.get("audio_file") for track in song.tracks)


async def _keep(context: ToolContext, song: Song, tracks: Sequence[Mapping[str, Any]]) -> Song:
    """Fetch what is not kept yet. What cannot be fetched now keeps its address, and is tried again next time."""
    kept: list[Mapping[str, Any]] = []
    for place, track in enumerate(tracks):
        path = track.get("audio_file")
        if not path:
            path = await _fetched(context, str(track["audio_url"]), _path(song, place))
        kept.append({**track, "audio_file": path})
    return await _went_on(context, song, "completed", kept, None)


async def _fetched(context: ToolContext, url: str, path: str) -> str | None:
    try:
        audio = await suno.audio(context, url)
    except (ToolFailed, Temporary):
        return None
    await context.files.write({path: audio})
    return path


def _path(song: Song, place: int) -> str:
    title = re.sub(r"[^\w -]+", "", song.title).strip()[:60] or "untitled"
    which = ("", " (Alt)")[place] if place < 2 else f" ({place + 1})"
    return f"{FOLDER}/{title} {str(song.id)[-8:]}{which}.mp3"


async def _went_on(
    context: ToolContext, song: Song, status: store.Status, tracks: Sequence[Mapping[str, Any]], error: str | None
) -> Song:
    async with context.db.as_user(context.user) as conn:
        return await store.went_on(conn, song.id, status, tracks, error) or song
