"""Dates: months clamp, clocks jump, weekends and holidays are skipped, and what was added can be measured."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ToolFailed
from sandbox.tools.dates import date_add, date_difference, timezone_convert
from tests.sandbox.asking import ask

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


async def added(date: str, **amounts: Any) -> str:
    answer: Any = await ask(date_add, date=date, **amounts)
    return answer["result"]


@pytest.mark.parametrize(
    ("begin", "amounts", "result"),
    [
        ("2027-01-31", {"months": 1}, "2027-02-28"),
        ("2028-01-31", {"months": 1}, "2028-02-29"),
        ("2028-02-29", {"years": 1}, "2029-02-28"),
        ("2026-01-15", {"months": -1}, "2025-12-15"),
        ("2026-11-30", {"months": 25}, "2028-12-30"),
        ("2026-01-31", {"months": 1, "days": 1}, "2026-03-01"),
        ("2026-11-23", {"weeks": 2, "days": -1}, "2026-12-06"),
        ("2026-11-27", {"business_days": 1}, "2026-11-30"),
        ("2026-11-28", {"business_days": 1}, "2026-11-30"),
        ("2026-11-30", {"business_days": -1}, "2026-11-27"),
        ("2026-12-24", {"business_days": 1, "holidays": ["2026-12-25", "2026-12-28"]}, "2026-12-29"),
        ("2026-11-23", {"hours": 25}, "2026-11-24T01:00:00+00:00"),
        ("2026-11-23T10:00:00+02:00", {"minutes": 30}, "2026-11-23T10:30:00+02:00"),
        ("20261123", {"days": 1}, "2026-11-24"),
    ],
)
async def test_time_is_added(begin: str, amounts: dict[str, Any], result: str):
    assert await added(begin, **amounts) == result


async def test_a_day_on_the_calendar_is_not_always_24_hours():
    """In Berlin clocks go back on 2026-10-25, and forward on 2027-03-28."""
    before = {"date": "2026-10-24T12:00", "timezone": "Europe/Berlin"}
    assert await added(**before, days=1) == "2026-10-25T12:00:00+01:00"
    assert await added(**before, hours=24) == "2026-10-25T11:00:00+01:00"
    assert await added("2027-03-27T02:30", timezone="Europe/Berlin", days=1) == "2027-03-28T03:30:00+02:00"
    assert await added("2027-03-28T02:30", timezone="Europe/Berlin") == "2027-03-28T03:30:00+02:00"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"date": "soon"}, "no date"),
        ({"date": "2026-02-30"}, "no date"),
        ({"date": "2026-11-23", "years": 9000}, "1 to 9999"),
        ({"date": "2026-11-23", "months": -100_000}, "1 to 9999"),
        ({"date": "2026-11-23", "days": 10_000_000_000}, "1 to 9999"),
        ({"date": "2026-11-23", "hours": 10_000_000_000}, "1 to 9999"),
        ({"date": "0001-01-01T00:00", "timezone": "Asia/Tokyo"}, "1 to 9999"),
        ({"date": "2026-11-23", "timezone": "Mars/Base"}, "no time zone"),
        ({"date": "2026-11-23", "holidays": ["xmas"]}, "no date"),
    ],
)
async def test_what_cannot_be_is_told(arguments: dict[str, Any], reason: str):
    with pytest.raises(ToolFailed, match=reason):
        await ask(date_add, **arguments)


async def test_the_time_between_is_measured_both_ways():
    there: Any = await ask(date_difference, start="2024-02-29", end="2026-11-23")
    back: Any = await ask(date_difference, start="2026-11-23", end="2024-02-29")
    assert (there["years"], there["months"], there["remaining_days"], there["days"]) == (2, 8, 25, 998)
    assert (there["direction"], back["direction"]) == ("later", "earlier")
    assert {**there, "direction": None} == {**back, "direction": None}
    same: Any = await ask(date_difference, start="2026-11-23", end="2026-11-23T00:00+00:00")
    assert (same["direction"], same["total_seconds"]) == ("same", 0)


async def test_seconds_pass_as_they_do_and_days_are_the_calendar_s():
    found: Any = await ask(date_difference, start="2026-10-25T00:00", end="2026-10-26T00:00", timezone="Europe/Berlin")
    assert (found["days"], found["total_hours"]) == (1, 25)
    almost: Any = await ask(date_difference, start="2026-01-31", end="2026-02-28")
    assert (almost["months"], almost["remaining_days"]) == (1, 0)


@given(first=DAYS, days=st.integers(0, 400), closed=st.lists(st.integers(0, 400), max_size=5))
async def test_business_days_are_the_open_days_counted_one_by_one(first: date, days: int, closed: list[int]):
    last = first + timedelta(days)
    holidays = [(first + timedelta(day)).isoformat() for day in closed]
    found: Any = await ask(date_difference, start=first.isoformat(), end=last.isoformat(), holidays=holidays)
    every = [first + timedelta(day) for day in range(days)]
    assert found["business_days"] == sum(day.weekday() < 5 and day.isoformat() not in holidays for day in every)


@given(first=DAYS, last=DAYS)
async def test_adding_what_was_measured_leads_back(first: date, last: date):
    first, last = sorted((first, last))
    found: Any = await ask(date_difference, start=first.isoformat(), end=last.isoformat())
    amounts = {"years": found["years"], "months": found["months"], "days": found["remaining_days"]}
    assert await added(first.isoformat(), **amounts) == last.isoformat()
    assert await added(first.isoformat(), days=found["days"]) == last.isoformat()


async def test_the_time_elsewhere():
    found: Any = await ask(
        timezone_convert,
        time="2026-12-31T23:30",
        from_timezone="America/New_York",
        to_timezones=["Asia/Kolkata", "UTC"],
    )
    assert [each["time"] for each in found["to"]] == ["2027-01-01T10:00:00+05:30", "2027-01-01T04:30:00+00:00"]
    assert [each["weekday"] for each in found["to"]] == ["Friday", "Friday"]
    with pytest.raises(ToolFailed, match="no time zone"):
        await ask(timezone_convert, time="now", to_timezones=["Nowhere"])
