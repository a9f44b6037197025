"""The nursery's data tools: sets of training examples, of tools or conversations, and what training would cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from actors.nursery import store
from actors.nursery.costs import ASSUMED, estimate
from actors.nursery.examples import Json, lines_of
from actors.nursery.mining import examples_of
from actors.nursery.sets import SET, MayBeNamed, SetName, found_set, kept
from actors.nursery.templates import Variation, examples_for
from cluster.training_prices import Price, TrainingPrices
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool

MOST_EXAMPLES = 2000
MOST_TOOLS = 50
MOST_TURNS = 2000
"""Turns that are looked through."""
WRITES = Facts(idempotent=True, side_effect=True, seconds=60)
MINES = Facts(idempotent=True, side_effect=True, reads_private=True, seconds=60)
READS = Facts(idempotent=True, reads_private=True, seconds=10)
MADE = {"tool_name": "reverse_string", "num_examples": 5, "output_name": "turning"}
WITH_SET = (("nursery_generate_data", MADE),)
UNPRICED = "No price is known here: look one up, and give usd_per_gpu_hour or usd_per_million_tokens."

ToolName = Annotated[str, Field(max_length=100)]
Tools = Annotated[list[ToolName], Field(max_length=MOST_TOOLS)]
Agent = Annotated[str, Field(max_length=100)]


@tool(
    category="nursery",
    facts=WRITES,
    example=Example(
        arguments=MADE,
        result={**SET, "tools": {"reverse_string": 5}, "tool_name": "reverse_string", "variation_level": "medium"},
        varies=True,
    ),
)
async def nursery_generate_data(
    context: ToolContext,
    *,
    tool_name: Annotated[ToolName | None, "The tool to make examples for"] = None,
    tool_names: Annotated[Tools | None, "Or several"] = None,
    num_examples: Annotated[int, Field(ge=1, le=MOST_EXAMPLES), "How many, for all tools together"] = 50,
    variation_level: Annotated[Variation, "How much requests and arguments differ"] = "medium",
    output_name: Annotated[MayBeNamed, "Name of the training set"] = None,
    dataset_name: Annotated[MayBeNamed, "The same as output_name"] = None,
    agent_id: Annotated[Agent | None, "Whose training it is for"] = None,
) -> dict[str, object]:
    """Make training examples for tools: requests in words, and the calls that they should become.

    Every call fits the tool's schema. Where a tool has little to vary there are fewer than asked for.
    """
    names: list[str] = list(dict.fromkeys(name for name in (tool_name, *(tool_names or ())) if name))
    unknown = [name for name in names if name not in context.library]
    if unknown or not names:
        raise ToolFailed(f"There is no tool {unknown[0]!r}." if unknown else "Give tool_name or tool_names.")
    name = output_name or dataset_name or f"{names[0]}_{variation_level}"
    made: list[Json] = []
    counts: dict[str, int] = {}
    for at, each in enumerate(names):
        share = (num_examples - len(made)) // (len(names) - at)
        examples = list(examples_for(context.library[each], share, variation_level))
        counts[each] = len(examples)
        made += examples
    told = await kept(context, name, "templates", lines_of(made), counts, examples=len(made), agent=agent_id)
    return {**told, "tool_name": names[0] if len(names) == 1 else names, "variation_level": variation_level}


@tool(
    category="nursery",
    facts=MINES,
    example=Example(
        arguments={"min_examples": 0, "output_name": "said"},
        result={**SET, "dataset_name": "said", "tools": {}, "num_examples": 0, "tools_extracted": {}},
        varies=True,
    ),
)
async def nursery_extract_conversations(
    context: ToolContext,
    *,
    source: Annotated[
        Literal["conversations", "sandbox/conversations.json"], "Where from; both are the stored conversations"
    ] = "conversations",
    tools_filter: Annotated[Tools | None, "Only turns that used one of these"] = None,
    min_examples: Annotated[int, Field(ge=0, le=MOST_EXAMPLES), "Fewer than this is an error"] = 10,
    output_name: Annotated[MayBeNamed, "Name of the training set"] = None,
    agent_id: Annotated[Agent | None, "Whose training it is for"] = None,
) -> dict[str, object]:
    """Make training examples of the turns in stored conversations that used tools and came to a good end."""
    return await _extracted(context, tools_filter or (), min_examples, output_name, agent_id)


@tool(
    category="nursery",
    facts=MINES,
    example=Example(
        arguments={"min_examples": 0, "dataset_name": "said"},
        result={**SET, "dataset_name": "said", "tools": {}, "num_examples": 0, "tools_extracted": {}},
        varies=True,
    ),
)
async def nursery_extract_data(
    context: ToolContext,
    *,
    tools_filter: Annotated[Tools | None, "Only turns that used one of these"] = None,
    min_examples: Annotated[int, Field(ge=0, le=MOST_EXAMPLES), "Fewer than this is an error"] = 10,
    dataset_name: Annotated[MayBeNamed, "Name of the training set"] = None,
) -> dict[str, object]:
    """The same as nursery_extract_conversations: training examples out of this person's own chats."""
    return await _extracted(context, tools_filter or (), min_examples, dataset_name, None)


