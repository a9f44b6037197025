"""Counts with dates: months of unequal length, leap years, time zones and working days are where models slip."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, TypeVar

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.clock import zone_of

PURE = Facts(idempotent=True, seconds=5)
MOST_BUSINESS_DAYS = 10_000
MOST_HOLIDAYS = 500
WEEKEND = 5
"""The number of Saturday, Monday being 0."""

Made = TypeVar("Made")
Moment = Annotated[str, Field(min_length=1, max_length=50)]
Zone = Annotated[str, Field(max_length=100)]
Day = Annotated[str, Field(max_length=10)]
Holidays = Annotated[list[Day], Field(max_length=MOST_HOLIDAYS)]
Amount = Annotated[int, Field(ge=-10_000_000_000, le=10_000_000_000)]
BusinessDays = Annotated[int, Field(ge=-MOST_BUSINESS_DAYS, le=MOST_BUSINESS_DAYS)]


@tool(
    category="utility",
    facts=PURE,
    example=Example(
        arguments={"date": "2027-01-31", "months": 1, "business_days": 2},
        result={"result": "2027-03-02", "weekday": "Tuesday", "day_of_year": 61, "iso_week": "2027-W09"},
    ),
)
async def date_add(
    context: ToolContext,
    *,
    date: Annotated[Moment, "Such as 2026-11-23 or 2026-11-23T10:00+01:00; also now and today"],
    years: Annotated[Amount, "Years to add; negative goes back, as everywhere here"] = 0,
    months: Annotated[Amount, "Months"] = 0,
    weeks: Annotated[Amount, "Weeks"] = 0,
    days: Annotated[Amount, "Days"] = 0,
    business_days: Annotated[BusinessDays, "Days from Monday to Friday that are no holidays"] = 0,
    hours: Annotated[Amount, "Hours, as they pass"] = 0,
    minutes: Annotated[Amount, "Minutes"] = 0,
    seconds: Annotated[Amount, "Seconds"] = 0,
    timezone: Annotated[Zone | None, "Zone of a time without one, such as Europe/Berlin; UTC when absent"] = None,
    holidays: Annotated[Holidays, "Dates that are no business days"] = [],  # noqa: B006 (pydantic copies it)
) -> dict[str, object]:
    """Add time to a date: years to seconds, or working days. The 31st becomes a shorter month's last day.

    In the order of W3C XML Schema Part 2, appendix E: years and months, then days on the calendar, then working days;
    hours and less are time that passes, whatever clocks do meanwhile.
    """
    begin, has_time = moment_of(date, timezone)
    elapsed = _within(lambda: timedelta(hours=hours, minutes=minutes, seconds=seconds))
    closed = {day_of(day) for day in holidays}

    def later() -> datetime:
        wall = _plus_months(begin, years * 12 + months) + timedelta(weeks=weeks, days=days)
        return after(_plus_business_days(wall, business_days, closed), elapsed)

    return shown(_within(later), has_time=has_time or bool(elapsed))


@tool(
    category="utility",
    facts=PURE,
    example=Example(
        arguments={"start": "2026-11-23", "end": "2027-01-01", "holidays": ["2026-12-25"]},
        result={
            "days": 39,
            "business_days": 28,
            "years": 0,
            "months": 1,
            "remaining_days": 9,
            "total_seconds": 3369600,
            "total_hours": 936,
            "weeks": 5.57,
            "direction": "later",
        },
    ),
)
async def date_difference(
    context: ToolContext,
    *,
    start: Annotated[Moment, "Such as 2026-11-23 or 2026-11-23T10:00+01:00; also now and today"],
    end: Annotated[Moment, "The other date"],
    timezone: Annotated[Zone | None, "Zone of times without one, and of the calendar; UTC when absent"] = None,
    holidays: Annotated[Holidays, "Dates that are no business days"] = [],  # noqa: B006 (pydantic copies it)
) -> dict[str, object]:
    """Measure the time between two dates: days, working days, years and months, seconds.

    Of business days the first counts and the last does not. Amounts are positive; `direction` says where `end` lies.
    """
    one, _ = moment_of(start, timezone)
    other, _ = moment_of(end, timezone)
    first, last = sorted((one, other), key=lambda moment: moment.astimezone(UTC))
    passed = last.astimezone(UTC) - first.astimezone(UTC)
    last = last.astimezone(first.tzinfo)
    months = _months_between(first, last)
    closed = {day_of(day) for day in holidays}
    return {
        "days": (last.date() - first.date()).days,
        "business_days": _business_days(first.date(), last.date(), closed),
        "years": months // 12,
        "months": months % 12,
        "remaining_days": (last.replace(tzinfo=None) - _plus_months(first, months).replace(tzinfo=None)).days,
        "total_seconds": _plain_number(passed.total_seconds()),
        "total_hours": _plain_number(round(passed.total_seconds() / 3600, 4)),
        "weeks": round(passed.total_seconds() / 604_800, 2),
        "direction": "same" if not passed else "later" if one == first else "earlier",
    }


@tool(
    category="utility",
    facts=PURE,
    example=Example(
        arguments={"time": "2026-07-01T09:00", "from_timezone": "Europe/Berlin", "to_timezones": ["America/New_York"]},
        result={
            "from": {"timezone": "Europe/Berlin", "time": "2026-07-01T09:00:00+02:00", "weekday": "Wednesday"},
            "to": [{"timezone": "America/New_York", "time": "2026-07-01T03:00:00-04:00", "weekday": "Wednesday"}],
        },
    ),
)
async def timezone_convert(
    context: ToolContext,
    *,
    time: Annotated[Moment, "Such as 2026-11-23T10:00; also now"],
    to_timezones: Annotated[list[Zone], Field(min_length=1, max_length=20), "Zones such as Asia/Tokyo"],
    from_timezone: Annotated[Zone | None, "Zone of the time, unless it has an offset; UTC when absent"] = None,
) -> dict[str, object]:
    """Say what time it is elsewhere when it is a given time in one zone, daylight saving included."""
    moment, _ = moment_of(time, from_timezone)
    there = [(zone, _within(lambda zone=zone: moment.astimezone(zone_of(zone)))) for zone in to_timezones]
    return {
        "from": _named(str(from_timezone or moment.tzname()), moment),
        "to": [_named(zone, local) for zone, local in there],
    }


def moment_of(text: str, zone: str | None) -> tuple[datetime, bool]:
    """A date or a time as people write them in ISO 8601, and whether it has a time of day. Raises ToolFailed.

    A time that the clocks skip is the one an hour later; of one that they show twice it is the first (PEP 495).
    """
    place: tzinfo = zone_of(zone) if zone else UTC
    plain = text.strip()
    if plain.lower() in ("now", "today"):
        now = datetime.now(place).replace(microsecond=0)
        return (now, True) if plain.lower() == "now" else (datetime.combine(now.date(), time(), place), False)
    given, has_time = _parsed(plain)
    if given.tzinfo is None:
        return _within(lambda: given.replace(tzinfo=place).astimezone(UTC).astimezone(place)), has_time
    return _within(lambda: given.astimezone(place)) if zone else given, has_time


def _parsed(text: str) -> tuple[datetime, bool]:
    try:
        return datetime.combine(date.fromisoformat(text), time()), False
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text), True
    except ValueError as error:
        raise ToolFailed(f"{text!r} is no date in ISO 8601, such as 2026-11-23 or 2026-11-23T10:00.") from error


def day_of(text: str) -> date:
    """A date in ISO 8601. Raises ToolFailed."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ToolFailed(f"{text!r} is no date in ISO 8601, such as 2026-12-25.") from error


