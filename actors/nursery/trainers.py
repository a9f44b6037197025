"""Speaks to services that fine-tune models, by their documented HTTP: Together and Replicate.

Each takes the file, starts a job, says how far it is, and stops it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from actors.nursery.job_store import Status, Trainer
from sandbox.egress.exchange import Caps
from sandbox.errors import ToolFailed
from sandbox.outside import Asking, ask_json, multipart
from sandbox.tool import ToolContext

UPLOADS = Caps(seconds=150, redirects=0)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is to be trained, on what, and how."""

    base_model: str
    output_name: str
    examples: bytes
    epochs: int
    learning_rate: float
    lora_rank: int | None
    """None trains all weights."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is. `model_name` is what the service calls what came of it."""

    status: Status
    model_name: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Service:
    """What can be asked of one; jobs are named as it names them."""

    start: Callable[[ToolContext, Lesson], Awaitable[str]]
    look: Callable[[ToolContext, str], Awaitable[Progress]]
    stop: Callable[[ToolContext, str], Awaitable[object]]


async def _together_start(context: ToolContext, lesson: Lesson) -> str:
    name = f"{lesson.output_name}.jsonl"
    fields = {"purpose": "fine-tune", "file_name": name, "file_type": "jsonl"}
    file = await _upload(context, "together", "/v1/files/upload", fields, {"file": (name, lesson.examples)})
    rank = lesson.lora_rank
    adapters = {"type": "Full"} if rank is None else {"type": "Lora", "lora_r": rank, "lora_alpha": 2 * rank}
    asked = {
        "training_file": file["id"],
        "model": lesson.base_model,
        "n_epochs": lesson.epochs,
        "learning_rate": lesson.learning_rate,
        "suffix": lesson.output_name[:64],
        "training_type": adapters,
    }
    return _id(await ask_json(context, "together", Asking(path="/v1/fine-tunes", method="POST", json=asked)))


async def _together_look(context: ToolContext, job: str) -> Progress:
    told = await ask_json(context, "together", Asking(path=f"/v1/fine-tunes/{quote(job, safe='')}"))
    name = told.get("model_output_name") or told.get("output_name")
    return _progress(told, TOGETHER, name)


async def _together_stop(context: ToolContext, job: str) -> object:
    return await ask_json(
        context, "together", Asking(path=f"/v1/fine-tunes/{quote(job, safe='')}/cancel", method="POST")
    )


async def _replicate_start(context: ToolContext, lesson: Lesson) -> str:
    """The base is `owner/name:version`, the result goes to a model `owner/name` that is there already."""
    base, _, version = lesson.base_model.partition(":")
    if base.count("/") != 1 or not version or lesson.output_name.count("/") != 1:
        raise ToolFailed("Replicate wants base_model as owner/name:version, and output_name as owner/name of yours.")
    files = {"content": ("train.jsonl", lesson.examples)}
    file = await _upload(context, "replicate", "/v1/files", {}, files)
    learning: dict[str, object] = {
        "train_data": cast("Mapping[str, Any]", file.get("urls") or {}).get("get"),
        "num_train_epochs": lesson.epochs,
        "learning_rate": lesson.learning_rate,
    }
    if lesson.lora_rank is not None:
        learning["lora_rank"] = lesson.lora_rank
    asked = {"destination": lesson.output_name, "input": learning}
    path = f"/v1/models/{quote(base)}/versions/{quote(version, safe='')}/trainings"
    return _id(await ask_json(context, "replicate", Asking(path=path, method="POST", json=asked)))


async def _replicate_look(context: ToolContext, job: str) -> Progress:
    told = await ask_json(context, "replicate", Asking(path=f"/v1/trainings/{quote(job, safe='')}"))
    output: object = told.get("output")
    name = cast("Mapping[str, Any]", output).get("version") if isinstance(output, dict) else None
    return _progress(told, REPLICATE, name)


async def _replicate_stop(context: ToolContext, job: str) -> object:
    return await ask_json(
        context, "replicate", Asking(path=f"/v1/trainings/{quote(job, safe='')}/cancel", method="POST")
    )


TOGETHER: Mapping[str, Status] = {
    **{"pending": "pending", "queued": "pending", "running": "running", "compressing": "running"},
    **{"uploading": "running", "cancel_requested": "running", "cancelled": "stopped", "user_error": "failed"},
    **{"error": "failed", "completed": "completed"},
}
REPLICATE: Mapping[str, Status] = {
    **{"starting": "pending", "processing": "running", "succeeded": "completed"},
    **{"failed": "failed", "canceled": "stopped", "aborted": "stopped"},
}
SERVICES: Mapping[Trainer, Service] = {
    "together": Service(_together_start, _together_look, _together_stop),
    "replicate": Service(_replicate_start, _replicate_look, _replicate_stop),
}


async def _upload(
    context: ToolContext, trainer: Trainer, path: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]
) -> Mapping[str, Any]:
    body, kind = multipart(fields, files)
    asking = Asking(path=path, method="POST", body=body, headers={"Content-Type": kind})
    told = await ask_json(context, trainer, asking, UPLOADS)
    _id(told)
    return told


def _id(told: Mapping[str, Any]) -> str:
    named = told.get("id")
    if not isinstance(named, str) or not named:
        raise ToolFailed("The training service did not name what it began.")
    return named


def _progress(told: Mapping[str, Any], known: Mapping[str, Status], name: object) -> Progress:
    said = str(told.get("status"))
    error = " ".join(str(told.get("error") or "").split())[:300]
    status = known.get(said, "running")
    failed = error or f"The training service says {said}." if status == "failed" else None
    return Progress(status=status, model_name=str(name) if name and status == "completed" else None, error=failed)
