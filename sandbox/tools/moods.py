"""The moods that a song prompt knows: what each feels like, how fast it is, how it is tuned, what it is not."""

from dataclasses import dataclass
from typing import Literal

Category = Literal["positive", "neutral", "negative"]
Mood = Literal[
    "mystical",
    "joyful",
    "triumphant",
    "peaceful",
    "energetic",
    "hopeful",
    "playful",
    "contemplative",
    "mysterious",
    "ethereal",
    "industrial",
    "digital",
    "melancholic",
    "tense",
    "dark",
    "chaotic",
    "ominous",
    "error",
]
Tuning = Literal["", "432 Hz", "19-TET", "just intonation"]


@dataclass(frozen=True, slots=True)
class Feeling:
    """What a mood asks of the music."""

    category: Category
    primary: str
    percent: int
    """How much of it the first feeling is; the rest is the second."""
    secondary: str
    slowest: int
    fastest: int
    """Beats a minute."""
    tuning: Tuning
    signs: tuple[str, ...]
    """What stands in the text for its sound where nobody sings."""
    without: tuple[str, ...]
    """Styles that would spoil it."""


CALM = ("harsh distortion", "aggressive drums", "shouting")
BRIGHT = ("gloomy drones", "dissonance", "dirge")
HARD = ("gentle lullaby", "soft acoustic ballad", "smooth jazz")
SHADED = ("cheerful pop", "bubblegum hooks", "comedy")

FEELINGS: dict[Mood, Feeling] = {
    "mystical": Feeling("positive", "hushed wonder", 70, "arcane shimmer", 60, 80, "432 Hz", ("✧･ﾟ", "⋆｡°✩", "☾"), CALM),
    "joyful": Feeling("positive", "bursting joy", 80, "dancing mischief", 120, 140, "", ("♪♫", "☀", "(◠‿◠)"), BRIGHT),
    "triumphant": Feeling("positive", "victory", 75, "heroic strength", 130, 150, "", ("★", "♬", "▲▲"), BRIGHT),
    "peaceful": Feeling("positive", "stillness", 85, "slow drifting", 50, 70, "432 Hz", ("〜", "❀", "(◡‿◡)"), CALM),
    "energetic": Feeling("positive", "driving pulse", 75, "restless motion", 140, 170, "", ("⚡", "»»»", "♫!"), HARD),
    "hopeful": Feeling("positive", "rising light", 70, "first morning", 100, 120, "", ("↗", "☼", "✿"), BRIGHT),
    "playful": Feeling("positive", "bouncing whim", 65, "sly sparkle", 115, 135, "", ("♪~", "(•‿•)", "°º¤ø"), BRIGHT),
    "contemplative": Feeling("neutral", "inward depth", 75, "slow wondering", 60, 85, "432 Hz", ("…", "◌", "∴"), CALM),
    "mysterious": Feeling("neutral", "half-seen shapes", 70, "veiled clues", 70, 95, "", ("◐", "?", "⟁"), SHADED),
    "ethereal": Feeling("neutral", "weightless floating", 80, "far bells", 55, 75, "432 Hz", ("⋆", "˚₊", "☁"), CALM),
    "industrial": Feeling(
        "neutral", "grinding machines", 70, "city pulse", 110, 140, "just intonation", ("▓░", "⚙", "▣"), HARD
    ),
    "digital": Feeling("neutral", "broken signals", 65, "flowing data", 125, 155, "19-TET", ("⌁", "⟨/⟩", "▚▞"), HARD),
    "melancholic": Feeling(
        "negative", "deep sorrow", 75, "longing for the past", 60, 85, "", ("☂", "𝄐", "(◞‸◟)"), SHADED
    ),
    "tense": Feeling("negative", "nerves on edge", 70, "slow tightening", 90, 120, "", ("┅", "!?", "⟶|"), SHADED),
    "dark": Feeling(
        "negative", "empty blackness", 75, "near menace", 70, 100, "just intonation", ("●", "▼", "☽"), SHADED
    ),
    "chaotic": Feeling("negative", "raging storm", 65, "lawless surge", 150, 180, "19-TET", ("⁂", "↯↯", "#%&"), HARD),
    "ominous": Feeling("negative", "creeping dread", 80, "hidden threat", 50, 75, "", ("▂▃", "◉", "…—"), SHADED),
    "error": Feeling(
        "negative", "jarring failure", 70, "collapsing order", 80, 120, "19-TET", ("✖", "⌧", "0x00"), CALM
    ),
}
