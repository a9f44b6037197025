"""The register of trained models as tools."""

from typing import Annotated, Any

from pydantic import Field

from actors.nursery import store
from actors.nursery.sets import room_in_registers
from actors.nursery.store import TrainedModel
from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tool import Example, Facts, ToolContext, tool
from village.knowledge_base.ranking import words_of

MAX_PERFORMANCE = 8 * 1024
MOST_FOUND = 500
MOST_WORDS = 16
READS = Facts(idempotent=True, reads_private=True, seconds=10)
ID = "0197a1b2-0000-7000-8000-000000000000"
WHEN = "2026-11-23T05:06:07Z"
POET: dict[str, object] = {
    "model_name": "poet-1b",
    "description": "Writes short poems",
    "capabilities": ["verse"],
    "trainer_agent": "AZOTH",
}
WITH_POET = (("nursery_register_model", POET),)
SHOWN_POET: dict[str, object] = {
    "id": ID,
    "name": "poet-1b",
    "path": None,
    "description": "Writes short poems",
    "capabilities": ["verse"],
    "base_model": None,
    "trainer": "AZOTH",
    "performance": {},
    "created_at": WHEN,
}

Words = Annotated[str, Field(max_length=200)]


@tool(
    category="nursery",
    facts=Facts(idempotent=True, side_effect=True, seconds=10),
    example=Example(
        arguments=POET,
        result={
            "success": True,
            "model_id": ID,
            "model_name": "poet-1b",
            "name": "poet-1b",
            "message": "poet-1b is in the register.",
        },
        varies=True,
    ),
)
async def nursery_register_model(
    context: ToolContext,
    *,
    model_name: Annotated[Words | None, "What to call it"] = None,
    model_id: Annotated[Words | None, "Or the id or name of one that is there, to change what is known of it"] = None,
    model_path: Annotated[Annotated[str, Field(max_length=500)] | None, "Where it lies"] = None,
    description: Annotated[Annotated[str, Field(max_length=2000)] | None, "What it is for"] = None,
    capabilities: Annotated[list[Words] | None, Field(max_length=50), "What it can do"] = None,
    base_model: Annotated[Words | None, "What it was made of"] = None,
    trainer_agent: Annotated[Words | None, "Who trained it"] = None,
    performance: Annotated[dict[str, Any] | None, "How well it does, by measure"] = None,
) -> dict[str, object]:
    """Enter a trained model in the register, where nursery_discover_models finds it, or change its entry."""
    if json_size(performance) > MAX_PERFORMANCE:
        raise ToolFailed(f"Measures may take {MAX_PERFORMANCE // 1024} KiB; these are larger.")
    facts = {
        "path": model_path,
        "description": description,
        "capabilities": capabilities,
        "base_model": base_model,
        "trainer": trainer_agent,
        "performance": performance,
    }
    await room_in_registers(context)
    async with context.db.as_user(context.user) as conn:
        name = (await store.find_model(conn, model_id) if model_id else None) or model_name or model_id
        if not name or not name.strip():
            raise ToolFailed("Give model_name.")
        model = await store.put_model(conn, context.user, name, facts)
    return {
        "success": True,
        "model_id": model.id,
        "model_name": model.name,
        "name": model.name,
        "message": f"{model.name} is in the register.",
    }


@tool(
    category="nursery",
    facts=READS,
    example=Example(
        arguments={},
        result={"success": True, "models": [SHOWN_POET], "count": 1, "total": 1},
        varies=True,
        after=WITH_POET,
    ),
)
async def nursery_list_models(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=100), "Most models, newest first"] = 20
) -> dict[str, object]:
    """List the trained models in the register."""
    async with context.db.as_user(context.user) as conn:
        models = await store.models(conn, limit=MOST_FOUND)
    shown = [vars(model) for model in models[:limit]]
    return {"success": True, "models": shown, "count": len(shown), "total": len(models)}


@tool(
    category="nursery",
    facts=READS,
    example=Example(
        arguments={"query": "a poem"},
        result={
            "success": True,
            "models": [SHOWN_POET],
            "count": 1,
            "total": 1,
            "query": "a poem",
            "filters": {"capability": None, "trainer": None},
        },
        varies=True,
        after=WITH_POET,
    ),
)
async def nursery_discover_models(
    context: ToolContext,
    *,
    query: Annotated[
        Annotated[str, Field(max_length=500)] | None, "Words of its name, description or abilities"
    ] = None,
    capability: Annotated[Words | None, "Something that it can do"] = None,
    trainer_filter: Annotated[Words | None, "Who trained it"] = None,
    limit: Annotated[int, Field(ge=1, le=100), "Most models"] = 10,
) -> dict[str, object]:
    """Find trained models in the register: those with most words of the query first."""
    async with context.db.as_user(context.user) as conn:
        models = await store.models(conn, limit=MOST_FOUND)
    fitting = [model for model in models if _can(model, capability) and _is_by(model, trainer_filter)]
    words = words_of(query or "")[:MOST_WORDS]
    scored = [(sum(word in _text_of(model) for word in words), model) for model in fitting]
    found = [model for score, model in sorted(scored, key=lambda pair: -pair[0]) if score or not words]
    shown = [vars(model) for model in found[:limit]]
    return {
        "success": True,
        "models": shown,
        "count": len(shown),
        "total": len(found),
        "query": query,
        "filters": {"capability": capability, "trainer": trainer_filter},
    }


def _text_of(model: TrainedModel) -> str:
    return " ".join([model.name, model.description, *model.capabilities]).lower()


def _can(model: TrainedModel, capability: str | None) -> bool:
    return capability is None or any(capability.lower() in each.lower() for each in model.capabilities)


def _is_by(model: TrainedModel, trainer: str | None) -> bool:
    return trainer is None or (model.trainer or "").lower() == trainer.lower()


MODEL_TOOLS = (nursery_register_model, nursery_list_models, nursery_discover_models)
