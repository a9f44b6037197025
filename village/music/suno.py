"""Speaks to the music provider: sunoapi.org, or what speaks like it (docs.sunoapi.org)."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import quote

from cluster.errors import Busy, Unavailable
from sandbox.egress.exchange import MIB, Caps, Request
from sandbox.egress.fetch import fetch
from sandbox.egress.targets import target_of
from sandbox.errors import ToolFailed
from sandbox.outside import Asking, ask_json, guard_for
from sandbox.tool import ToolContext

Model = Literal["V3_5", "V4", "V4_5", "V5"]
LIMITS: Mapping[Model, tuple[int, int, int]] = {
    "V3_5": (3000, 200, 80),
    "V4": (3000, 200, 80),
    "V4_5": (5000, 1000, 100),
    "V5": (5000, 1000, 100),
}
"""Characters of prompt, style and title."""
NOBODY = "https://nobody.invalid/"
"""The provider insists on an address to call back; we look instead."""
FAILED = {
    "CREATE_TASK_FAILED": "The provider could not begin.",
    "GENERATE_AUDIO_FAILED": "The provider could not make the music.",
    "CALLBACK_EXCEPTION": "The provider gave up.",
    "SENSITIVE_WORD_ERROR": "The provider does not like a word of the prompt.",
}
LARGEST = 40 * MIB
UPLOADS, DOWNLOADS = Caps(seconds=120, redirects=0), Caps(seconds=120, bytes=LARGEST, redirects=3)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What is asked for."""

    prompt: str
    style: str
    title: str
    model: Model
    instrumental: bool


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much a cover keeps of the upload, of the style, and how odd it may be; each from 0 to 1."""

    audio: float
    style: float
    weirdness: float


@dataclass(frozen=True, kw_only=True)
class Track:
    """One recording. `audio_url` expires."""

    title: str
    audio_url: str
    duration: float | None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far it is."""

    status: Literal["generating", "completed", "failed"]
    tracks: Sequence[Track] = ()
    error: str | None = None


async def generate(context: ToolContext, piece: Piece) -> str:
    """Begin. Answers the provider's name of the task."""
    return await _begin(context, "/api/v1/generate", _asked(piece))


async def cover(context: ToolContext, piece: Piece, upload_url: str, weights: Weights) -> str:
    """Begin to play an upload in another style. Answers the provider's name of the task."""
    weighed = {"audioWeight": weights.audio, "styleWeight": weights.style, "weirdnessConstraint": weights.weirdness}
    asked = {**_asked(piece), **weighed, "uploadUrl": upload_url}
    return await _begin(context, "/api/v1/generate/upload-cover", asked)


async def upload(context: ToolContext, name: str, audio: bytes) -> str:
    """Hand a recording over. Answers where the provider finds it."""
    data = f"data:audio/mpeg;base64,{base64.b64encode(audio).decode()}"
    body = {"base64Data": data, "uploadPath": "apexaurum", "fileName": name}
    asking = Asking(path="/api/file-base64-upload", method="POST", json=body)
    answered = _data(await ask_json(context, "suno_upload", asking, UPLOADS))
    url = next((answered[key] for key in ("downloadUrl", "fileUrl", "url") if answered.get(key)), None)
    if not isinstance(url, str):
        raise ToolFailed("The music provider did not say where the upload is.")
    return url


async def progress(context: ToolContext, task: str) -> Progress:
    """How far a task is."""
    asking = Asking(path=f"/api/v1/generate/record-info?taskId={quote(task, safe='')}")
    data = _data(await ask_json(context, "suno", asking))
    status = str(data.get("status"))
    if status in FAILED:
        said = " ".join(str(data.get("errorMessage") or "").split())[:300]
        return Progress(status="failed", error=f"{FAILED[status]} {said}".strip())
    tracks = [track for each in _list(data.get("response"), "sunoData") if (track := _track(each)) is not None]
    if status == "SUCCESS" and not tracks:
        return Progress(status="failed", error="The provider says that it is done, and names no recording.")
    return Progress(status="completed" if status == "SUCCESS" else "generating", tracks=tracks)


async def audio(context: ToolContext, url: str) -> bytes:
    """A recording. Its address is the provider's word: only the public web is asked, and the provider itself."""
    fetched = await fetch(guard_for(context, "suno"), Request(target=target_of(url)), DOWNLOADS)
    if fetched.status != 200 or fetched.cut or not fetched.body:
        raise Unavailable(f"The recording cannot be fetched (status {fetched.status}).")
    return fetched.body


def _asked(piece: Piece) -> dict[str, object]:
    prompt, style, title = LIMITS[piece.model]
    return {
        "model": piece.model,
        "instrumental": piece.instrumental,
        "customMode": True,
        "prompt": piece.prompt[:prompt],
        "style": piece.style[:style],
        "title": piece.title[:title],
        "callBackUrl": NOBODY,
    }


async def _begin(context: ToolContext, path: str, asked: Mapping[str, object]) -> str:
    task = _data(await ask_json(context, "suno", Asking(path=path, method="POST", json=asked))).get("taskId")
    if not isinstance(task, str) or not task:
        raise ToolFailed("The music provider did not name the task.")
    return task


def _data(answered: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an answer holds. The provider's own codes tell of failures, whatever the HTTP status."""
    code, said = answered.get("code", 200), " ".join(str(answered.get("msg") or "").split())[:300]
    if code in (405, 430):
        raise Busy("the music provider has had enough requests for now", 10.0)
    if code in (455, 500):
        raise Unavailable(f"The music provider has trouble. {said}".strip())
    if code == 429:
        raise ToolFailed("The music provider wants to be paid first: the account has no credits left.")
    if code == 401:
        raise ToolFailed("The music provider does not accept this instance's key.")
    data = answered.get("data")
    if code != 200 or not isinstance(data, dict):
        raise ToolFailed(f"The music provider refused. {said}".strip())
    return cast("Mapping[str, Any]", data)


def _track(told: Mapping[str, Any]) -> Track | None:
    url, duration = told.get("audioUrl") or told.get("streamAudioUrl"), told.get("duration")
    if not isinstance(url, str) or not url:
        return None
    seconds = float(duration) if isinstance(duration, int | float) else None
    return Track(title=str(told.get("title") or "")[:200], audio_url=url[:2000], duration=seconds)


def _list(answered: object, name: str) -> Sequence[Mapping[str, Any]]:
    found = cast("Mapping[str, Any]", answered).get(name) if isinstance(answered, dict) else None
    if not isinstance(found, list):
        return ()
    return [cast("Mapping[str, Any]", each) for each in cast("list[object]", found) if isinstance(each, dict)][:8]
