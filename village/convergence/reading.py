"""What a sentence says that its vector does not tell well: how often it says "not", which numbers and names it has."""

import re
from dataclasses import dataclass
from functools import lru_cache

from village.convergence.opposites import HIDDEN_NEGATIONS, NEGATORS, NOT_NEGATIONS, stem

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,:]\d+)*%?|[^\W\d_]+")
_CODE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w+\b")
_CAPITAL = re.compile(r"(?<=[\w,;:] )[A-Z][A-Za-z]+")
_KEEPING = r"\b(?:keep(?:s|ing)?|kept|stay(?:s|ed)?|protect\w*)\b(?=.{1,40}\b(?:from|out of)\b)|\bprevent\w*"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_SMALL = {word: value for value, word in enumerate(_UNITS.split())}
_TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12}
_ORDINALS = {
    word: f"{place}."
    for place, word in enumerate("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 3)
} | {"second": "2."}
_PHRASES = (
    ("free of charge", "free"), ("no charge", "free"), ("at no cost", "free"), ("without charge", "free"),
    ("a quarter", "25 percent"), ("one in four", "25 percent"), ("twice", "2 times"), ("six months", "6 months"),
    ("half an hour", "30 minutes"), ("quarter of an hour", "15 minutes"), ("half a year", "6 months"),
    ("one and a half", "1.5"), ("a century", "100 years"), ("a decade", "10 years"), ("o'clock", ""),
    ("at most", ""), ("at least", ""), ("a dozen", "12"),
    ("midnight", "night 0"), ("at noon", "at 12"), ("gb", " gigabyte"), ("kb", " kilobyte"), ("mb", " megabyte"),
)  # fmt: skip
_FORMS = {
    **_ORDINALS, "double": "2", "doubled": "2", "doubles": "2",
    "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month", "yearly": "year", "annual": "year",
    "annually": "year", "hourly": "hour", "metres": "metre", "meters": "metre", "meter": "metre", "%": "percent",
    "century": "year", "eur": "euro", "usd": "dollar", "thrice": "3", "mornings": "morning", "evenings": "evening",
}  # fmt: skip
_EMPTY = frozenset(
    "a an the of to in on at by for from with as is are was were be been being am do does did done has have had "
    "having it its this that these those there they them their he she his her him we us our you your i me my one "
    "ones and or but so get gets got getting become becomes once than then because since if when while which who "
    "whom whose what where how that's just only very too also both such will would shall should can could may "
    "might must into onto over out up down off about around roughly some any each every all no not never".split()
)


SPANS = frozenset("minute hour day week month year".split())


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence, read. `said` holds its content words by their stems, `words` all of them in order."""

    words: tuple[str, ...]
    said: frozenset[str]
    negations: int
    warnings: int
    negated: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    contrast: int | None
    """The place of its "than" (or ", not", "rather than"), if there is one."""


@lru_cache(maxsize=4096)
def read(sentence: str) -> Reading:
    """A sentence, as the checks need it."""
    words = tuple(_counted([_FORMS.get(word, word) for word in _found(_plain(sentence))]))
    names = frozenset(name.lower() for name in _CAPITAL.findall(sentence)) | {
        code.lower() for code in _CODE.findall(sentence) if re.search("[A-Z]", code)
    }
    negations, warnings, negated = _negated(sentence)
    return Reading(
        words=words,
        said=frozenset(stem(word) for word in words if word not in _EMPTY),
        negations=negations,
        warnings=warnings,
        negated=negated,
        numbers=frozenset(
            word
            for word, after in zip(words, (*words[1:], ""), strict=True)
            if word[0].isdigit() and (word != "1" or after in SPANS)
        ),
        names=names,
        contrast=words.index("than") if "than" in words else None,
    )


def sentences(text: str) -> list[str]:
    """A text's sentences, at most forty of them."""
    return [part for part in _SENTENCE.split(text.strip()[:8000]) if part.strip()][:40]


def _found(text: str) -> list[str]:
    return [match.group() for match in _WORD.finditer(text)]


def _lower(sentence: str) -> str:
    text = sentence.lower().replace("\u2019", "'").replace("n't", " not").replace("can not", "cannot")
    return re.sub(r"'s\b", "", text)


def _plain(sentence: str) -> str:
    text = _lower(sentence)
    for phrase, number in _PHRASES:
        text = re.sub(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])", number, text)
    for phrase, plain in HIDDEN_NEGATIONS:
        if plain.strip() == "than":
            text = text.replace(phrase, plain)
    text = re.sub(r"\bsome (?=\d|" + "|".join((*_SMALL, *_TENS)) + ")", "about ", text)
    text = re.sub(
        rf"\bfor an? (?={'|'.join(sorted(SPANS))})|\b(?:its|the|their) first (?=week|day|month|year)", "for 1 ", text
    )
    text = re.sub(r"\bover(?=\w{4,}ing\b)", "too much ", text)
    return re.sub(r"\b0?(\d+):00\b", r"\1", text)


def _negated(sentence: str) -> tuple[int, int, frozenset[str]]:
    """How often a sentence says "not", how often of that "or else", and the stems of what it is said of."""
    text = re.sub(r"\b(?:no|without) (?:charge|cost)|\bfree of charge", "free", _lower(sentence))
    for phrase in NOT_NEGATIONS:
        text = text.replace(phrase, "")
    for phrase, plain in HIDDEN_NEGATIONS:
        text = text.replace(phrase, plain)
    text = re.sub(_KEEPING, "lest", text)
    text = re.sub(r"\bnot\b(?=.{1,60}\buntil\b)", "", text)
    text = re.sub(r"\b(?:un|non-?)(?=\w{4,}(?:ed|able)\b)", "not ", text)
    words = _found(text)
    places = [place for place, word in enumerate(words) if word in NEGATORS or word == "lest"]
    after = (next((word for word in words[place + 1 :] if word not in _EMPTY), "") for place in places)
    return len(places), words.count("lest"), frozenset(map(stem, after))


def _counted(words: list[str]) -> list[str]:
    """Numbers in words as digits: "fifty five" is 55."""
    out: list[str] = []
    total: int | None = None
    for word in [*words, ""]:
        value = _SMALL.get(word, _TENS.get(word))
        if value is not None:
            total = (total or 0) + value
        elif word in _SCALES and (total is not None or out[-1:] == ["a"]):
            total = (total or 1) * _SCALES[word]
        else:
            if total is not None:
                out.append(str(total))
                total = None
            if word:
                out.append(word.rstrip("%").replace(",", "") if word[0].isdigit() else word)
    return out
