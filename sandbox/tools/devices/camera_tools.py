"""Cameras as tools: pictures become files of the workspace."""

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from sandbox import jailed
from sandbox.equipment import Need
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.devices import vision
from sandbox.tools.devices.frames import addresses, frame
from sandbox.tools.devices.hailo_tools import CAT, HAILO, marked

FOLDER = "captures"
MOST_PICTURES = 200
LONGEST_SECONDS = 540.0
CAMERA = Need(("camera",), "The operator has to set APEX_CAMERA_URLS.")
LOOKS = Facts(idempotent=True, seconds=60, needs=(CAMERA,))
TAKES = Facts(side_effect=True, reads_private=True, seconds=90, needs=(CAMERA,))
DOOR: dict[str, object] = {
    "success": True,
    "filename": "door.jpg",
    "path": "captures/door.jpg",
    "size_kb": 0.6,
    "resolution": "64x48",
    "message": "captures/door.jpg is there.",
}

Name = Annotated[str, Field(max_length=100, pattern=r"^[\w. -]*$")]
Width = Annotated[int, Field(ge=16, le=8000), "Pixels at most"]
Height = Annotated[int, Field(ge=16, le=8000), "Pixels at most"]
CameraId = Annotated[int, Field(ge=0, le=100), "Number of the camera, from 0"]


@tool(
    category="camera",
    facts=LOOKS,
    example=Example(
        arguments={},
        result={
            "success": True,
            "camera_type": "network",
            "backend": "HTTP",
            "details": {"cameras": 2},
            "storage_path": FOLDER,
            "message": "2 cameras are set up.",
        },
    ),
)
async def camera_info(context: ToolContext) -> dict[str, object]:
    """Tell what kind of cameras there are, and where their pictures go."""
    count = len(addresses(context))
    return {
        "success": True,
        "camera_type": "network",
        "backend": "HTTP",
        "details": {"cameras": count},
        "storage_path": FOLDER,
        "message": f"{count} cameras are set up.",
    }


@tool(
    category="camera",
    facts=LOOKS,
    example=Example(
        arguments={},
        result={
            "success": True,
            "cameras": [
                {"camera_id": 0, "host": "camera.test", "available": True},
                {"camera_id": 1, "host": "camera.test", "available": True},
            ],
            "total": 2,
        },
    ),
)
async def camera_list(context: ToolContext) -> dict[str, object]:
    """List the cameras, and whether each gives a picture now."""

    async def told(camera: int, url: str) -> dict[str, object]:
        try:
            await frame(context, camera)
            there = True
        except ToolFailed:
            there = False
        return {"camera_id": camera, "host": urlsplit(url).hostname, "available": there}

    cameras = await asyncio.gather(*(told(camera, url) for camera, url in enumerate(addresses(context))))
    return {"success": True, "cameras": cameras, "total": len(cameras)}


@tool(
    category="camera",
    facts=TAKES,
    example=Example(arguments={"filename": "door.jpg", "width": 64, "height": 48}, result=DOOR, varies=True),
)
async def camera_capture(
    context: ToolContext,
    *,
    filename: Annotated[Name, "Its name; by the time when empty"] = "",
    width: Width = 1920,
    height: Height = 1080,
    camera_id: CameraId = 0,
    quality: Annotated[int, Field(ge=1, le=100), "Of the JPEG"] = 90,
) -> dict[str, object]:
    """Take a picture with a camera; it becomes a file of the workspace."""
    path = f"{FOLDER}/{_named(filename)}"
    return await _taken(context, camera_id, path, width=width, height=height, quality=quality)


@tool(
    category="camera",
    facts=Facts(side_effect=True, reads_private=True, seconds=180, needs=(CAMERA, HAILO)),
    example=Example(
        arguments={"filename": "door.jpg", "save_annotated": False},
        result={
            "success": True,
            "capture": DOOR,
            "detection": {"model": "yolov8s", "detections": [CAT], "count": 1, "output_file": None},
            "message": "1 found: cat.",
        },
        varies=True,
    ),
)
async def camera_detect(
    context: ToolContext,
    *,
    filename: Annotated[Name, "Its name; by the time when empty"] = "",
    model: Annotated[Literal["yolov8s", "yolov8m", "yolov5s"], "Which one"] = "yolov8s",
    threshold: Annotated[float, Field(ge=0, le=1), "How sure it must be"] = 0.5,
    save_annotated: Annotated[bool, "Keep a picture with what it found marked, too"] = True,
    camera_id: CameraId = 0,
) -> dict[str, object]:
    """Take a picture, and find objects in it with the accelerator."""
    path = f"{FOLDER}/{_named(filename)}"
    capture = await _taken(context, camera_id, path, width=1920, height=1080, quality=90)
    found = (await vision.predict(context, model, await context.files.read(path), threshold))["predictions"]
    boxed = save_annotated and any("box" in each for each in found)
    output = await marked(context, path, found) if boxed else None
    labels = ", ".join(dict.fromkeys(str(each["label"]) for each in found))
    return {
        "success": True,
        "capture": capture,
        "detection": {"model": model, "detections": found, "count": len(found), "output_file": output},
        "message": f"{len(found)} found{f': {labels}' if labels else ''}.",
    }


