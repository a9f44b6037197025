"""Looks at whole texts: models see tokens, so counting letters and turning words around is hard for them."""

import re
import unicodedata
from typing import Annotated

from pydantic import Field

from sandbox.tool import Example, Facts, ToolContext, tool

PURE = Facts(idempotent=True, seconds=5)
MAX_COUNTED = 200_000
MAX_CHANGED = 40_000
"""A changed text goes back whole, so it must fit a result."""
SENTENCE = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*(?=\s|$)|[。！？]")  # noqa: RUF001 (sentences end so elsewhere)
PARAGRAPH = re.compile(r"\n[ \t]*\n")
JOINER = "\u200d"


@tool(
    category="utility", facts=PURE, example=Example(arguments={"text": "stressed"}, result="desserts")
)  # fmt: skip
async def reverse_string(
    context: ToolContext, *, text: Annotated[str, Field(max_length=MAX_CHANGED), "What to turn around"]
) -> str:
    """Turn a text around, letter by letter; accents and emoji stay whole."""
    return "".join(reversed(letters(text)))


@tool(
    category="utility",
    facts=PURE,
    example=Example(
        arguments={"text": "To be, or not to be. That is it!"},
        result={
            "characters": 32,
            "characters_no_spaces": 24,
            "words": 9,
            "sentences": 2,
            "paragraphs": 1,
            "lines": 1,
            "average_word_length": 2.33,
        },
    ),
)
async def count_words(
    context: ToolContext, *, text: Annotated[str, Field(max_length=MAX_COUNTED), "What to count"]
) -> dict[str, object]:
    """Count the words, characters, sentences, paragraphs and lines of a text."""
    words = text.split()
    lengths = [sum(letter.isalnum() for letter in word) for word in words]
    counted = [length for length in lengths if length]
    return {
        "characters": len(text),
        "characters_no_spaces": sum(not letter.isspace() for letter in text),
        "words": len(words),
        "sentences": _sentences(text),
        "paragraphs": sum(1 for part in PARAGRAPH.split(text) if part.strip()),
        "lines": len(text.splitlines()),
        "average_word_length": round(sum(counted) / len(counted), 2) if counted else 0,
    }


def letters(text: str) -> list[str]:
    """The text in pieces that people see as one letter: with its accents, or an emoji with all that belongs to it.

    Unicode's grapheme clusters (UAX 29) as far as they go without its tables: marks, joiners, skin tones, flags, CRLF.
    """
    begins: list[int] = []
    flags = 0
    for at, letter in enumerate(text):
        flag = "\U0001f1e6" <= letter <= "\U0001f1ff"
        flags = flags + 1 if flag else 0
        if at == 0 or not (_clings(letter, text[at - 1]) or (flag and flags % 2 == 0)):
            begins.append(at)
    return [text[begin:end] for begin, end in zip(begins, [*begins[1:], len(text)], strict=False)]


def _clings(letter: str, before: str) -> bool:
    if letter < "\u0300":
        return letter == "\n" and before == "\r"
    marks = letter == JOINER or "\U0001f3fb" <= letter <= "\U0001f3ff"
    return marks or before == JOINER or unicodedata.category(letter)[0] == "M"


def _sentences(text: str) -> int:
    """Ends of sentences, and one more when words follow the last."""
    last, count = 0, 0
    for found in SENTENCE.finditer(text):
        last, count = found.end(), count + 1
    return count + bool(text[last:].strip())
