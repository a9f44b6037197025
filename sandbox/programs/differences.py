"""Compares two texts line by line. How long that takes the texts decide, so it has a short clock."""

import difflib

MOST_CHARACTERS = 40_000
"""Of a difference, as far as it is shown."""


def compare(before: str, after: str, context: int, names: list[str]) -> dict[str, object]:
    """The unified difference of two texts, how many lines it adds and removes, and how alike they are."""
    old, new = before.splitlines(), after.splitlines()
    lines = list(difflib.unified_diff(old, new, names[0], names[1], n=context, lineterm=""))
    text = "\n".join(lines)
    changes = lines[2:]
    return {
        "diff": text[:MOST_CHARACTERS],
        "identical": before == after,
        "added": sum(line.startswith("+") for line in changes),
        "removed": sum(line.startswith("-") for line in changes),
        "similarity": round(difflib.SequenceMatcher(None, old, new).ratio(), 4),
        **({"not_shown": len(text) - MOST_CHARACTERS} if len(text) > MOST_CHARACTERS else {}),
    }
