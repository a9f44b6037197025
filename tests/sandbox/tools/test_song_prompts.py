"""Prompts for music models: the same for the same, within a model's limits, with all that was made of the wish."""

from collections.abc import Mapping
from typing import Any, get_args

import orjson
import pytest

from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import Tool, ToolContext
from sandbox.tools.moods import FEELINGS, Mood
from sandbox.tools.song_compiler import PLANS, ROOMS, Model, Purpose, Wish, compiled
from sandbox.tools.song_prompts import (
    suno_compile,
    suno_moods,
    suno_prompt_build,
    suno_prompt_preset_list,
    suno_prompt_preset_load,
    suno_prompt_preset_save,
)
from tests.sandbox.memory_files import MemoryFiles

RAIN = {"intent": "soft rain", "mood": "peaceful", "purpose": "ambient", "genre": "ambient nature"}


async def run(context: ToolContext, tool: Tool, arguments: Mapping[str, object]) -> Any:
    return await tool.run(context, arguments)


async def test_a_prompt_can_be_made_again_and_varied(context: ToolContext):
    first = await run(context, suno_prompt_build, {**RAIN, "seed": 7})
    assert await run(context, suno_prompt_build, {**RAIN, "seed": 7}) == first
    others = [await run(context, suno_prompt_build, {**RAIN, "seed": seed}) for seed in range(20)]
    assert len({other["music_generate_args"]["style"] for other in others}) > 15


async def test_all_that_was_made_is_sent(context: ToolContext):
    told = await run(context, suno_prompt_build, {**RAIN, "weirdness": 12, "style_balance": 90})
    sent = told["music_generate_args"]
    assert (sent["weirdness"], sent["style_balance"]) == (12, 90)
    assert "aggressive drums" in sent["exclude_styles"]
    assert told["full_prompt"]["unhinged_seed"] in sent["prompt"]
    assert told["full_prompt"]["unhinged_seed"] in sent["style"]
    assert told["full_prompt"]["binary"] in sent["prompt"]
    assert f"{told['full_prompt']['bpm']} BPM" in sent["style"]
    assert "soft rain" in sent["prompt"]


async def test_both_compilers_make_the_same(context: ToolContext):
    built = await run(context, suno_prompt_build, RAIN)
    told = await run(context, suno_compile, RAIN)
    assert told["compiled"] == built["music_generate_args"]
    assert told["unhinged_seed"] == built["full_prompt"]["unhinged_seed"]


@pytest.mark.parametrize("purpose", get_args(Purpose))
async def test_the_purpose_decides_what_nobody_asked_for(context: ToolContext, purpose: Purpose):
    sent = (await run(context, suno_prompt_build, {"intent": "x", "purpose": purpose}))["music_generate_args"]
    assert (sent["weirdness"], sent["style_balance"]) == (PLANS[purpose].weirdness, PLANS[purpose].balance)
    assert all(f"[{section}]" in sent["prompt"] for section in PLANS[purpose].sections)


@pytest.mark.parametrize("model", get_args(Model))
@pytest.mark.parametrize("mood", get_args(Mood))
def test_a_prompt_keeps_to_its_models_limits(mood: Mood, model: Model):
    wish = Wish(intent="an endless intent " * 55, mood=mood, genre="very " * 39, instrumental=False)
    made, room = compiled(wish, model=model), ROOMS[model]
    assert len(made.style) <= room.style
    assert len(made.prompt) <= room.prompt
    assert len(made.title) <= room.title
    assert made.title


def test_the_tempo_lies_where_the_mood_has_it():
    for mood, feeling in FEELINGS.items():
        beats = [compiled(Wish(intent="x", mood=mood), seed=seed).bpm for seed in range(50)]
        assert feeling.slowest <= min(beats) < max(beats) <= feeling.fastest


def test_an_intent_makes_no_marks_of_its_own():
    made = compiled(Wish(intent="rain]\n[Drop] (loud)", instrumental=False))
    assert "[Drop]" not in made.prompt
    assert "(loud)" not in made.prompt


def test_who_sings_is_not_excluded():
    assert "vocals" in compiled(Wish(intent="x")).exclude_styles
    assert "vocals" not in compiled(Wish(intent="x", instrumental=False)).exclude_styles


async def test_what_was_kept_is_found_and_built(context: ToolContext):
    assert (await run(context, suno_prompt_preset_list, {}))["presets"] == []
    await run(context, suno_prompt_preset_save, {"name": "soft rain", **RAIN})
    assert (await run(context, suno_prompt_preset_list, {}))["presets"] == ["soft rain"]
    loaded = await run(context, suno_prompt_preset_load, {"name": "soft rain"})
    assert loaded == {"preset_name": "soft rain", **await run(context, suno_prompt_build, RAIN)}


async def test_presets_of_the_predecessor_load(context: ToolContext, files: MemoryFiles):
    kept = {**RAIN, "weirdness": 20, "style_balance": 80, "instrumental": True}
    files.contents["presets/song-prompts/village_rain.json"] = orjson.dumps(kept)
    sent = (await run(context, suno_prompt_preset_load, {"name": "village_rain"}))["music_generate_args"]
    assert (sent["weirdness"], sent["style_balance"]) == (20, 80)


async def test_a_damaged_preset_is_named(context: ToolContext, files: MemoryFiles):
    files.contents["presets/song-prompts/bad.json"] = b'{"intent": "x", "mood": "hungry"}'
    with pytest.raises(ToolFailed, match=r"bad\.json: mood"):
        await run(context, suno_prompt_preset_load, {"name": "bad"})
    with pytest.raises(ToolFailed, match="There is no preset 'gone'"):
        await run(context, suno_prompt_preset_load, {"name": "gone"})


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", ""])
async def test_a_name_that_could_be_a_path_is_refused(context: ToolContext, name: str):
    with pytest.raises(ArgumentsInvalid):
        await run(context, suno_prompt_preset_save, {"name": name, "intent": "x"})


async def test_all_moods_are_told(context: ToolContext):
    told = await run(context, suno_moods, {})
    assert told["count"] == 18
    assert set(told["moods"]) == set(get_args(Mood))
    assert sum(map(len, told["categories"].values())) == 18
