"""Measures how a text is written: its words and sentences, and how hard it is to read.

The formulas: Flesch, "A new readability yardstick" (1948); Kincaid and others, "Derivation of new readability formulas"
(1975); Coleman and Liau, "A computer readability formula" (1975); Senter and Smith, "Automated
readability index" (1967).
"""

import re
from collections import Counter
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.texts import MAX_COUNTED, PURE, SENTENCE

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001 (apostrophes come so)
VOWELS = re.compile(r"[aeiouyáàâäéèêëíìîïóòôöúùûü]+")
WORDS_A_MINUTE = 238
"""How fast adults read English in silence (Brysbaert, "How many words do we read per minute?", 2019)."""
TOP = 10


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"text": "The cat sat on the mat. It was happy."},
        result={
            "words": 9,
            "sentences": 2,
            "syllables": 10,
            "unique_words": 8,
            "lexical_variety": 0.889,
            "words_per_sentence": 4.5,
            "syllables_per_word": 1.11,
            "longest_sentence_words": 6,
            "flesch_reading_ease": 108.3,
            "flesch_kincaid_grade": -0.7,
            "coleman_liau_index": -4.7,
            "automated_readability_index": -5.0,
            "reading_minutes": 0.04,
            "most_frequent": {"the": 2, "cat": 1, "sat": 1, "on": 1, "mat": 1, "it": 1, "was": 1, "happy": 1},
        },
    ),
)
async def text_statistics(
    context: ToolContext, *, text: Annotated[str, Field(max_length=MAX_COUNTED), "What to measure"]
) -> dict[str, object]:
    """Measure a text: variety of words, length of sentences, how hard it reads by four formulas for English.

    Flesch's ease is 60 to 70 for plain English; the other three are grades of US schools.
    """
    words = WORD.findall(text)
    if not words:
        raise ToolFailed("There are no words in it.")
    sentences = [count for part in SENTENCE.split(text) if (count := len(WORD.findall(part)))]
    syllables = sum(syllables_of(word) for word in words)
    letters = sum(len(word) for word in words)
    per_sentence, per_word = len(words) / len(sentences), syllables / len(words)
    frequency = Counter(word.lower() for word in words)
    return {
        "words": len(words),
        "sentences": len(sentences),
        "syllables": syllables,
        "unique_words": len(frequency),
        "lexical_variety": round(len(frequency) / len(words), 3),
        "words_per_sentence": round(per_sentence, 2),
        "syllables_per_word": round(per_word, 2),
        "longest_sentence_words": max(sentences),
        "flesch_reading_ease": round(206.835 - 1.015 * per_sentence - 84.6 * per_word, 1),
        "flesch_kincaid_grade": round(0.39 * per_sentence + 11.8 * per_word - 15.59, 1),
        "coleman_liau_index": round((5.88 * letters - 29.6 * len(sentences)) / len(words) - 15.8, 1),
        "automated_readability_index": round(4.71 * letters / len(words) + 0.5 * per_sentence - 21.43, 1),
        "reading_minutes": round(len(words) / WORDS_A_MINUTE, 2),
        "most_frequent": dict(frequency.most_common(TOP)),
    }


def syllables_of(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, less an `e` at the end that nobody speaks."""
    plain = word.lower()
    groups = len(VOWELS.findall(plain))
    silent = plain.endswith("e") and not plain.endswith(("le", "ee", "ie", "ue")) and groups > 1
    return max(1, groups - silent)
