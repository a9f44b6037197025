"""The Hailo accelerator as tools: what it sees in pictures of the workspace, and how fast."""

import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox import jailed
from sandbox.equipment import Need
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.beside import Path, output_for
from sandbox.tools.devices import vision
from sandbox.tools.image_files import WRITTEN

HAILO = Need(("hailo",), "The operator has to set APEX_HAILO_URL.")
ASKS = Facts(idempotent=True, seconds=30, needs=(HAILO,))
SEES = Facts(idempotent=True, reads_private=True, seconds=90, needs=(HAILO,))
MARKS = Facts(idempotent=True, reads_private=True, side_effect=True, seconds=120, needs=(HAILO,))
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""What the benchmark shows it: the model's work does not depend on the picture."""
PHOTO = {"photo.png": PIXEL}
CAT: dict[str, object] = {"label": "cat", "confidence": 0.9, "box": [1, 2, 30, 40]}
NOSE: dict[str, object] = {"name": "nose", "x": 5, "y": 6, "confidence": 0.8}

Picture = Annotated[Path, "The picture"]
Confidence = Annotated[float, Field(ge=0, le=1)]
ModelName = Annotated[str, Field(min_length=1, max_length=100)]


@tool(
    category="vision_hailo",
    facts=ASKS,
    example=Example(
        arguments={},
        result={
            "status": "ready",
            "device": "Hailo-10H",
            "firmware": "5.1.0",
            "models": ["resnet50", "yolov11m", "yolov8m_pose"],
            "message": "3 models are loaded.",
        },
    ),
)
async def hailo_info(context: ToolContext) -> dict[str, object]:
    """Tell whether the accelerator is there, and which models it has."""
    told = await vision.server(context)
    models = await vision.models(context)
    return {
        "status": "ready" if told.get("success") else "not ready",
        "device": told.get("device"),
        "firmware": told.get("firmware"),
        "models": models,
        "message": f"{len(models)} models are loaded.",
    }


@tool(
    category="vision_hailo",
    facts=ASKS,
    example=Example(arguments={}, result={"models": ["resnet50", "yolov11m", "yolov8m_pose"], "total": 3}),
)
async def hailo_list_models(context: ToolContext) -> dict[str, object]:
    """List the accelerator's models."""
    models = await vision.models(context)
    return {"models": models, "total": len(models)}


@tool(
    category="vision_hailo",
    facts=MARKS,
    example=Example(
        arguments={"image_path": "photo.png"},
        result={
            "status": "success",
            "image_path": "photo.png",
            "model": "yolov11m",
            "confidence_threshold": 0.5,
            "detections": [CAT],
            "count": 1,
            "inference_ms": 7,
        },
        files=PHOTO,
    ),
)
async def hailo_detect(
    context: ToolContext,
    *,
    image_path: Picture,
    model: Annotated[Literal["yolov11m", "yolov8m", "yolov8s", "yolov5s"], "Which one"] = "yolov11m",
    confidence: Annotated[Confidence, "How sure it must be"] = 0.5,
    save_result: Annotated[bool, "Keep a picture with what it found marked, too"] = False,
) -> dict[str, object]:
    """Find objects in a picture: what, where, and how sure."""
    told = await _seen(context, image_path, model, confidence, "detections")
    if save_result:
        told["output_file"] = await marked(context, plain(image_path), told["detections"])
    return told


@tool(
    category="vision_hailo",
    facts=SEES,
    example=Example(
        arguments={"image_path": "photo.png", "top_k": 1},
        result={
            "status": "success",
            "image_path": "photo.png",
            "model": "resnet50",
            "confidence_threshold": 0.0,
            "classes": [{"label": "tabby", "confidence": 0.7}],
            "count": 1,
            "inference_ms": 7,
        },
        files=PHOTO,
    ),
)
async def hailo_classify(
    context: ToolContext,
    *,
    image_path: Picture,
    model: Annotated[ModelName, "Which one"] = "resnet50",
    top_k: Annotated[int, Field(ge=1, le=50), "Most classes, best first"] = 5,
) -> dict[str, object]:
    """Tell what a picture shows as a whole."""
    told = await _seen(context, image_path, model, 0.0, "classes")
    return {**told, "classes": told["classes"][:top_k], "count": min(top_k, told["count"])}


