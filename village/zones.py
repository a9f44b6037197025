"""The zones of the village map, and the zone that an agent works in while it uses a tool of a family."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Zone:
    """A place on the map, by its middle and size on a canvas of 800 by 600."""

    name: str
    title: str
    x: int
    y: int
    width: int
    height: int


SQUARE = "village_square"
"""Where agents are that have nothing to do, and those that use a tool of no zone's."""
ZONES = (
    Zone(SQUARE, "Village square", 400, 300, 120, 120),
    Zone("dj_booth", "Music stage", 100, 300, 100, 80),
    Zone("memory_garden", "Memory garden", 400, 80, 140, 80),
    Zone("file_shed", "File shed", 700, 300, 100, 80),
    Zone("workshop", "Workshop", 400, 520, 120, 80),
    Zone("bridge_portal", "Bridge portal", 700, 80, 120, 80),
    Zone("library", "Library", 100, 80, 120, 80),
    Zone("watchtower", "Watchtower", 100, 520, 100, 80),
    Zone("nursery", "Nursery", 700, 520, 120, 80),
)
FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("music", "audio_editor", "suno_compiler", "suno"), "dj_booth"),
    **dict.fromkeys(
        ("memory_kv", "memory_health", "vector_knowledge", "cloud_memory", "scratch", "forward_crumbs"), "memory_garden"
    ),
    **dict.fromkeys(("filesystem", "vault", "document", "image"), "file_shed"),
    **dict.fromkeys(("code_execution", "notebook", "data", "eeg", "vision"), "workshop"),
    **dict.fromkeys(("agents", "village"), "bridge_portal"),
    **dict.fromkeys(("knowledge_base", "dataset", "library"), "library"),
    **dict.fromkeys(("web", "browser", "camera"), "watchtower"),
    "nursery": "nursery",
}
"""By the family that a tool declares."""


def zone_of(family: str | None) -> str:
    """The zone of a family of tools; the square for any other."""
    return FAMILIES.get(family or "", SQUARE)