def shown(moment: datetime, *, has_time: bool) -> dict[str, object]:
    """A moment with what one asks of it next."""
    year, week, _ = moment.isocalendar()
    return {
        "result": moment.isoformat() if has_time else moment.date().isoformat(),
        "weekday": calendar.day_name[moment.weekday()],
        "day_of_year": moment.timetuple().tm_yday,
        "iso_week": f"{year}-W{week:02}",
    }


def after(moment: datetime, passed: timedelta) -> datetime:
    """The moment when that much time has passed, in the same zone."""
    return (moment.astimezone(UTC) + passed).astimezone(moment.tzinfo)


def _named(zone: str, moment: datetime) -> dict[str, object]:
    return {"timezone": zone, "time": moment.isoformat(), "weekday": calendar.day_name[moment.weekday()]}


def _within(made: Callable[[], Made]) -> Made:
    """What it makes, unless that lies before the year 1 or after 9999."""
    try:
        return made()
    except (OverflowError, ValueError) as error:
        raise ToolFailed("That lies outside of the years 1 to 9999.") from error


def _plus_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _plus_business_days(moment: datetime, count: int, closed: set[date]) -> datetime:
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        moment += step
        left -= _is_open(moment.date(), closed)
    return moment


def _is_open(day: date, closed: set[date]) -> bool:
    return day.weekday() < WEEKEND and day not in closed


def _business_days(first: date, last: date, closed: set[date]) -> int:
    """Working days from the first day on, up to the day before the last."""
    weeks, rest = divmod((last - first).days, 7)
    working = weeks * 5 + sum((first.weekday() + day) % 7 < WEEKEND for day in range(rest))
    return working - sum(first <= day < last and day.weekday() < WEEKEND for day in closed)


def _months_between(first: datetime, last: datetime) -> int:
    """Whole months, on the calendar."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (_plus_months(first, months).replace(tzinfo=None) > last.replace(tzinfo=None))


def _plain_number(value: float) -> int | float:
    return int(value) if value.is_integer() else value


DATE_TOOLS = (date_add, date_difference, timezone_convert)