@tool(
    category="vision_hailo",
    facts=SEES,
    example=Example(
        arguments={"image_path": "photo.png"},
        result={
            "status": "success",
            "image_path": "photo.png",
            "model": "yolov8m_pose",
            "confidence_threshold": 0.5,
            "people": [{"label": "person", "confidence": 0.9, "box": [1, 2, 30, 40], "keypoints": [NOSE]}],
            "count": 1,
            "inference_ms": 7,
        },
        files=PHOTO,
    ),
)
async def hailo_pose(
    context: ToolContext,
    *,
    image_path: Picture,
    model: Annotated[Literal["yolov8m_pose", "yolov8s_pose"], "Which one"] = "yolov8m_pose",
    confidence: Annotated[Confidence, "How sure it must be"] = 0.5,
) -> dict[str, object]:
    """Find people in a picture, and the points of their bodies."""
    return await _seen(context, image_path, model, confidence, "people")


@tool(
    category="vision_hailo",
    facts=Facts(idempotent=True, reads_private=True, seconds=270, needs=(HAILO,)),
    example=Example(
        arguments={"image_path": "photo.png", "tasks": ["detect"]},
        result={
            "image": "photo.png",
            "timestamp": "2026-11-23T05:06:07+00:00",
            "tasks_requested": ["detect"],
            "detection": [CAT],
            "classification": None,
            "pose": None,
        },
        varies=True,
        files=PHOTO,
    ),
)
async def hailo_analyze(
    context: ToolContext,
    *,
    image_path: Picture,
    tasks: Annotated[
        list[Literal["detect", "classify", "pose"]] | None, Field(max_length=3), "What to look for; all when absent"
    ] = None,
) -> dict[str, object]:
    """Look at a picture in several ways at once: objects, what it shows, people."""
    wanted = list(dict.fromkeys(tasks or ("detect", "classify", "pose")))
    found: dict[str, Any] = {}
    for task in wanted:
        model, confidence, name = WAYS[task]
        found[task] = (await _seen(context, image_path, model, confidence, name))[name][:20]
    return {
        "image": plain(image_path),
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "tasks_requested": wanted,
        "detection": found.get("detect"),
        "classification": found.get("classify"),
        "pose": found.get("pose"),
    }


WAYS = {
    "detect": ("yolov11m", 0.5, "detections"),
    "classify": ("resnet50", 0.0, "classes"),
    "pose": ("yolov8m_pose", 0.5, "people"),
}


@tool(
    category="vision_hailo",
    facts=Facts(idempotent=True, seconds=150, needs=(HAILO,)),
    example=Example(
        arguments={"duration": 1},
        result={"model": "yolov11m", "duration_seconds": 1.0, "runs": 90, "fps": 90.0, "latency_ms": 7.0},
        varies=True,
    ),
)
async def hailo_benchmark(
    context: ToolContext,
    *,
    model: Annotated[ModelName, "Which one"] = "yolov11m",
    duration: Annotated[int, Field(ge=1, le=60), "Seconds"] = 5,
) -> dict[str, object]:
    """Measure how many pictures a second a model looks at, one after the other, with the way there."""
    began = time.monotonic()
    milliseconds: list[float] = []
    while time.monotonic() - began < duration:
        told = await vision.predict(context, model, PIXEL, 0.99)
        milliseconds.append(float(told.get("inferenceMs") or 0))
    took = time.monotonic() - began
    return {
        "model": model,
        "duration_seconds": round(took, 2),
        "runs": len(milliseconds),
        "fps": round(len(milliseconds) / took, 1),
        "latency_ms": round(sum(milliseconds) / len(milliseconds), 2),
    }


async def _seen(context: ToolContext, path: str, model: str, confidence: float, name: str) -> dict[str, Any]:
    picture = plain(path)
    told = await vision.predict(context, model, await context.files.read(picture), confidence)
    return {
        "status": "success",
        "image_path": picture,
        "model": model,
        "confidence_threshold": confidence,
        name: told["predictions"],
        "count": len(told["predictions"]),
        "inference_ms": told.get("inferenceMs"),
    }


async def marked(context: ToolContext, picture: str, found: list[Mapping[str, Any]]) -> str:
    """A picture with boxes around what was found, beside it. Answers its path."""
    boxes = [each for each in found if "box" in each]
    if not boxes:
        raise ToolFailed("Nothing was found that could be marked.")
    output = output_for(picture, "", "detected", written=WRITTEN, otherwise="png")
    marks: list[dict[str, Any]] = []
    for each in boxes:
        left, top, right, bottom = (int(side) for side in each["box"])
        place = {"x": left, "y": top, "to_x": right, "to_y": bottom, "color": "red", "size": 0}
        marks.append({"kind": "box", **place})
        marks.append({"kind": "text", **place, "text": f"{each['label']} {each['confidence']:.0%}"})
    arguments = {"path": picture, "output": output, "marks": marks}
    await jailed.call(context, "picture_marks.annotate", arguments, reads=[picture])
    return output


HAILO_TOOLS = (
    *(hailo_info, hailo_list_models, hailo_detect, hailo_classify),
    *(hailo_pose, hailo_analyze, hailo_benchmark),
)
