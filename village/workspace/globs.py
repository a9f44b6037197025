"""Patterns for names, as shells have them: `*` and `?` within a name, `[abc]`, and `**` for any folders between."""

import fnmatch
import re
from collections.abc import Callable, Sequence

LONGEST = 200
"""Characters of a pattern. `fnmatch` makes atomic groups of the stars, so that no pattern takes exponential time."""


def matcher(pattern: str) -> Callable[[str], bool]:
    """Tells which paths fit. A pattern without `/` is for the last part of a path, others are for all of it."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    rules = [None if part == "**" else re.compile(fnmatch.translate(part)) for part in parts]
    if "/" not in pattern:
        return lambda path: _fit(rules, path.rpartition("/")[2:])
    return lambda path: _fit(rules, path.split("/"))


def _fit(rules: Sequence["re.Pattern[str] | None"], parts: Sequence[str]) -> bool:
    """Whether all parts are used up by all rules; a rule that is None takes any number of parts."""
    reached = {0}
    for rule in rules:
        if rule is None:
            reached = set(range(min(reached), len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and rule.match(parts[at])}
        if not reached:
            return False
    return len(parts) in reached
