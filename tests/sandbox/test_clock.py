"""The time, in each format that the predecessor had."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext
from sandbox.tools.clock import Format, get_current_time, written, zone_of

MOMENT = datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("iso", "2026-11-23T05:06:07+00:00"),
        ("human", "Monday, 23 November 2026, 05:06:07 UTC"),
        ("date", "2026-11-23"),
        ("time", "05:06:07"),
        ("timestamp", 1795410367),
        ("unix", 1795410367),
    ],
)
def test_each_format(format: Format, text: str | int) -> None:
    assert written(MOMENT, format) == text


def test_a_zone_shifts_the_clock() -> None:
    assert written(MOMENT.astimezone(zone_of("Asia/Tokyo")), "time") == "14:06:07"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ToolFailed, match="no time zone"):
        zone_of(name)


async def test_the_tool_tells_the_time_now() -> None:
    told = cast("dict[str, Any]", await get_current_time.run(cast("ToolContext", None), {"format": "unix"}))

    assert abs(told["formatted"] - datetime.now(UTC).timestamp()) < 5
    assert told["timezone"] == "UTC"
