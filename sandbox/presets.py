"""Presets: which tools a model is given from the start. Each costs tokens in every request, so few is cheap.

A preset is a matter of cost, not of permission: whatever it leaves out, `tool_search` finds when it is needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from sandbox.tool import Tool

PresetName = Literal["minimal", "standard", "creative", "research", "full"]
DEFAULT: PresetName = "standard"
ALWAYS = "library"
"""The family that each preset has: what finds the others."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice of families; None for all."""

    title: str
    description: str
    families: frozenset[str] | None


PRESETS: Mapping[PresetName, Preset] = {
    "minimal": Preset("Minimal", "Nothing from the start: the model searches when it needs a tool.", frozenset()),
    "standard": Preset("Standard", "Everyday tools and the memory.", frozenset({"utility", "memory_kv"})),
    "creative": Preset(
        "Creative", "Texts, chance, and notes in a conversation.", frozenset({"utility", "string", "scratch"})
    ),
    "research": Preset(
        "Research", "Memory, and notes in a conversation.", frozenset({"utility", "memory_kv", "scratch"})
    ),
    "full": Preset("Full", "Everything there is. The dearest.", None),
}


def preset_of(name: object) -> PresetName:
    """The preset of that name, or the default for one that is not known here."""
    return cast("PresetName", name) if name in get_args(PresetName) else DEFAULT


def names_of(preset: PresetName, tools: Iterable[Tool]) -> list[str]:
    """The tools of a preset, in an order that never changes: another one would empty the provider's cache."""
    families = PRESETS[preset].families
    return sorted(tool.name for tool in tools if families is None or tool.category in {*families, ALWAYS})
