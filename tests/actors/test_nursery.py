"""The nursery: sets that a service would take, made of calls that a tool would take, and registers of one's own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from actors.nursery.costs import billions_of, estimate
from actors.nursery.templates import Variation, examples_for
from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import Conflict, NotFound
from cluster.ids import UserId
from cluster.services import Clients
from cluster.training_prices import TrainingPrices
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import ToolContext
from tests.actors.conversing import Person, PlayedModel, asks, playing, says
from tests.sandbox.memory_files import MemoryFiles

GB = 10**9


@pytest.fixture
def files() -> MemoryFiles:
    """An empty workspace."""
    return MemoryFiles()


@pytest.fixture
def context(clients: Clients, user: UserId, files: MemoryFiles) -> ToolContext:
    """The user, with that workspace."""
    return replace(context_of(clients, user, None), files=files)


async def ask(name: str, context: ToolContext, **arguments: Any) -> Any:
    return await TRUSTED_TOOLS.by_name[name].run(context, arguments)


def lines(files: MemoryFiles, path: str) -> list[Any]:
    return [orjson.loads(line) for line in files.contents[path].splitlines()]


async def talk(clients: Clients, user: UserId) -> None:
    """Four turns: one used a tool and ended well, one used none, one's tool failed, one asked for two tools at once."""
    scenes = [
        *(asks(("reverse_string", {"text": "stressed"})), says("It is desserts.")),
        says("Roses like clay."),
        *(asks(("calculator", {"expression": "1 / 0"})), says("That cannot be.")),
        *(asks(("count_words", {"text": "a b"}), ("reverse_string", {"text": "ab"})), says("Two words; ba.")),
    ]
    async with playing(clients, PlayedModel(*scenes)) as troupe:
        person = Person(troupe, user)
        for question in ("Turn stressed around", "What do roses like?", "One by zero?", "Count and turn"):
            await person.converse(question)


@pytest.mark.parametrize("level", ["low", "medium", "high"])
@pytest.mark.parametrize("tool", sorted(TRUSTED_TOOLS.by_name))
def test_every_call_that_is_made_fits_its_tool(tool: str, level: Variation):
    made = list(examples_for(TRUSTED_TOOLS.by_name[tool], 20, level))
    assert made
    requests = [each["messages"][0]["content"] for each in made]
    assert len(set(requests)) == len(made)
    for each in made:
        assert [message["role"] for message in each["messages"]] == ["user", "assistant"]
        call = each["messages"][1]["tool_calls"][0]["function"]
        TRUSTED_TOOLS.by_name[tool].check(orjson.loads(call["arguments"]))
        assert (call["name"], each["tools"][0]["function"]["name"]) == (tool, tool)


async def test_a_set_is_written_registered_and_made_again_the_same(context: ToolContext, files: MemoryFiles):
    made = await ask("nursery_generate_data", context, tool_names=["reverse_string", "string_case"], num_examples=21)
    assert (made["num_examples"], made["tools"]) == (21, {"reverse_string": 10, "string_case": 11})
    assert made["path"] == "nursery/reverse_string_medium.jsonl"
    assert len(lines(files, made["path"])) == 21
    before = files.contents[made["path"]]
    again = await ask("nursery_generate_data", context, tool_names=["reverse_string", "string_case"], num_examples=21)
    assert files.contents[made["path"]] == before
    assert again["dataset_id"] == made["dataset_id"]
    listed = await ask("nursery_list_datasets", context)
    assert [(each["name"], each["examples"], each["bytes"]) for each in listed["datasets"]] == [
        ("reverse_string_medium", 21, len(before)),
    ]  # fmt: skip


async def test_both_predecessors_names_of_parameters_are_taken(context: ToolContext):
    one = await ask("nursery_generate_data", context, tool_name="reverse_string", output_name="one", agent_id="AZOTH")
    other = await ask("nursery_generate_data", context, tool_names=["reverse_string"], dataset_name="other")
    assert (one["dataset_name"], other["name"]) == ("one", "other")
    by_name = await ask("nursery_estimate_cost", context, dataset_name="one", epochs=2)
    by_id = await ask("nursery_estimate_cost", context, dataset_id=str(one["dataset_id"]), n_epochs=2)
    assert by_name == by_id
    assert by_name["epochs"] == 2


