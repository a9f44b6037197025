"""Asks a vision server beside an accelerator: the wire of CodeProject.AI and DeepStack, custom models by name.

`POST /v1/vision/custom/{model}` takes a picture as multipart and answers `predictions` with label, confidence and box;
`POST /v1/vision/custom/list` names the models; `GET /v1/server/status/ping` says whether it is there. A pose model's
predictions have `keypoints` beside them: `[{name, x, y, confidence}]`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from sandbox.errors import ToolFailed
from sandbox.outside import Asking, ask_json, multipart
from sandbox.tool import ToolContext

MOST = 100
LARGEST = 16 * 1024 * 1024


async def server(context: ToolContext) -> Mapping[str, Any]:
    """What it says of itself."""
    return await ask_json(context, "hailo", Asking(path="/v1/server/status/ping"))


async def models(context: ToolContext) -> Sequence[str]:
    """The models that are loaded."""
    told = await ask_json(context, "hailo", Asking(path="/v1/vision/custom/list", method="POST"))
    found: object = told.get("models")
    return [str(each)[:100] for each in cast("list[object]", found)] if isinstance(found, list) else []


async def predict(context: ToolContext, model: str, picture: bytes, confidence: float) -> Mapping[str, Any]:
    """What a model sees: `predictions`, the best first, and what the server says beside them. Raises ToolFailed."""
    if len(picture) > LARGEST:
        raise ToolFailed(f"A picture may have {LARGEST // 1024**2} MiB; this one is larger.")
    body, kind = multipart({"min_confidence": f"{confidence:g}"}, {"image": ("image.jpg", picture)})
    path = f"/v1/vision/custom/{quote(model, safe='')}"
    told = await ask_json(context, "hailo", Asking(path=path, method="POST", body=body, headers={"Content-Type": kind}))
    if not told.get("success"):
        raise ToolFailed(
            f"The accelerator's server could not do it: {str(told.get('error') or 'no reason given')[:300]}."
        )
    found: object = told.get("predictions")
    seen = [cast("Mapping[str, Any]", each) for each in cast("list[object]", found)] if isinstance(found, list) else []
    shown = [_prediction(each) for each in seen if isinstance(each, dict)]
    best = sorted((each for each in shown if each["confidence"] >= confidence), key=lambda each: -each["confidence"])
    return {**told, "predictions": best[:MOST]}


def _prediction(told: Mapping[str, Any]) -> dict[str, Any]:
    confidence = told.get("confidence")
    shown: dict[str, Any] = {
        "label": str(told.get("label", ""))[:100],
        "confidence": round(float(confidence), 4) if isinstance(confidence, int | float) else 0.0,
    }
    sides = [told.get(side) for side in ("x_min", "y_min", "x_max", "y_max")]
    if all(isinstance(side, int | float) for side in sides):
        shown["box"] = sides
    points: object = told.get("keypoints")
    if isinstance(points, list):
        shown["keypoints"] = cast("list[object]", points)[:50]
    return shown
