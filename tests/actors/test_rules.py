"""Rules of recurrence: when it is next, on the clock on the wall; and what is no rule."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from actors.schedules.errors import BadRule
from actors.schedules.rules import rule_of, usual_start

BERLIN = "Europe/Berlin"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(text: str, after: str, n: int, *, zone: str = "UTC", start: str = "2026-01-01T00:00") -> list[str]:
    """The next times after one, in UTC."""
    rule, at = rule_of(text, zone, moment(start)), moment(after)
    found: list[str] = []
    while len(found) < n and (after_that := rule.after(at)) is not None:
        at = after_that
        found.append(at.isoformat()[:16])
    return found


def test_seven_in_the_morning_stays_seven_when_clocks_change():
    assert times("FREQ=DAILY;BYHOUR=7", "2027-03-26T12:00", 3, zone=BERLIN) == [
        "2027-03-27T06:00",
        "2027-03-28T05:00",
        "2027-03-29T05:00",
    ]


def test_a_time_that_clocks_leave_out_is_as_much_later():
    found = times("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2027-03-27T12:00", 2, zone=BERLIN)
    assert found == ["2027-03-28T01:30", "2027-03-29T00:30"]


def test_a_time_that_comes_twice_is_the_first_of_the_two():
    found = times("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2026-10-24T12:00", 2, zone=BERLIN)
    assert found == ["2026-10-25T00:30", "2026-10-26T01:30"]


@pytest.mark.parametrize("after", ["2026-10-24T22:30", "2027-03-27T22:30"])
def test_every_hour_is_every_hour_also_when_clocks_change(after: str):
    found = [moment(each).timestamp() for each in times("FREQ=HOURLY", after, 6, zone=BERLIN)]
    assert [later - earlier for earlier, later in pairwise(found)] == [3600.0] * 5


def test_a_half_hour_that_is_left_out_comes_once():
    found = times("FREQ=HOURLY;INTERVAL=24;BYMINUTE=30", "2027-03-27T12:00", 2, zone=BERLIN, start="2026-12-31T01:30")
    assert found == ["2027-03-28T01:30", "2027-03-29T00:30"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17", ["2026-11-27T17:00", "2026-12-25T17:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,WE", ["2026-11-25T00:00", "2026-11-30T00:00"]),
        ("freq=daily;until=20261124", ["2026-11-24T00:00"]),
        ("FREQ=DAILY;UNTIL=20261125T000000Z", ["2026-11-24T00:00", "2026-11-25T00:00"]),
        ("FREQ=DAILY;COUNT=329", ["2026-11-24T00:00", "2026-11-25T00:00"]),
        ("FREQ=DAILY;COUNT=3", []),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", ["2026-11-30T00:00", "2026-12-14T00:00"]),
    ],
)
def test_a_rule_means_what_rfc_5545_says(text: str, found: list[str]):
    assert times(text, "2026-11-23T22:00", 2, start="2026-01-01T00:00")[:2] == found


def test_a_rule_that_began_long_ago_keeps_step():
    found = times("FREQ=HOURLY;INTERVAL=7", "2026-11-23T22:00", 1, start="2000-01-01T00:00")
    hours = (moment(found[0]) - moment("2000-01-01T00:00")).total_seconds() / 3600
    assert hours % 7 == 0
    assert times("FREQ=MINUTELY;INTERVAL=2", "2026-11-23T22:00", 1, start="2000-01-01T00:01") == ["2026-11-23T22:01"]


@pytest.mark.parametrize("text", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"])
def test_a_rule_that_never_comes_again_says_so(text: str):
    assert times(text, "2026-11-23T22:00", 1) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not NAME=VALUE"),
        ("every morning", "is not NAME=VALUE"),
        ("FREQ=SECONDLY", "at least a minute"),
        ("FREQ=MINUTELY;BYSECOND=0,30", "at least a minute"),
        ("FREQ=FORTNIGHTLY", "FREQ is one of"),
        ("BYHOUR=7", "FREQ is one of"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;DTSTART=20260101", "DTSTART is not part"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER is not part"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a number"),
        ("FREQ=DAILY;COUNT=100000", "COUNT is a number"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;UNTIL=20261399", "UNTIL is not a day"),
        ("FREQ=DAILY;UNTIL=TOMORROW", "UNTIL is a day"),
        ("FREQ=DAILY;BYHOUR=25", "hour must be in"),
        ("FREQ=DAILY;BYDAY=XX", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=99MO", "no meaning"),
        ("FREQ=MINUTELY;BYHOUR=99", "no meaning"),
        ("FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1", "no meaning"),
        ("FREQ=DAILY\nRDATE:20260101T000000", "is not NAME=VALUE"),
    ],
    ids=str,
)
def test_what_is_no_rule_is_said_clearly(text: str, said: str):
    with pytest.raises(BadRule, match=said):
        times(text, "2026-11-23T22:00", 1)


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(zone: str):
    with pytest.raises(BadRule, match="there is no time zone"):
        times("FREQ=DAILY", "2026-11-23T22:00", 1, zone=zone)


def test_a_rule_counts_from_the_full_hour_when_it_names_hours_else_from_the_full_minute():
    now = datetime(2026, 11, 23, 22, 41, 37, 5, UTC)
    assert usual_start("FREQ=DAILY;BYHOUR=7", "UTC", now) == datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert usual_start("FREQ=DAILY", "UTC", now) == datetime(2026, 11, 23, 22, 41, tzinfo=UTC)