async def test_a_price_is_the_operators_or_the_askers_or_there_is_none(context: ToolContext):
    await ask("nursery_generate_data", context, tool_name="reverse_string", output_name="one")
    unpriced = await ask("nursery_estimate_cost", context, dataset_name="one")
    assert (unpriced["providers"], unpriced["estimated_hours"]) == ({}, 0.2)
    assert "No price is known" in unpriced["note"]
    given = await ask("nursery_estimate_cost", context, dataset_name="one", usd_per_gpu_hour=10)
    assert given["providers"] == {"given": {"estimated_usd": pytest.approx(2.0, abs=0.01)}}
    prices = TrainingPrices(as_of=date(2026, 11, 1), gpu_hour={"runpod": 5.0})
    operators = replace(context, training_prices=prices)
    told = await ask("nursery_estimate_cost", operators, dataset_name="one")
    assert told["providers"] == {"runpod": {"estimated_usd": pytest.approx(1.0, abs=0.01)}}
    assert "prices as of 2026-11-01" in told["note"]
    other = await ask("nursery_estimate_cost", operators, dataset_name="one", provider="together")
    assert (other["providers"], "No price is known" in other["note"]) == ({}, True)


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "x" * 101, "a b"])
async def test_a_name_never_leads_out_of_the_folder(context: ToolContext, files: MemoryFiles, name: str):
    with pytest.raises(ArgumentsInvalid, match="output_name"):
        await ask("nursery_generate_data", context, tool_name="reverse_string", output_name=name)
    assert files.contents == {}


async def test_what_is_not_there_is_told(context: ToolContext):
    with pytest.raises(ToolFailed, match="no tool 'nonsense'"):
        await ask("nursery_generate_data", context, tool_names=["reverse_string", "nonsense"])
    with pytest.raises(ToolFailed, match="Give tool_name"):
        await ask("nursery_generate_data", context)
    with pytest.raises(NotFound, match="no training set 'x'"):
        await ask("nursery_estimate_cost", context, dataset_name="x")


async def test_turns_that_used_tools_and_ended_well_become_examples(
    clients: Clients, context: ToolContext, files: MemoryFiles
):
    await talk(clients, context.user)
    made = await ask("nursery_extract_conversations", context, min_examples=2, output_name="said")
    assert made["tools_extracted"] == {"count_words": 1, "reverse_string": 2}
    first, second = sorted(lines(files, "nursery/said.jsonl"), key=len, reverse=True)
    both = {each["messages"][0]["content"]: each for each in (first, second)}
    assert both.keys() == {"Turn stressed around", "Count and turn"}
    turned = both["Turn stressed around"]["messages"]
    assert [message["role"] for message in turned] == ["user", "assistant", "tool", "assistant"]
    call = turned[1]["tool_calls"][0]
    assert (call["function"]["name"], orjson.loads(call["function"]["arguments"])) == (
        "reverse_string", {"text": "stressed"},
    )  # fmt: skip
    assert (turned[2]["tool_call_id"], turned[2]["content"]) == (call["id"], "desserts")
    assert turned[3] == {"role": "assistant", "content": "It is desserts."}
    assert len(both["Count and turn"]["tools"]) == 2


async def test_extraction_keeps_to_the_tools_and_to_the_person(
    clients: Clients, context: ToolContext, stranger: UserId, files: MemoryFiles
):
    await talk(clients, context.user)
    made = await ask("nursery_extract_data", context, tools_filter=["count_words"], min_examples=1, dataset_name="c")
    assert (made["num_examples"], len(lines(files, "nursery/c.jsonl"))) == (1, 1)
    with pytest.raises(ToolFailed, match=r"Found 2 turns .* asks for 10"):
        await ask("nursery_extract_data", context)
    with pytest.raises(ToolFailed, match="Found 0 turns"):
        await ask("nursery_extract_data", replace(context, user=stranger), min_examples=1)
    async with clients.db.as_user(context.user) as conn:
        await conn.execute("update conversations set deleted_at = now()")
    with pytest.raises(ToolFailed, match="Found 0 turns"):
        await ask("nursery_extract_data", context, min_examples=1)


