"""The families that tools are sorted into, for people who browse and for presets that choose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Tools that belong together. `name` is what a tool declares as its category."""

    name: str
    title: str
    description: str


FAMILIES = (
    Family("utility", "Utility", "The clock, arithmetic, chance, JSON, and facts about the conversation itself."),
    Family("string", "Text", "Change, split and join texts."),
    Family("memory_kv", "Memory", "A notebook that every conversation of yours reads and writes."),
    Family("scratch", "Scratch", "Notes that belong to one conversation."),
    Family("library", "Library", "Finds tools among all there are."),
)
