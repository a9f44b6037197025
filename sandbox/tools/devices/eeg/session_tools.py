"""Sessions of listening as tools: record one, read it again, list them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

import orjson
from pydantic import Field

from cluster.errors import NotFound
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.devices.eeg.boards import Recording
from sandbox.tools.devices.eeg.eeg_tools import (
    ABOUT,
    CONNECTED,
    FOLDER,
    NEEDS,
    Listener,
    about,
    baseline_of,
    eeg_calibrate_baseline,
    eeg_connect,
    eeg_disconnect,
    eeg_realtime_emotion,
    shown,
    words_for,
)
from sandbox.tools.devices.eeg.signals import Moment, mean_of

READS = Facts(idempotent=True, reads_private=True, seconds=30, needs=NEEDS)
RECORDS = Facts(side_effect=True, reads_private=True, seconds=30, needs=NEEDS)
ID = "0197a1b200007000800000000000000a"
STARTED: tuple[tuple[str, Mapping[str, object]], ...] = (
    *CONNECTED,
    ("eeg_stream_start", {"session_name": "evening", "listener_name": "Mia"}),
)
MOST_TOLD = 60
"""Moments that a model gets; a longer session is thinned out."""
SUMMARY: dict[str, object] = {
    "valence": 0.1,
    "arousal": 0.4,
    "attention": 0.6,
    "engagement": 0.3,
    "peaks": 0,
    "chills": 0,
}

SessionId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", max_length=32)]
Title = Annotated[str, Field(max_length=200)]


@tool(
    category="eeg",
    facts=RECORDS,
    example=Example(
        arguments={"session_name": "evening", "listener_name": "Mia"},
        result={
            "success": True,
            "session_id": ID,
            "track_id": None,
            "track_title": None,
            "listener": "Mia",
            "has_baseline": False,
            "board_info": ABOUT,
            "message": "A moment is kept each second; eeg_stream_stop ends it.",
        },
        varies=True,
        after=CONNECTED,
    ),
)
async def eeg_stream_start(
    context: ToolContext,
    *,
    session_name: Annotated[str, Field(min_length=1, max_length=100), "What to call it"],
    track_id: Annotated[Title | None, "What is listened to"] = None,
    track_title: Annotated[Title | None, "And its title"] = None,
    listener_name: Annotated[Listener, "Who listens"] = "listener",
) -> dict[str, object]:
    """Begin to record a session of listening."""
    board = context.boards.of(context.user)
    if board.recording is not None:
        raise ToolFailed("A session is being recorded already; eeg_stream_stop ends it.")
    baseline = await baseline_of(context, listener_name)
    made = Recording(session_name, listener_name, track_id, track_title, baseline)
    board.recording = made
    return {
        "success": True,
        "session_id": made.id,
        "track_id": track_id,
        "track_title": track_title,
        "listener": listener_name,
        "has_baseline": baseline is not None,
        "board_info": about(board),
        "message": "A moment is kept each second; eeg_stream_stop ends it.",
    }


@tool(
    category="eeg",
    facts=RECORDS,
    example=Example(
        arguments={"generate_experience": False},
        result={
            "success": True,
            "session_id": ID,
            "duration_ms": 1000,
            "duration_formatted": "0:01",
            "moments_recorded": 1,
            "saved_to": f"{FOLDER}/{ID}.json",
        },
        varies=True,
        after=STARTED,
    ),
)
async def eeg_stream_stop(
    context: ToolContext, *, generate_experience: Annotated[bool, "Tell what it came to, too"] = True
) -> dict[str, object]:
    """End the session that is being recorded and keep it as a file."""
    board = context.boards.of(context.user)
    recording = board.recording
    if recording is None:
        raise ToolFailed("No session is being recorded; eeg_stream_start begins one.")
    if not recording.moments:
        await board.next_second()
    board.recording = None
    session = _session(recording)
    path = f"{FOLDER}/{recording.id}.json"
    await context.files.write({path: orjson.dumps(session)})
    names = ("session_id", "duration_ms", "duration_formatted", "moments_recorded")
    answer: dict[str, object] = {"success": True, **{name: session[name] for name in names}, "saved_to": path}
    if generate_experience:
        answer |= {"experience": _thinned(session["moments"]), **{k: session[k] for k in ("narrative", "summary")}}
    return answer


@tool(
    category="eeg",
    facts=READS,
    example=Example(
        arguments={"limit": 5},
        result={
            "success": True,
            "sessions": [
                {
                    "session_id": ID,
                    "session_name": "evening",
                    "listener": "Mia",
                    "track_title": None,
                    "started_at": "2026-11-23T05:06:07+00:00",
                    "duration_formatted": "0:01",
                }
            ],
            "count": 1,
            "total_available": 1,
        },
        varies=True,
        after=(*STARTED, ("eeg_stream_stop", {})),
    ),
)
async def eeg_list_sessions(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=50), "Most sessions, newest first"] = 10
) -> dict[str, object]:
    """List the recorded sessions of listening."""
    there = await context.files.facts(FOLDER) is not None
    files = [each for each in await context.files.list(FOLDER) if each.path.endswith(".json")] if there else []
    newest = sorted(files, key=lambda each: (each.modified, each.path), reverse=True)[:limit]
    told = [await _read(context, each.path) for each in newest]
    names = ("session_id", "session_name", "listener", "track_title", "started_at", "duration_formatted")
    sessions = [{name: session.get(name) for name in names} for session in told]
    return {"success": True, "sessions": sessions, "count": len(sessions), "total_available": len(files)}


@tool(
    category="eeg",
    facts=READS,
    example=Example(
        arguments={"session_id": ID, "detail_level": "summary"},
        result={"success": True, "session_id": ID, "listener": "Mia", "summary": SUMMARY},
        files={f"{FOLDER}/{ID}.json": orjson.dumps({"session_id": ID, "listener": "Mia", "summary": SUMMARY})},
    ),
)
async def eeg_experience_get(
    context: ToolContext,
    *,
    session_id: Annotated[SessionId, "Of the session"],
    detail_level: Annotated[Literal["summary", "full", "narrative"], "How much of it"] = "full",
) -> dict[str, object]:
    """Read a recorded session of listening."""
    session = await _read(context, f"{FOLDER}/{session_id}.json")
    told: dict[str, object] = {"success": True, **{name: value for name, value in session.items() if name != "moments"}}
    if detail_level == "full":
        told["moments"] = _thinned(session.get("moments", []))
    if detail_level == "narrative":
        told.pop("summary", None)
    if detail_level == "summary":
        told.pop("narrative", None)
    return told


def _session(recording: Recording) -> dict[str, Any]:
    moments = recording.moments
    middle = mean_of(moments)
    told = [{"t_ms": number * 1000, **shown(each)} for number, each in enumerate(moments)]
    seconds = len(moments)
    summary = {name: value for name, value in shown(middle).items() if not isinstance(value, bool)}
    return {
        "session_id": recording.id,
        "session_name": recording.name,
        "listener": recording.listener,
        "track_id": recording.track_id,
        "track_title": recording.track_title,
        "started_at": recording.began.isoformat(timespec="seconds"),
        "duration_ms": seconds * 1000,
        "duration_formatted": f"{seconds // 60}:{seconds % 60:02}",
        "moments_recorded": seconds,
        "has_baseline": recording.baseline is not None,
        "summary": {
            **summary,
            "peaks": sum(bool(each["emotional_peak"]) for each in told),
            "chills": sum(bool(each["possible_chills"]) for each in told),
        },
        "narrative": _narrative(recording, middle),
        "moments": told,
    }


def _narrative(recording: Recording, middle: Moment) -> str:
    """How it went, in a few sentences."""
    thirds = [recording.moments[at : at + max(1, len(recording.moments) // 3)] for at in _beginnings(recording)]
    words = [words_for(mean_of(third)) for third in thirds]
    what = f" to {recording.track_title}" if recording.track_title else ""
    way = " to ".join(dict.fromkeys(words))
    return f"{recording.listener} listened{what} for {len(recording.moments)} s: {way}; in all {words_for(middle)}."


def _beginnings(recording: Recording) -> list[int]:
    third = max(1, len(recording.moments) // 3)
    return list(range(0, len(recording.moments), third))[:3]


def _thinned(moments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return moments[:: -(-len(moments) // MOST_TOLD) or 1]


async def _read(context: ToolContext, path: str) -> dict[str, Any]:
    try:
        session: Any = orjson.loads(await context.files.read(path))
    except NotFound:
        raise NotFound("There is no such session; eeg_list_sessions names them.") from None
    except orjson.JSONDecodeError:
        session = None
    if not isinstance(session, dict):
        raise ToolFailed(f"{path} holds no session.")
    return cast("dict[str, Any]", session)


EEG_TOOLS = (
    *(eeg_connect, eeg_disconnect, eeg_realtime_emotion, eeg_calibrate_baseline),
    *(eeg_stream_start, eeg_stream_stop, eeg_experience_get, eeg_list_sessions),
)