async def test_an_apprentice_learns_from_answers_about_its_field(
    clients: Clients, context: ToolContext, files: MemoryFiles
):
    await talk(clients, context.user)
    made = await ask(
        "nursery_create_apprentice",
        context,
        master_agent="AZOTH",
        apprentice_name="gardener",
        specialization="roses and soil",
        min_examples=1,
    )
    assert (made["status"], made["num_examples"], made["dataset_name"]) == ("dataset_ready", 1, "gardener_lessons")
    (lesson,) = lines(files, "nursery/gardener_lessons.jsonl")
    assert [message["content"] for message in lesson["messages"]] == [
        "You are gardener, apprentice of AZOTH. Your field: roses and soil.",
        "What do roses like?",
        "Roses like clay.",
    ]
    with pytest.raises(Conflict, match="already"):
        await ask(
            "nursery_create_apprentice", context, master_agent="VAJRA", apprentice_name="gardener", min_examples=1
        )
    with pytest.raises(ToolFailed, match="Found 0 answers about 'opera'"):
        await ask(
            "nursery_create_apprentice", context, master_agent="A", apprentice_name="singer", specialization="opera"
        )
    with pytest.raises(ArgumentsInvalid, match="auto_train"):
        await ask("nursery_create_apprentice", context, master_agent="A", apprentice_name="x", auto_train=True)
    listed = await ask("nursery_list_apprentices", context, master_filter="azoth", status_filter="dataset_ready")
    assert [each["name"] for each in listed["apprentices"]] == ["gardener"]
    assert (await ask("nursery_list_apprentices", context, trained_only=True))["apprentices"] == []


async def found(context: ToolContext, **filters: Any) -> Sequence[str]:
    told = await ask("nursery_discover_models", context, **filters)
    return [model["name"] for model in told["models"]]


async def test_models_are_found_by_words_by_ability_and_by_trainer(context: ToolContext, stranger: UserId):
    await ask("nursery_register_model", context, model_name="poet", description="Writes poems", trainer_agent="AZOTH")
    await ask("nursery_register_model", context, model_name="cook", capabilities=["recipes", "poems about food"])
    assert await found(context, query="recipes and poems") == ["cook", "poet"]
    assert await found(context, query="opera") == []
    assert await found(context, capability="Recipe") == ["cook"]
    assert await found(context, trainer_filter="azoth") == ["poet"]
    assert await found(context) == ["cook", "poet"]
    assert await found(replace(context, user=stranger)) == []


async def test_a_model_registered_again_keeps_what_is_not_said_anew(context: ToolContext):
    first = await ask("nursery_register_model", context, model_name="poet", description="d", performance={"loss": 1.5})
    again = await ask("nursery_register_model", context, model_id=str(first["model_id"]), capabilities=["verse"])
    assert again["model_id"] == first["model_id"]
    (model,) = (await ask("nursery_list_models", context))["models"]
    assert (model["description"], model["capabilities"], model["performance"]) == ("d", ["verse"], {"loss": 1.5})
    with pytest.raises(ToolFailed, match="Give model_name"):
        await ask("nursery_register_model", context)
    with pytest.raises(ToolFailed, match="8 KiB"):
        await ask("nursery_register_model", context, model_name="x", performance={"x": "y" * 9000})


@pytest.mark.parametrize(
    ("name", "billions"),
    [("3b", 3), ("meta-llama/Llama-3.2-3B-Instruct", 3), ("TinyLlama-1.1B-Chat-v1.0", 1.1), ("Mixtral-8x7B", 7)],
)
def test_a_model_s_size_is_read_from_its_name(name: str, billions: float):
    assert billions_of(name) == billions


def test_costs_grow_with_the_set_the_model_and_the_epochs():
    prices = TrainingPrices(as_of=date(2026, 11, 1), gpu_hour={"a": 2.0, "b": 1000.0}, million_tokens={"b": 0.5})
    small = estimate(4 * 10**6, "8b", 1, lora=True)
    assert (small.tokens, small.gpus) == (10**6, 1)
    assert small.usd(prices) == {"a": pytest.approx(2 * small.gpu_hours), "b": pytest.approx(0.5)}
    assert estimate(4 * 10**6, "8b", 3, lora=True).usd(prices)["b"] == pytest.approx(3 * 0.5)
    large = estimate(4 * GB, "70b", 1, lora=False)
    assert large.gpus == 14
    assert large.gpu_hours > 1000 * small.gpu_hours
    with pytest.raises(ToolFailed, match="does not tell"):
        billions_of("gpt-large")
