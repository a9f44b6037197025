"""Regular expressions that somebody wrote: one can take for ever on a short text, so they run under a short clock."""

import re
from functools import reduce

from sandbox.programs.refusal import Refused

FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "a": re.ASCII, "u": re.UNICODE}
MOST_MATCHES, MOST_CHARACTERS = 500, 30_000
"""How many matches an answer holds, and of how many characters."""


def match(text: str, pattern: str, flags: str) -> dict[str, object]:
    """All matches: the text, where it is, and its groups."""
    matches: list[dict[str, object]] = []
    count, room = 0, MOST_CHARACTERS
    for found in _compiled(pattern, flags).finditer(text):
        count += 1
        shown: dict[str, object] = {"match": found[0], "start": found.start(), "end": found.end()}
        if found.re.groups:
            shown["groups"] = list(found.groups())
        if found.re.groupindex:
            shown["named"] = found.groupdict()
        room -= len(str(shown))
        if room > 0 and len(matches) < MOST_MATCHES:
            matches.append(shown)
    more = {"not_shown": count - len(matches)} if count > len(matches) else {}
    return {"matches": matches, "count": count, **more}


def replace(text: str, pattern: str, replacement: str, flags: str, count: int, longest: int) -> dict[str, object]:
    """The text with each match replaced; `\\1` and `\\g<name>` in the replacement are groups."""
    try:
        result, replacements = _compiled(pattern, flags).subn(replacement, text, count)
    except (re.error, IndexError) as error:
        raise Refused(f"The replacement is wrong: {error}.") from error
    if len(result) > longest:
        raise Refused(f"The result would be longer than {longest} characters.")
    return {"result": result, "replacements": replacements}


def _compiled(pattern: str, flags: str) -> re.Pattern[str]:
    unknown = sorted(set(flags.lower()) - FLAGS.keys())
    if unknown:
        raise Refused(f"There is no flag {unknown[0]!r}; there is {', '.join(FLAGS)}.")
    try:
        return re.compile(pattern, reduce(lambda one, other: one | other, (FLAGS[each] for each in flags.lower()), 0))
    except (re.error, RecursionError, OverflowError) as error:
        raise Refused(f"The pattern is wrong: {error}.") from error
