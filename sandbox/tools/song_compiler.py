"""Makes of an intent what a music model is sent: style, text, what to leave out, and how far to stray.

All that is made is part of what is to be sent. Chance follows from a seed, so a prompt can be made again.
"""

import random
from dataclasses import dataclass
from typing import Literal

from sandbox.tools.moods import FEELINGS, Feeling, Mood

Purpose = Literal["sfx", "ambient", "loop", "song", "jingle"]
Model = Literal["V3_5", "V4", "V4_5", "V5"]


@dataclass(frozen=True, slots=True)
class Room:
    """Characters that a model takes."""

    prompt: int
    style: int
    title: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a purpose asks of the music."""

    weirdness: int
    balance: int
    """How closely the style is kept to."""
    words: tuple[str, ...]
    sections: tuple[str, ...]


ROOMS: dict[Model, Room] = {
    "V3_5": Room(3000, 200, 80),
    "V4": Room(3000, 200, 80),
    "V4_5": Room(5000, 1000, 100),
    "V5": Room(5000, 1000, 100),
}
PLANS: dict[Purpose, Plan] = {
    "sfx": Plan(25, 75, ("short sound effect", "one gesture", "clean tail"), ("Sound",)),
    "ambient": Plan(35, 65, ("atmospheric", "slowly changing", "no drums"), ("Entry", "Unfold", "Drift", "Fade Out")),
    "loop": Plan(20, 80, ("seamless loop", "even level", "no ending"), ("Loop",)),
    "song": Plan(45, 55, ("full arrangement",), ("Intro", "Verse", "Chorus", "Verse", "Bridge", "Chorus", "Outro")),
    "jingle": Plan(30, 70, ("short and catchy", "clear hook"), ("Hook", "Answer", "End")),
}
NO_MARKS = str.maketrans("[]()", "    ")
"""What means something in a text for a music model stays out of words by people."""
IMAGES = (
    "glass",
    "salt",
    "copper",
    "moss",
    "lightning",
    "paper",
    "honey",
    "ash",
    "tide",
    "clockwork",
    "violet",
    "bone",
)
DEEDS = ("breathing", "unfolding", "orbiting", "remembering", "melting", "whispering", "climbing", "refracting")
PLACES = ("a drowned cathedral", "an empty orbit", "a market at dawn", "the inside of a bell", "a frozen orchestra pit")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is wanted. None lets the purpose decide."""

    intent: str
    mood: Mood = "mystical"
    purpose: Purpose = "song"
    genre: str = ""
    weirdness: int | None = None
    style_balance: int | None = None
    instrumental: bool = True


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What is to be sent."""

    style: str
    prompt: str
    exclude_styles: str
    title: str
    weirdness: int
    style_balance: int
    unhinged_seed: str
    bpm: float
    tuning: str
    binary: str
    model: Model
    instrumental: bool


def compiled(wish: Wish, *, seed: int = 0, model: Model = "V5") -> Prompt:
    """The prompt for a wish. The same wish and seed give the same."""
    feeling, plan, room = FEELINGS[wish.mood], PLANS[wish.purpose], ROOMS[model]
    # A text seeds the same on every machine and in every process, unlike a hash of it.
    chance = random.Random(f"{seed}/{wish.mood}/{wish.purpose}/{wish.genre}/{wish.intent}")
    bpm = round(chance.uniform(feeling.slowest, feeling.fastest), 1)
    strange = f"{chance.choice(IMAGES)} and {chance.choice(IMAGES)}, {chance.choice(DEEDS)} in {chance.choice(PLACES)}"
    binary = " ".join(f"{ord(letter):08b}" for letter in wish.mood[:3])
    weirdness = plan.weirdness if wish.weirdness is None else wish.weirdness
    return Prompt(
        style=_joined(_style(wish, feeling, plan, bpm, strange), room.style),
        prompt=_joined(_text(wish, feeling, plan, chance, strange, binary), room.prompt, "\n"),
        exclude_styles=", ".join((*feeling.without, "vocals") if wish.instrumental else feeling.without),
        title=_title(wish.intent, room.title),
        weirdness=weirdness,
        style_balance=plan.balance if wish.style_balance is None else wish.style_balance,
        unhinged_seed=strange,
        bpm=bpm,
        tuning=feeling.tuning,
        binary=binary,
        model=model,
        instrumental=wish.instrumental,
    )


def _style(wish: Wish, feeling: Feeling, plan: Plan, bpm: float, strange: str) -> list[str]:
    """From the most to the least important: what does not fit is left out from the end."""
    return [
        *([wish.genre] if wish.genre else []),
        *plan.words,
        f"{bpm} BPM",
        f"{feeling.primary} {feeling.percent}%",
        f"{feeling.secondary} {100 - feeling.percent}%",
        *([f"tuned to {feeling.tuning}"] if feeling.tuning else []),
        "instrumental" if wish.instrumental else "vocals",
        strange,
    ]


def _text(wish: Wish, feeling: Feeling, plan: Plan, chance: random.Random, strange: str, binary: str) -> list[str]:
    """Section marks, each with signs of the mood, or with what is to be sung about."""
    intent = " ".join(wish.intent.translate(NO_MARKS).split())
    lines = [f"[{wish.purpose}: {intent}]", f"[Seed: {strange}]", f"[{binary}]"]
    for section in plan.sections:
        signs = " ".join(chance.choice(feeling.signs) for _ in range(4))
        lines.append(f"[{section}] {signs}" if wish.instrumental else f"[{section}]\n({intent}) {signs}")
    return lines


def _title(intent: str, most: int) -> str:
    words = [word.strip(".,;:!?\"'()") for word in intent.split()]
    return _joined([word[:1].upper() + word[1:] for word in words[:6] if word], most, " ") or "Untitled"


def _joined(parts: list[str], most: int, between: str = ", ") -> str:
    """As many whole parts as there is room for; at least a piece of the first."""
    made = parts[0][:most] if parts else ""
    for part in parts[1:]:
        if len(made) + len(between) + len(part) > most:
            break
        made += between + part
    return made
