"""Sixty-four questions with four options each and one right answer, and members that know so and so much of them.

What a member knows is drawn once for all, from the question and its name: runs are equal. Those who are wrong are
mostly wrong together and say so loudly; those who are right can give a proof, by which an open mind is convinced.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from tests.actors.councils.playing import Call, votes

CAPITALS = {
    "Australia": "Canberra", "Brazil": "Brasília", "Canada": "Ottawa", "Kenya": "Nairobi", "Morocco": "Rabat",
    "Myanmar": "Naypyidaw", "New Zealand": "Wellington", "Nigeria": "Abuja", "Norway": "Oslo", "Pakistan": "Islamabad",
    "Switzerland": "Bern", "Turkey": "Ankara", "Vietnam": "Hanoi", "Chile": "Santiago", "Cuba": "Havana",
    "Mongolia": "Ulaanbaatar",
}  # fmt: skip
ELEMENTS = {
    "sodium": "Na", "potassium": "K", "iron": "Fe", "silver": "Ag", "gold": "Au", "tin": "Sn", "lead": "Pb",
    "mercury": "Hg", "tungsten": "W", "antimony": "Sb", "copper": "Cu", "helium": "He", "neon": "Ne", "iodine": "I",
    "zinc": "Zn", "carbon": "C",
}  # fmt: skip
YEARS = {
    "the French Revolution began": "1789", "the Berlin Wall fell": "1989", "people first walked on the Moon": "1969",
    "the First World War began": "1914", "the Second World War ended": "1945", "Constantinople fell": "1453",
    "Columbus reached America": "1492", "the Titanic sank": "1912", "Charlemagne was crowned emperor": "800",
    "the Battle of Hastings was fought": "1066", "the Magna Carta was sealed": "1215", "Krakatoa erupted": "1883",
    "the Suez Canal was opened": "1869", "Newton's Principia appeared": "1687", "Japan's Meiji era began": "1868",
    "the Soviet Union was dissolved": "1991",
}  # fmt: skip
PRODUCTS = {f"{a} times {b}": str(a * b) for a, b in zip(range(12, 28), range(31, 79, 3), strict=True)}


@dataclass(frozen=True)
class Question:
    """A question, what may be answered, and what is right."""

    text: str
    options: tuple[str, ...]
    right: str


def questions() -> list[Question]:
    """All of them, always in this order."""
    return [
        *_of("What is the capital of {}?", CAPITALS),
        *_of("What is the symbol of {}?", ELEMENTS),
        *_of("In which year was it that {}?", YEARS),
        *_of("How much is {}?", PRODUCTS),
    ]


@dataclass(frozen=True)
class Knower:
    """Somebody who is right about this share of questions, and open to this share of proofs."""

    name: str
    accuracy: float
    openness: float

    def answer(self, question: Question, call: Call) -> str:
        """What they say in a round: at first what they know, later what they were convinced of."""
        chance = _chance(question.text, self.name)
        knows = chance < self.accuracy
        if not knows and call.round > 1 and _chance(question.text, self.name, call.round) < self.openness:
            proven = re.search(r"Vote: (.+)\nPosition: .*\n- A proof", call.prompt)
            if proven:
                return votes(proven[1], arguments=["I follow that proof."], confidence=0.7)
        if knows:
            return votes(question.right, arguments=["A proof that can be checked: look it up."], confidence=0.8)
        wrong = [option for option in question.options if option != question.right]
        lure = wrong[0] if chance < self.accuracy + (1 - self.accuracy) * 0.8 else wrong[1]
        return votes(lure, reasoning="EVERYBODY KNOWS THAT!", confidence=1)


SMALL_TALK: Sequence[Knower] = (
    Knower("Ann", 0.75, 0.7), Knower("Bob", 0.65, 0.7), Knower("Cyd", 0.6, 0.6), Knower("Dan", 0.55, 0.6),
    Knower("Eve", 0.5, 0.5),
)  # fmt: skip


def play(knowers: Sequence[Knower]) -> Callable[[Call], str]:
    """These people as the members of councils on the questions."""
    known: Mapping[str, Question] = {question.text: question for question in questions()}
    people = {knower.name: knower for knower in knowers}

    def said(call: Call) -> str:
        found = re.search(r"<question>\n(.*?)\n</question>", call.prompt, re.DOTALL)
        assert found is not None
        return people[call.member].answer(known[found[1]], call)

    return said


def _of(form: str, facts: Mapping[str, str]) -> list[Question]:
    """A question for each fact; the wrong options are right for its neighbours."""
    answers = list(facts.values())
    made: list[Question] = []
    for place, (what, right) in enumerate(facts.items()):
        given = [answers[(place + step) % len(answers)] for step in range(4)]
        turned = given[place % 4 :] + given[: place % 4]
        made.append(Question(form.format(what), tuple(turned), right))
    return made


def _chance(*what: object) -> float:
    return int.from_bytes(sha256(repr(what).encode()).digest()[:4], "big") / 2**32
