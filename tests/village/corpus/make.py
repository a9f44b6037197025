"""Makes memories.jsonl and queries.jsonl beside this file: `python -m tests.village.corpus.make`. Always the same.

Made and not collected, so that it is known what answers a question: a subject has one value of each trait, and a
question asks for it in other words. Near misses come by themselves: other subjects with the same value, the same
subject with other traits, numbers that differ in a digit.
"""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.village.corpus.sayings import SAYINGS
from tests.village.corpus.stock import AGENTS, BOOK, BOOKS, FIRST, LAST, PERSON, PLANT, PLANTS, SERVICE, SERVICES, Trait

FOLDER = Path(__file__).parent
SEED = 20261123
PEOPLE = 130
SAID_AGAIN = 0.2
"""Share of the facts that another agent states too, in other words: both answer the question."""
VENDORS = (
    "Halvorsen Paper",
    "Mirador Optics",
    "Blue Anvil",
    "Castor & Sons",
    "Nordlicht Energy",
    "Ponte Vecchio Foods",
)
STATES = ("was paid in full", "is overdue", "was disputed", "was sent back", "is paid in part")
CAUSES = (
    "the pump is blocked", "a filter is missing", "the lid is open", "the sensor is cold", "the belt has slipped",
    "oil is low", "the paper is damp", "no network was found", "the lamp is worn", "the tray is full",
)  # fmt: skip
REPAIRS = ("a new fan", "a second power supply", "more memory", "fresh thermal paste", "another network card", "a disk")


@dataclass
class Making:
    """What has been made so far."""

    chance: random.Random
    memories: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    queries: list[dict[str, object]] = field(default_factory=list[dict[str, object]])

    def remember(self, content: str, category: str, agent: str | None = None) -> int:
        """Add a memory; answers its number."""
        agent = agent or self.chance.choice(AGENTS)
        self.memories.append({"id": len(self.memories), "agent": agent, "category": category, "content": content})
        return len(self.memories) - 1

    def ask(self, text: str, relevant: Sequence[int], kind: str) -> None:
        """Add a question, with the memories that answer it."""
        self.queries.append({"text": text, "relevant": sorted(relevant), "kind": kind})


@dataclass(frozen=True)
class Fact:
    """One value of one trait of one subject, and the memories that state it."""

    subject: str
    trait: str
    value: str
    stated: tuple[int, ...]


def subjects(making: Making, names: Sequence[str], traits: Mapping[str, Trait], category: str, *, asked: int) -> None:
    """State each trait of each subject; ask for some of them, and for whoever has a value of a group."""
    facts: list[Fact] = []
    for number, name in enumerate(names):
        for trait, stock in traits.items():
            value = making.chance.choice(stock.values)
            agents = making.chance.sample(AGENTS, 2 if making.chance.random() < SAID_AGAIN else 1)
            says = [stock.says[(number + place) % len(stock.says)] for place in range(len(agents))]
            stated = [
                making.remember(_said(say, name, value), category, agent)
                for say, agent in zip(says, agents, strict=True)
            ]
            facts.append(Fact(name, trait, value, tuple(stated)))
    for fact in making.chance.sample(facts, asked):
        ask = making.chance.choice(traits[fact.trait].asks)
        making.ask(ask.format(n=fact.subject), fact.stated, "subject")
    for trait, stock in traits.items():
        for question, values in stock.groups.items():
            having = [each.stated for each in facts if each.trait == trait and each.value in values]
            if having:
                making.ask(question, [number for stated in having for number in stated], "group")


def numbers(making: Making) -> None:
    """Invoices, error codes and machines, that only a number tells apart; ask for some by it."""
    asks: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for number in making.chance.sample(range(20_000, 21_000), 280):
        vendor, state = making.chance.choice(VENDORS), making.chance.choice(STATES)
        amount = making.chance.randrange(100, 9000)
        id = making.remember(f"Invoice {number}-B by {vendor} over {amount} euros {state}.", "accounts")
        asks["invoice"].append((making.chance.choice((f"{number}-B", f"has {number}-B been settled?")), id))
    for number in making.chance.sample(range(4000, 4400), 160):
        cause = making.chance.choice(CAUSES)
        id = making.remember(f"When the machine shows E{number}, {cause}.", "machines")
        asks["code"].append((making.chance.choice((f"meaning of E{number}", f"display says E{number}")), id))
    for site in ("fra", "osl", "gru", "sin"):
        for number in making.chance.sample(range(10, 80), 40):
            host, repair = f"{site}-db-{number}", making.chance.choice(REPAIRS)
            id = making.remember(f"{host} got {repair} in week {making.chance.randrange(1, 52)}.", "machines")
            asks["host"].append((f"which hardware was changed in {host}", id))
    for kind, known in asks.items():
        for text, id in making.chance.sample(known, 22):
            making.ask(text, [id], kind)


def make() -> Making:
    """All memories and queries."""
    making = Making(random.Random(SEED))
    people = making.chance.sample([f"{first} {last}" for first in FIRST for last in LAST], PEOPLE)
    subjects(making, people, PERSON, "people", asked=90)
    subjects(making, SERVICES, SERVICE, "software", asked=40)
    subjects(making, PLANTS, PLANT, "garden", asked=15)
    subjects(making, BOOKS, BOOK, "books", asked=15)
    numbers(making)
    for saying, question in SAYINGS:
        making.ask(question, [making.remember(saying, "general")], "paraphrase")
    return making


def _said(say: str, name: str, value: str) -> str:
    text = say.format(n=name, v=value)
    return text[0].upper() + text[1:]


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows))


if __name__ == "__main__":
    made = make()
    _write(FOLDER / "memories.jsonl", made.memories)
    _write(FOLDER / "queries.jsonl", made.queries)
