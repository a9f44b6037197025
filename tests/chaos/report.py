"""The report of a run, as lines: what was done to the system, and what people noticed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.chaos.faults import Injected
from tests.chaos.history import History
from tests.chaos.storm import Storm

BEFORE_SECONDS = 0.5
"""A silence that began this long before a fault was noted may still be its doing."""
SHOWN = 8
"""How many of what broke a rule are told."""


def lines(storm: Storm) -> Iterator[str]:
    """All of it."""
    said = [said for history in storm.histories for said in history.said]
    acknowledged = [one for one in said if one.turns]
    yield f"{'faults injected':<44}{len(storm.injected):>8}"
    yield from faults(storm)
    yield f"{'turns':<44}{storm.turns:>8}"
    yield f"{'  taken up by another incarnation':<44}{storm.recovered:>8}"
    yield f"{'  ended by their budget of recoveries':<44}{storm.given_up:>8}"
    yield f"{'commands said':<44}{len(said):>8}"
    yield f"{'  sent more than once':<44}{sum(len(one.sent) > 1 for one in said):>8}"
    yield f"{'acknowledged commands':<44}{len(acknowledged):>8}"
    yield f"{'events seen':<44}{sum(history.events for history in storm.histories):>8}"
    yield f"{'  that came again, known by their numbers':<44}{sum(one.repeated for one in storm.histories):>8}"
    yield f"{'  times a client was told to reload':<44}{sum(one.reloads for one in storm.histories):>8}"
    yield f"{'lines lost':<44}{sum(one.lines_lost for one in storm.histories):>8}"
    waits = sorted(min(one.turns.values()) - one.sent[0] for one in acknowledged)
    if waits:
        middle, worst = waits[len(waits) // 2], waits[-1]
        yield f"{'from sent to acknowledged (seconds)':<44}p50 {middle:.2f}, longest {worst:.1f}"
    for phrase, times in storm.logged.items():
        yield f"{f'in the logs: {phrase}'[:43]:<44}{times:>8}"
    errors = Counter(error for one in said for error in one.put_off)
    for error, times in errors.most_common(SHOWN):
        yield f"{f'put off: {error}'[:43]:<44}{times:>8}"
    for rule, found in storm.broken.items():
        yield f"{rule:<44}{len(found):>8}"
        yield from (f"    {one}" for one in found[:SHOWN])
    yield from storm.notes


def faults(storm: Storm) -> Iterator[str]:
    """Each kind: how often, and the longest silence in the middle of a turn that it had a part in, and alone."""
    yield f"  {'kind':<28}{'times':>6}   longest silence (s): with others, alone"
    counts = Counter(one.kind for one in storm.injected)
    silences = attributed(storm.histories, storm.injected)
    for kind, times in sorted(counts.items()):
        shared = max((length for length, kinds in silences if kind in kinds), default=0.0)
        alone = max((length for length, kinds in silences if kinds == {kind}), default=0.0)
        yield f"  {kind:<28}{times:>6}   {shared:>8.1f} {alone:>8.1f}"
    if storm.missed:
        yield f"  {'without a victim in time':<28}{len(storm.missed):>6}"
    unprovoked = max((length for length, kinds in silences if not kinds), default=0.0)
    yield f"  {'(no fault at the time)':<34}   {'':>8} {unprovoked:>8.1f}"


def attributed(histories: Sequence[History], injected: Sequence[Injected]) -> list[tuple[float, set[str]]]:
    """Each silence's length (seconds), and the kinds of faults that happened in it or just before."""
    return [
        (until - since, {one.kind for one in injected if one.until >= since - BEFORE_SECONDS and one.at <= until})
        for history in histories
        for since, until in history.silences
    ]


def sound(storm: Storm) -> bool:
    """Whether no rule was broken."""
    return not any(storm.broken.values())
