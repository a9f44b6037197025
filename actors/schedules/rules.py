"""Recurrence rules (RFC 5545, RRULE) in a time zone: when something is next.

A rule speaks of the clock on the wall there. Seven in the morning stays seven when the clocks change. A time that they
leave out is as much later as they skip; one that comes twice is the first of the two, but both for rules that go by
hours or minutes (section 3.3.5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from actors.schedules.errors import BadRule

LEAST: Mapping[str, timedelta] = {
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}
"""The units of time that are always as long on the wall."""
WITHIN_A_DAY = frozenset({"MINUTELY", "HOURLY"})
FREQUENCIES = (*LEAST, "MONTHLY", "YEARLY")
PARTS = frozenset(
    (
        *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"),
        *("BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSECOND"),
    )
)
PART = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)")
UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
MOST_COUNT, MOST_INTERVAL = 1000, 10_000
CHANGE = timedelta(hours=3)
"""More than clocks are ever set forward or back."""
ERA = timedelta(days=146_097)
"""400 years, after which the calendar repeats itself to the day of the week. A rule that never comes again is sought up
to the year 9999: moved there, that is a matter of at most 400 years, and not of 8,000."""
LAST = datetime(9999 - 400, 1, 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is begun: `parts` of the rule, and the first time on the wall that it counts from."""

    parts: Mapping[str, str]
    start: datetime
    zone: ZoneInfo
    until: datetime | None

    def after(self, moment: datetime) -> datetime | None:
        """The next time (UTC) after a moment, None when there is none. It computes, for two seconds at worst.

        Raises BadRule when its parts shut each other out.
        """
        try:
            return self._after(moment)
        except (ValueError, IndexError) as error:
            raise BadRule(f"this rule has no meaning: {error}") from error

    def _after(self, moment: datetime) -> datetime | None:
        earliest = moment.astimezone(self.zone).replace(tzinfo=None) - CHANGE
        start, found = self._near(earliest), None
        moved = ERA * max(0, (LAST - start) // ERA)
        for far in self._rule(start + moved).xafter(earliest + moved, inc=True):
            wall = far - moved
            if found is not None and wall > found[1] + CHANGE:
                break
            for at in self._instants(wall):
                if at > moment and (found is None or at < found[0]):
                    found = at, wall
        at = found[0] if found else None
        return None if at is None or (self.until is not None and at > self.until) else at

    def _near(self, wall: datetime) -> datetime:
        """A start in step with the rule's, no more than a step before a time: what lies between need not be counted."""
        unit = LEAST.get(self.parts["FREQ"])
        if unit is None or "COUNT" in self.parts or wall <= self.start:
            return self.start
        step = unit * int(self.parts.get("INTERVAL", 1))
        return self.start + step * ((wall - self.start) // step)

    def _rule(self, start: datetime) -> rrule:
        text = ";".join(f"{name}={value}" for name, value in self.parts.items())
        return cast("rrule", rrulestr(text, dtstart=start))

    def _instants(self, wall: datetime) -> set[datetime]:
        twice = self.parts["FREQ"] in WITHIN_A_DAY and not _is_left_out(wall, self.zone)
        return {wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in ((0, 1) if twice else (0,))}


def rule_of(text: str, zone: str, starts_at: datetime) -> Rule:
    """Read a rule. Raises BadRule that says what is wrong with it; what only shows when it is asked, `after` says."""
    place = zone_of(zone)
    parts = _parts(text)
    start = starts_at.astimezone(place).replace(tzinfo=None, microsecond=0, fold=0)
    until = parts.pop("UNTIL", None)
    return Rule(parts, start, place, _until(until, place) if until else None)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises BadRule."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise BadRule(f"there is no time zone {name!r}; they are called like Europe/Berlin") from error


def usual_start(text: str, zone: str, now: datetime) -> datetime:
    """Where a rule counts from when nothing was said: now, at the full minute, or the full hour if it names hours."""
    wall = now.astimezone(zone_of(zone)).replace(second=0, microsecond=0)
    return wall.replace(minute=0) if "BYHOUR" in _parts(text) else wall


def _parts(text: str) -> dict[str, str]:
    body = text.strip().upper().removeprefix("RRULE:")
    parts: dict[str, str] = {}
    for piece in body.split(";"):
        match = PART.fullmatch(piece.strip())
        if match is None:
            raise BadRule(f"{piece[:40]!r} is not NAME=VALUE; a rule looks like FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=7")
        name, value = match.groups()
        if name not in PARTS:
            raise BadRule(f"{name[:40]} is not part of a rule here; these are: {', '.join(sorted(PARTS))}")
        if name in parts:
            raise BadRule(f"{name} stands there twice")
        parts[name] = value
    _check(parts)
    return parts


def _check(parts: Mapping[str, str]) -> None:
    if parts.get("FREQ") == "SECONDLY" or "," in parts.get("BYSECOND", ""):
        raise BadRule("there must be at least a minute between one time and the next")
    if parts.get("FREQ") not in FREQUENCIES:
        raise BadRule(f"FREQ is one of {', '.join(FREQUENCIES)}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadRule("a rule has COUNT or UNTIL, not both")
    for name, most in (("COUNT", MOST_COUNT), ("INTERVAL", MOST_INTERVAL)):
        value = parts.get(name, "1")
        if not (value.isdecimal() and 1 <= int(value) <= most):
            raise BadRule(f"{name} is a number from 1 to {most}")


def _until(text: str, zone: ZoneInfo) -> datetime:
    """The last moment: of the whole day, when only a day is named."""
    match = UNTIL.fullmatch(text)
    if match is None:
        raise BadRule("UNTIL is a day (20271231), or a time in UTC (20271231T235959Z)")
    day, time, utc = match.groups()
    try:
        last = datetime.strptime(day + (time or "235959"), "%Y%m%d%H%M%S")
    except ValueError as error:
        raise BadRule(f"UNTIL is not a day: {text}") from error
    return last.replace(tzinfo=UTC if utc else zone).astimezone(UTC)


def _is_left_out(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock never shows this: it is set forward over it."""
    there = wall.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != wall