@tool(
    category="camera",
    facts=Facts(side_effect=True, reads_private=True, seconds=600, needs=(CAMERA,)),
    example=Example(
        arguments={"interval_seconds": 1, "duration_minutes": 0.02, "prefix": "sky"},
        result={
            "success": True,
            "directory": "captures/sky_20261123_050607",
            "total_captures": 2,
            "missed": 0,
            "interval_seconds": 1,
            "duration_minutes": 0.02,
            "files": ["captures/sky_20261123_050607/0001.jpg", "captures/sky_20261123_050607/0002.jpg"],
            "message": "2 pictures in captures/sky_20261123_050607.",
        },
        varies=True,
    ),
)
async def camera_timelapse(
    context: ToolContext,
    *,
    interval_seconds: Annotated[int, Field(ge=1, le=540), "From one picture to the next"] = 60,
    duration_minutes: Annotated[float, Field(gt=0, le=60), "For how long; a call takes 9 minutes at most"] = 9,
    prefix: Annotated[Name, "What its folder is called"] = "timelapse",
    width: Width = 1920,
    height: Height = 1080,
    camera_id: CameraId = 0,
) -> dict[str, object]:
    """Take pictures at an interval, one after the other; the call lasts as long as that."""
    seconds = min(duration_minutes * 60, LONGEST_SECONDS)
    folder = f"{FOLDER}/{_slug(prefix) or 'timelapse'}_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    began, taken, missed = time.monotonic(), list[str](), 0
    for number in range(1, min(MOST_PICTURES, int(seconds // interval_seconds) + 1) + 1):
        await asyncio.sleep(max(0.0, began + (number - 1) * interval_seconds - time.monotonic()))
        path = f"{folder}/{number:04}.jpg"
        try:
            await _taken(context, camera_id, path, width=width, height=height, quality=85)
            taken.append(path)
        except ToolFailed:
            missed += 1
    if not taken:
        raise ToolFailed("The camera gave no picture all that time.")
    return {
        "success": True,
        "directory": folder,
        "total_captures": len(taken),
        "missed": missed,
        "interval_seconds": interval_seconds,
        "duration_minutes": duration_minutes,
        "files": taken[-5:],
        "message": f"{len(taken)} pictures in {folder}.",
    }


@tool(
    category="camera",
    facts=Facts(idempotent=True, reads_private=True, seconds=10, needs=(CAMERA,)),
    example=Example(
        arguments={},
        result={
            "success": True,
            "captures": [{"path": "captures/door.jpg", "size_kb": 0.6, "modified": "2026-11-23T05:06:07Z"}],
            "total": 1,
            "storage_path": FOLDER,
        },
        varies=True,
        after=(("camera_capture", {"filename": "door.jpg"}),),
    ),
)
async def camera_captures_list(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=200), "Most pictures, newest first"] = 20
) -> dict[str, object]:
    """List the pictures that cameras have taken."""
    there = await context.files.facts(FOLDER) is not None
    kept = [each for each in await context.files.list(FOLDER, recursive=True) if not each.is_folder] if there else []
    newest = sorted(kept, key=lambda each: (each.modified, each.path), reverse=True)[:limit]
    shown = [{"path": each.path, "size_kb": round(each.size / 1024, 1), "modified": each.modified} for each in newest]
    return {"success": True, "captures": shown, "total": len(kept), "storage_path": FOLDER}


async def _taken(
    context: ToolContext, camera: int, path: str, *, width: int, height: int, quality: int
) -> dict[str, Any]:
    """Keep a picture; what the camera sent is opened in the jail."""
    await context.files.write({path: await frame(context, camera)})
    size = {"width": width, "height": height, "quality": quality}
    try:
        made = (await jailed.call(context, "frames.fit", {"path": path, "output": path, **size}, reads=[path])).value
    except ToolFailed as error:
        await context.files.delete(path)
        raise ToolFailed(f"The camera sent no picture that can be read: {error}") from None
    return {
        "success": True,
        "filename": path.rpartition("/")[2],
        "path": path,
        "size_kb": round(made["file_size_bytes"] / 1024, 1),
        "resolution": f"{made['width']}x{made['height']}",
        "message": f"{path} is there.",
    }


def _named(filename: str) -> str:
    name = _slug(filename.rpartition(".")[0] or filename)
    return f"{name or f'capture_{datetime.now(UTC):%Y%m%d_%H%M%S}'}.jpg"


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name).strip("_")[:80]


CAMERA_TOOLS = (
    *(camera_info, camera_list, camera_capture),
    *(camera_detect, camera_timelapse, camera_captures_list),
)
