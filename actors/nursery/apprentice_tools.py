"""Apprentices as tools: models to be, each with a master, a field, and lessons out of conversations."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from actors.nursery import store
from actors.nursery.examples import asked, example, lines_of, said, told
from actors.nursery.sets import kept, room_in_registers
from cluster.errors import Conflict
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from village.knowledge_base.ranking import words_of

MOST_FOUND = 500
MOST_WORDS = 16
MOST_EXAMPLES = 1000
TINY = "TinyLlama/TinyLlama-1.1B-Chat-v1.0"
READS = Facts(idempotent=True, reads_private=True, seconds=10)
ID = "0197a1b2-0000-7000-8000-000000000000"
WHEN = "2026-11-23T05:06:07Z"
PUPIL = {"master_agent": "AZOTH", "apprentice_name": "spark", "specialization": "verse", "auto_generate": False}

Words = Annotated[str, Field(max_length=500)]
Named = Annotated[str, Field(min_length=1, max_length=100)]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$", max_length=80)]
Status = Literal["created", "dataset_ready", "training", "trained", "failed"]


@tool(
    category="nursery",
    facts=Facts(side_effect=True, reads_private=True, seconds=60),
    example=Example(
        arguments=PUPIL,
        result={
            "success": True,
            "apprentice_id": ID,
            "master_agent": "AZOTH",
            "apprentice_name": "spark",
            "specialization": "verse",
            "base_model": TINY,
            "dataset_id": None,
            "dataset_name": None,
            "num_examples": 0,
            "status": "created",
            "message": "spark is created, without a training set.",
        },
        varies=True,
    ),
)
async def nursery_create_apprentice(
    context: ToolContext,
    *,
    master_agent: Annotated[Named, "Whom it learns from"],
    apprentice_name: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$", max_length=80)], "Its name"
    ],
    specialization: Annotated[Words, "What it is to be good at"] = "",
    training_data_query: Annotated[
        Annotated[str, Field(max_length=500)] | None, "Words to find its examples by"
    ] = None,
    base_model: Annotated[Words, "What to train"] = TINY,
    min_examples: Annotated[int, Field(ge=1, le=MOST_EXAMPLES), "Fewer than this is an error"] = 20,
    num_examples: Annotated[int, Field(ge=1, le=MOST_EXAMPLES), "Most examples"] = 200,
    auto_generate: Annotated[bool, "Make its training set now"] = True,
    auto_train: Annotated[Literal[False], "Never here; nursery_auto_train looks at the price first"] = False,
) -> dict[str, object]:
    """Create an apprentice, with a training set of questions and answers from conversations about its field."""
    await room_in_registers(context)
    async with context.db.as_user(context.user) as conn:
        if await store.has_apprentice(conn, apprentice_name):
            raise Conflict(f"There is an apprentice {apprentice_name!r} already.")
    made: dict[str, Any] = {}
    if auto_generate:
        field = training_data_query or specialization
        persona = f"You are {apprentice_name}, apprentice of {master_agent}. Your field: {specialization or 'all'}."
        lines = await _lessons(context, persona, field, least=min(min_examples, num_examples), most=num_examples)
        made = await kept(
            context,
            f"{apprentice_name}_lessons",
            "conversations",
            b"".join(lines),
            {},
            examples=len(lines),
            agent=master_agent,
        )
    async with context.db.as_user(context.user) as conn:
        id = await store.add_apprentice(
            conn,
            context.user,
            master=master_agent,
            name=apprentice_name,
            specialization=specialization,
            base_model=base_model,
            training_set=made.get("dataset_name"),
            examples=made.get("num_examples", 0),
        )
    if id is None:
        raise Conflict(f"There is an apprentice {apprentice_name!r} already.")
    lessons = f"with {made['num_examples']} examples in {made['path']}" if made else "without a training set"
    return {
        "success": True,
        "apprentice_id": id,
        "master_agent": master_agent,
        "apprentice_name": apprentice_name,
        "specialization": specialization,
        "base_model": base_model,
        "dataset_id": made.get("dataset_id"),
        "dataset_name": made.get("dataset_name"),
        "num_examples": made.get("num_examples", 0),
        "status": "dataset_ready" if made else "created",
        "message": f"{apprentice_name} is created, {lessons}.",
    }


@tool(
    category="nursery",
    facts=READS,
    example=Example(
        arguments={"master_filter": "azoth"},
        result={
            "success": True,
            "apprentices": [
                {
                    "id": ID,
                    "master": "AZOTH",
                    "name": "spark",
                    "specialization": "verse",
                    "base_model": TINY,
                    "training_set": None,
                    "examples": 0,
                    "status": "created",
                    "created_at": WHEN,
                }
            ],
            "count": 1,
            "total": 1,
            "filters": {"master": "azoth", "status": None},
        },
        varies=True,
        after=(("nursery_create_apprentice", PUPIL),),
    ),
)
async def nursery_list_apprentices(
    context: ToolContext,
    *,
    master_filter: Annotated[Named | None, "Only those of this master"] = None,
    trained_only: Annotated[bool, "Only those that are trained"] = False,
    status_filter: Annotated[Status | None, "Only those that are this far"] = None,
    limit: Annotated[int, Field(ge=1, le=100), "Most apprentices, newest first"] = 20,
) -> dict[str, object]:
    """List apprentices: whom they learn from, what they have to learn, how far they are."""
    status = "trained" if trained_only else status_filter
    statuses: Sequence[str] | None = [status] if status else None
    async with context.db.as_user(context.user) as conn:
        found = await store.apprentices(conn, master=master_filter, statuses=statuses, limit=MOST_FOUND)
    shown = [vars(each) for each in found[:limit]]
    return {
        "success": True,
        "apprentices": shown,
        "count": len(shown),
        "total": len(found),
        "filters": {"master": master_filter, "status": status},
    }


async def _lessons(context: ToolContext, persona: str, field: str, *, least: int, most: int) -> list[bytes]:
    """Lines of a training set: questions and answers about a field. Raises ToolFailed when there are too few."""
    words = words_of(field)[:MOST_WORDS]
    query = " | ".join(f"'{word}':*" for word in words) or None
    async with context.db.as_user(context.user) as conn:
        pairs = await store.exchanges(conn, query, limit=most)
    if len(pairs) < least:
        raise ToolFailed(
            f"Found {len(pairs)} answers about {field!r}, and {least} are asked for. "
            "Ask for fewer with min_examples, give other words, or auto_generate=false."
        )
    return [lines_of([example([told(persona), asked(question), said(answer)])]) for question, answer in pairs]


APPRENTICE_TOOLS = (nursery_create_apprentice, nursery_list_apprentices)
