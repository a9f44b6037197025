"""Presets: which tools a model is given from the start. Each costs tokens in every request, so few is cheap.

A preset is a matter of cost, not of permission: whatever it leaves out, `tool_search` finds when it is needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from sandbox.tool import Tool

PresetName = Literal["minimal", "standard", "creative", "research", "ml_training", "village", "full"]
DEFAULT: PresetName = "standard"
ALWAYS = "library"
"""The family that each preset has: what finds the others."""
EVERYDAY = frozenset(
    {
        *("calculator", "get_current_time", "execute_python", "web_fetch", "web_search"),
        *("fs_edit", "fs_list_files", "fs_read_file", "fs_write_file"),
        *("memory_delete", "memory_list", "memory_retrieve", "memory_search", "memory_store"),
    }
)
"""What most conversations have use for."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice of families (None for all), and single tools beside them."""

    title: str
    description: str
    families: frozenset[str] | None
    tools: frozenset[str] = frozenset()


PRESETS: Mapping[PresetName, Preset] = {
    "minimal": Preset("Minimal", "Nothing from the start: the model searches when it needs a tool.", frozenset()),
    "standard": Preset("Standard", "Arithmetic, Python, files, the web and the memory.", frozenset(), EVERYDAY),
    "creative": Preset(
        "Creative",
        "With pictures, recordings, music and prompts for songs.",
        frozenset({"image", "audio_editor", "music", "suno_compiler"}),
        EVERYDAY,
    ),
    "research": Preset(
        "Research",
        "With documents, tables and statistics, the whole web family, and what this system knows.",
        frozenset({"web", "data", "document", "dataset", "knowledge_base", "notebook"}),
        EVERYDAY,
    ),
    "ml_training": Preset(
        "Training",
        "With notebooks, tables, and training data for models.",
        frozenset({"nursery", "data", "notebook", "dataset"}),
        EVERYDAY,
    ),
    "village": Preset(
        "Village",
        "With what agents know together, say to each other, and keep in order.",
        frozenset({"village", "vector_knowledge", "memory_health", "forward_crumbs"}),
        EVERYDAY,
    ),
    "full": Preset("Full", "Everything there is. The dearest.", None),
}


def preset_of(name: object) -> PresetName:
    """The preset of that name, or the default for one that is not known here."""
    return cast("PresetName", name) if name in get_args(PresetName) else DEFAULT


def names_of(preset: PresetName, tools: Iterable[Tool]) -> list[str]:
    """The tools of a preset, in an order that never changes: another one would empty the provider's cache."""
    chosen = PRESETS[preset]
    if chosen.families is None:
        return sorted(tool.name for tool in tools)
    families = {*chosen.families, ALWAYS}
    return sorted(tool.name for tool in tools if tool.category in families or tool.name in chosen.tools)
