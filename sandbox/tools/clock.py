"""Tells a model the time: it has no clock, and its training ended long ago."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool

Format = Literal["iso", "human", "date", "time", "timestamp", "unix"]


@tool(
    category="utility",
    facts=Facts(idempotent=True, seconds=5),
    example=Example(
        arguments={"format": "time", "timezone": "UTC"},
        result={"formatted": "05:06:07", "timezone": "UTC", "iso": "2026-11-23T05:06:07+00:00"},
        varies=True,
    ),
)
async def get_current_time(
    context: ToolContext,
    *,
    format: Annotated[Format, "How to write it; timestamp and unix are seconds since 1970"] = "iso",
    timezone: Annotated[str, Field(max_length=100), "An IANA time zone such as Europe/Berlin"] = "UTC",
) -> dict[str, object]:
    """The current date and time, in any time zone."""
    now = datetime.now(zone_of(timezone))
    return {"formatted": written(now, format), "timezone": timezone, "iso": now.isoformat(timespec="seconds")}


def zone_of(name: str) -> tzinfo:
    """The time zone of that name. Raises ToolFailed."""
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ToolFailed(f"There is no time zone {name!r}. Use a name such as UTC or Europe/Berlin.") from error


def written(moment: datetime, format: Format) -> str | int:
    """The moment in one of the formats."""
    if format in ("timestamp", "unix"):
        return int(moment.timestamp())
    patterns = {"human": "%A, %d %B %Y, %H:%M:%S %Z", "date": "%Y-%m-%d", "time": "%H:%M:%S"}
    return moment.strftime(patterns[format]) if format in patterns else moment.isoformat(timespec="seconds")
