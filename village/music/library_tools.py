"""The library of pieces as tools: lists, search, favourites and plays."""

from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from village.music import songs, store
from village.music.shown import ID, LINE, LOOKS, SUNO, TASK, WITH_RAIN, Agent, TaskId, line
from village.music.store import Song, Status

Most = Annotated[int, Field(ge=1, le=100)]
Task = Annotated[TaskId, "Of the piece"]


@tool(
    category="music",
    facts=LOOKS,
    example=Example(
        arguments={}, result={"tasks": [LINE], "count": 1, "total_in_storage": 1}, varies=True, after=WITH_RAIN
    ),
)
async def music_list(
    context: ToolContext,
    *,
    limit: Annotated[Most, "Most pieces, newest first"] = 10,
    status: Annotated[Status | None, "Only those"] = None,
) -> dict[str, object]:
    """List the newest pieces of music, done or not."""
    async with context.db.as_user(context.user) as conn:
        found = await store.listed(conn, status=status, agent=None, favorites=False, limit=limit)
        totals = await store.totals(conn)
    return {"tasks": [line(song) for song in found], "count": len(found), "total_in_storage": totals.songs}


@tool(
    category="music",
    facts=LOOKS,
    example=Example(
        arguments={"favorites_only": False},
        result={
            "songs": [LINE],
            "count": 1,
            "completed_count": 1,
            "total_duration": 12.5,
            "total_in_library": 1,
            "filters_applied": {"agent_id": None, "favorites_only": False, "status": None},
        },
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_library(
    context: ToolContext,
    *,
    agent_id: Annotated[Agent | None, "Only what this agent made"] = None,
    favorites_only: Annotated[bool, "Only favourites"] = False,
    status: Annotated[Status | None, "Only those"] = None,
    limit: Annotated[Most, "Most pieces, newest first"] = 20,
) -> dict[str, object]:
    """List pieces of the music library, with its totals."""
    async with context.db.as_user(context.user) as conn:
        found = await store.listed(conn, status=status, agent=agent_id, favorites=favorites_only, limit=limit)
        totals = await store.totals(conn)
    return {
        "songs": [line(song) for song in found],
        "count": len(found),
        "completed_count": totals.completed,
        "total_duration": round(totals.seconds, 1),
        "total_in_library": totals.songs,
        "filters_applied": {"agent_id": agent_id, "favorites_only": favorites_only, "status": status},
    }


@tool(
    category="music",
    facts=LOOKS,
    example=Example(
        arguments={"query": "rain"},
        result={"results": [LINE], "count": 1, "query": "rain", "total_searched": 1},
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_search(
    context: ToolContext,
    *,
    query: Annotated[str, Field(min_length=1, max_length=300), "Words of title, prompt or style"],
    limit: Annotated[Most, "Most pieces, best first"] = 10,
) -> dict[str, object]:
    """Search the music library by words, best first."""
    async with context.db.as_user(context.user) as conn:
        pieces = await store.listed(conn, status=None, agent=None, favorites=False, limit=songs.MOST_SONGS)
    words = query.lower().split()
    scored = [(_score(song, words), song) for song in pieces]
    found = [song for score, song in sorted(scored, key=lambda pair: -pair[0]) if score]
    shown = [line(song) for song in found[:limit]]
    return {"results": shown, "count": len(shown), "query": query, "total_searched": len(pieces)}


@tool(
    category="music",
    facts=Facts(side_effect=True, seconds=10, needs=SUNO),
    example=Example(
        arguments={"task_id": TASK, "favorite": True},
        result={"success": True, "task_id": ID, "title": "Rain", "favorite": True, "message": "Rain is a favourite."},
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_favorite(
    context: ToolContext, *, task_id: Task, favorite: Annotated[bool | None, "Turned over when absent"] = None
) -> dict[str, object]:
    """Mark a piece of music as a favourite, or unmark it."""
    song = await songs.found(context, task_id)
    async with context.db.as_user(context.user) as conn:
        now = await store.set_favorite(conn, song.id, favorite)
    said = f"{song.title} is {'a' if now else 'no'} favourite."
    return {"success": True, "task_id": song.id, "title": song.title, "favorite": now, "message": said}


@tool(
    category="music",
    facts=Facts(side_effect=True, reads_private=True, seconds=10, needs=SUNO),
    example=Example(
        arguments={"task_id": TASK},
        result={
            "success": True,
            "task_id": ID,
            "title": "Rain",
            "audio_file": "music/Rain 1.mp3",
            "duration": 12.5,
            "play_count": 1,
            "agent_id": None,
            "message": "Here is Rain.",
        },
        varies=True,
        after=WITH_RAIN,
    ),
)
async def music_play(context: ToolContext, *, task_id: Task) -> dict[str, object]:
    """Show the person a finished piece of music to play, and count it."""
    song = await songs.found(context, task_id)
    shown = line(song)
    if not shown["audio_file"]:
        raise ToolFailed(f"{song.title} has no recording here yet; music_download fetches it once it is done.")
    async with context.db.as_user(context.user) as conn:
        plays = await store.count_play(conn, song.id)
    kept = {name: shown[name] for name in ("task_id", "title", "audio_file", "duration", "agent_id")}
    return {"success": True, **kept, "play_count": plays, "message": f"Here is {song.title}."}


def _score(song: Song, words: list[str]) -> int:
    """Words of the title count three times, of the style twice."""
    weighed = ((song.title, 3), (song.style, 2), (song.prompt, 1))
    return sum(weight for word in words for text, weight in weighed if word in text.lower())


LIBRARY_TOOLS = (music_list, music_library, music_search, music_favorite, music_play)