@tool(
    category="nursery",
    facts=READS,
    example=Example(
        arguments={"limit": 1},
        result={
            "success": True,
            "datasets": [
                {
                    "id": SET["dataset_id"],
                    "name": "turning",
                    "path": "nursery/turning.jsonl",
                    "made_of": "templates",
                    "examples": 5,
                    "bytes": 2048,
                    "tools": {"reverse_string": 5},
                    "agent": None,
                    "created_at": "2026-11-23T05:06:07Z",
                }
            ],
            "count": 1,
            "total": 1,
            "storage_path": "nursery",
        },
        varies=True,
        after=WITH_SET,
    ),
)
async def nursery_list_datasets(
    context: ToolContext, *, limit: Annotated[int, Field(ge=1, le=200), "Most sets, newest first"] = 20
) -> dict[str, object]:
    """List the sets of training examples."""
    async with context.db.as_user(context.user) as conn:
        sets = await store.sets(conn, limit=limit)
    found = [vars(each) for each in sets]
    return {"success": True, "datasets": found, "count": len(found), "total": len(found), "storage_path": "nursery"}


@tool(
    category="nursery",
    facts=READS,
    example=Example(
        arguments={"dataset_name": "turning", "provider": "runpod", "usd_per_gpu_hour": 2},
        result={
            "success": True,
            "dataset": "turning",
            "dataset_size_mb": 0.002,
            "num_examples": 5,
            "base_model": "3b",
            "model_size": "3B",
            "epochs": 3,
            "lora": True,
            "estimated_tokens": 1536,
            "estimated_hours": 0.2,
            "gpus": 1,
            "providers": {"runpod": {"estimated_usd": 0.4}},
            "note": "An estimate, at the price that was given.",
            "assumed": ASSUMED,
        },
        varies=True,
        after=WITH_SET,
    ),
)
async def nursery_estimate_cost(
    context: ToolContext,
    *,
    dataset_name: Annotated[SetName | None, "The training set"] = None,
    dataset_id: Annotated[SetName | None, "Or its id"] = None,
    base_model: Annotated[
        str, Field(min_length=1, max_length=200), "A model whose name tells its size, such as 3b"
    ] = "3b",
    epochs: Annotated[int | None, Field(ge=1, le=100), "How often to go through the set; 3 when absent"] = None,
    n_epochs: Annotated[int | None, Field(ge=1, le=100), "The same as epochs"] = None,
    lora: Annotated[bool, "Train adapters rather than all weights"] = True,
    provider: Annotated[str, Field(min_length=1, max_length=50), "Whose price"] = "all",
    usd_per_gpu_hour: Annotated[Price | None, "Its price of an A100 with 80 GB for an hour, if you know it"] = None,
    usd_per_million_tokens: Annotated[Price | None, "Or of a million tokens trained on"] = None,
) -> dict[str, object]:
    """Estimate how many GPU hours it takes to fine-tune a model on a training set, and what that costs."""
    times = epochs or n_epochs or 3
    found = await found_set(context, dataset_name or dataset_id)
    made = estimate(found.bytes, base_model, times, lora=lora)
    prices, note = _prices(context, provider, usd_per_gpu_hour, usd_per_million_tokens)
    usd: Mapping[str, float] = {} if prices is None else made.usd(prices)
    named = {name: price for name, price in usd.items() if provider in ("all", name)}
    return {
        "success": True,
        "dataset": found.name,
        "dataset_size_mb": round(found.bytes / 1e6, 3),
        "num_examples": found.examples,
        "base_model": base_model,
        "model_size": f"{made.billions:g}B",
        "epochs": times,
        "lora": lora,
        "estimated_tokens": made.tokens,
        "estimated_hours": round(made.gpu_hours / made.gpus, 2),
        "gpus": made.gpus,
        "providers": {name: {"estimated_usd": round(price, 2)} for name, price in named.items()},
        "note": note if named else UNPRICED,
        "assumed": ASSUMED,
    }


def _prices(
    context: ToolContext, provider: str, hour: float | None, tokens: float | None
) -> tuple[TrainingPrices | None, str]:
    """The prices to reckon with, and what is to be said of them."""
    if hour is not None or tokens is not None:
        name = "given" if provider == "all" else provider
        given = TrainingPrices(
            as_of=datetime.now(UTC).date(),
            gpu_hour={} if hour is None else {name: hour},
            million_tokens={} if tokens is None else {name: tokens},
        )
        return given, "An estimate, at the price that was given."
    kept = context.training_prices
    return kept, "" if kept is None else f"An estimate, prices as of {kept.as_of} as the operator set them."


async def _extracted(
    context: ToolContext, wanted: Sequence[str], least: int, name: str | None, agent: str | None
) -> dict[str, object]:
    async with context.db.as_user(context.user) as conn:
        steps = await store.steps_with_tools(conn, turns=MOST_TURNS)
    made, tools = examples_of(steps, context.library, wanted)
    if len(made) < least:
        raise ToolFailed(f"Found {len(made)} turns that fit, and min_examples asks for {least}.")
    counts: Counter[str] = Counter(dict(sorted(tools.items())))
    told = await kept(
        context, name or "conversations", "conversations", lines_of(made), counts, examples=len(made), agent=agent
    )
    return {**told, "tools_extracted": counts}


TRAINING_SET_TOOLS = (
    nursery_generate_data,
    nursery_extract_conversations,
    nursery_extract_data,
    nursery_list_datasets,
    nursery_estimate_cost,
)
