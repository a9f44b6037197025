"""Prompts for a music model, out of an intent, a mood and a purpose; those worth keeping are files of the workspace."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from cluster.errors import NotFound
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.moods import FEELINGS, Category, Mood
from sandbox.tools.song_compiler import Model, Prompt, Purpose, Wish, compiled

FOLDER = "presets/song-prompts"
PURE = Facts(idempotent=True, seconds=5)
MOST_LISTED = 200
RAIN = {"intent": "soft rain on a tin roof", "mood": "peaceful", "purpose": "ambient", "genre": "ambient nature"}
KEPT = (("suno_prompt_preset_save", {"name": "rain", **RAIN}),)

IntentText = Annotated[str, Field(min_length=1, max_length=1000)]
GenreText = Annotated[str, Field(max_length=200)]
Percent = Annotated[int, Field(ge=0, le=100)]
Intent = Annotated[IntentText, "What the music is to be, in plain words"]
Feel = Annotated[Mood, "How it feels"]
Use = Annotated[Purpose, "What it is for"]
Genre = Annotated[GenreText, "Such as ambient chime"]
Weirdness = Annotated[Percent | None, "How far it may stray; the purpose's own when absent"]
Balance = Annotated[Percent | None, "How closely the style is kept to; the purpose's own when absent"]
Instrumental = Annotated[bool, "Whether nobody sings"]
Seed = Annotated[int, Field(ge=0, le=2**31), "Another number gives another variation; the same gives the same"]
For = Annotated[Model, "Which model it is for: each has its own limits"]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\w[\w -]*$")]


class Preset(BaseModel):
    """A wish as it is kept."""

    intent: IntentText
    mood: Mood = "mystical"
    purpose: Purpose = "song"
    genre: GenreText = ""
    weirdness: Percent | None = None
    style_balance: Percent | None = None
    instrumental: bool = True


BUILT = {
    "music_generate_args": {
        "prompt": "",
        "style": "",
        "title": "Soft Rain On A Tin Roof",
        "model": "V5",
        "is_instrumental": True,
        "exclude_styles": "",
        "weirdness": 35,
        "style_balance": 65,
    },
    "full_prompt": {"unhinged_seed": "", "seed": 0, "bpm": 61.2, "tuning": "432 Hz", "binary": ""},
}


@tool(category="suno_compiler", facts=PURE, example=Example(arguments=RAIN, result=BUILT, varies=True))
async def suno_prompt_build(
    context: ToolContext,
    *,
    intent: Intent,
    mood: Feel = "mystical",
    purpose: Use = "song",
    genre: Genre = "",
    weirdness: Weirdness = None,
    style_balance: Balance = None,
    instrumental: Instrumental = True,
    seed: Seed = 0,
    model: For = "V5",
) -> dict[str, object]:
    """Turn an intent into all that a music model such as Suno is sent."""
    wish = Wish(
        intent=intent,
        mood=mood,
        purpose=purpose,
        genre=genre,
        weirdness=weirdness,
        style_balance=style_balance,
        instrumental=instrumental,
    )
    return _told(compiled(wish, seed=seed, model=model), seed)


@tool(
    category="suno_compiler",
    facts=PURE,
    example=Example(
        arguments=RAIN,
        result={
            "compiled": BUILT["music_generate_args"],
            "metadata": {
                "intent": "",
                "mood": "",
                "purpose": "",
                "genre": "",
                "seed": 0,
                "bpm": 61.2,
                "tuning": "",
                "binary": "",
            },
            "unhinged_seed": "",
            "usage_hint": "",
        },
        varies=True,
    ),
)
async def suno_compile(
    context: ToolContext,
    *,
    intent: Intent,
    mood: Feel = "mystical",
    purpose: Use = "song",
    genre: Genre = "",
    weirdness: Weirdness = None,
    instrumental: Instrumental = True,
    seed: Seed = 0,
) -> dict[str, object]:
    """The same as suno_prompt_build, told in another form."""
    wish = Wish(intent=intent, mood=mood, purpose=purpose, genre=genre, weirdness=weirdness, instrumental=instrumental)
    made = compiled(wish, seed=seed)
    about = {"intent": intent, "mood": mood, "purpose": purpose, "genre": genre, "seed": seed}
    return {
        "compiled": _to_send(made),
        "metadata": {**about, "bpm": made.bpm, "tuning": made.tuning, "binary": made.binary},
        "unhinged_seed": made.unhinged_seed,
        "usage_hint": "Send all of `compiled`: what is left out of it does not reach the music.",
    }


@tool(
    category="suno_compiler",
    facts=Facts(idempotent=True, side_effect=True, seconds=10),
    example=Example(
        arguments={"name": "rain", **RAIN},
        result={"preset_name": "rain", "preset_path": "presets/song-prompts/rain.json"},
    ),
)
async def suno_prompt_preset_save(
    context: ToolContext,
    *,
    name: Annotated[Name, "Letters, digits, spaces, - and _"],
    intent: Intent,
    mood: Feel = "mystical",
    purpose: Use = "song",
    genre: Genre = "",
    weirdness: Weirdness = None,
    style_balance: Balance = None,
    instrumental: Instrumental = True,
) -> dict[str, object]:
    """Keep what suno_prompt_build takes under a name, as a file. Replaces what was under it."""
    preset = Preset(
        intent=intent,
        mood=mood,
        purpose=purpose,
        genre=genre,
        weirdness=weirdness,
        style_balance=style_balance,
        instrumental=instrumental,
    )
    path = f"{FOLDER}/{name}.json"
    await context.files.write({path: preset.model_dump_json(indent=2).encode()})
    return {"preset_name": name, "preset_path": path}


@tool(
    category="suno_compiler",
    facts=Facts(idempotent=True, reads_private=True, seconds=10),
    example=Example(arguments={"name": "rain"}, result={"preset_name": "rain", **BUILT}, varies=True, after=KEPT),
)
async def suno_prompt_preset_load(
    context: ToolContext,
    *,
    name: Annotated[Name, "The name it was kept under"],
    seed: Seed = 0,
    model: For = "V5",
) -> dict[str, object]:
    """Build a prompt from what was kept under a name."""
    path = f"{FOLDER}/{name}.json"
    try:
        preset = Preset.model_validate_json(await context.files.read(path))
    except NotFound:
        raise ToolFailed(f"There is no preset {name!r}; suno_prompt_preset_list tells which there are.") from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ToolFailed(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    return {"preset_name": name, **_told(compiled(Wish(**dict(preset)), seed=seed, model=model), seed)}


@tool(
    category="suno_compiler",
    facts=Facts(idempotent=True, reads_private=True, seconds=10),
    example=Example(arguments={}, result={"presets": ["rain"], "count": 1, "preset_dir": FOLDER}, after=KEPT),
)
async def suno_prompt_preset_list(context: ToolContext) -> dict[str, object]:
    """List the names that prompts were kept under."""
    kept = await context.files.list(FOLDER) if await context.files.facts(FOLDER) else ()
    names = sorted(file.path.rpartition("/")[2].removesuffix(".json") for file in kept if file.path.endswith(".json"))
    return {"presets": names[:MOST_LISTED], "count": len(names), "preset_dir": FOLDER}


@tool(
    category="suno_compiler",
    facts=PURE,
    example=Example(
        arguments={"category": "neutral"},
        result={
            "moods": {
                name: {
                    "primary": f"{feeling.primary} {feeling.percent}%",
                    "secondary": f"{feeling.secondary} {100 - feeling.percent}%",
                    "bpm": [feeling.slowest, feeling.fastest],
                    "tuning": feeling.tuning,
                }
                for name, feeling in FEELINGS.items()
                if feeling.category == "neutral"
            },
            "count": 5,
            "categories": {"neutral": ["contemplative", "mysterious", "ethereal", "industrial", "digital"]},
        },
    ),
)
async def suno_moods(
    context: ToolContext, *, category: Annotated[Category | None, "Only these; all when absent"] = None
) -> dict[str, object]:
    """List the moods of song prompts: their feelings, tempo and tuning."""
    chosen = {name: feeling for name, feeling in FEELINGS.items() if category in (None, feeling.category)}
    categories: dict[str, list[str]] = {}
    for name, feeling in chosen.items():
        categories.setdefault(feeling.category, []).append(name)
    moods = {
        name: {
            "primary": f"{feeling.primary} {feeling.percent}%",
            "secondary": f"{feeling.secondary} {100 - feeling.percent}%",
            "bpm": [feeling.slowest, feeling.fastest],
            "tuning": feeling.tuning,
        }
        for name, feeling in chosen.items()
    }
    return {"moods": moods, "count": len(moods), "categories": categories}


def _to_send(made: Prompt) -> dict[str, object]:
    return {
        "prompt": made.prompt,
        "style": made.style,
        "title": made.title,
        "model": made.model,
        "is_instrumental": made.instrumental,
        "exclude_styles": made.exclude_styles,
        "weirdness": made.weirdness,
        "style_balance": made.style_balance,
    }


def _told(made: Prompt, seed: int) -> dict[str, object]:
    about = {"unhinged_seed": made.unhinged_seed, "seed": seed, "bpm": made.bpm, "tuning": made.tuning}
    return {"music_generate_args": _to_send(made), "full_prompt": {**about, "binary": made.binary}}


SONG_PROMPT_TOOLS = (
    suno_prompt_build,
    suno_prompt_preset_save,
    suno_prompt_preset_load,
    suno_prompt_preset_list,
    suno_compile,
    suno_moods,
)
