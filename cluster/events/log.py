"""The event log: a Redis Stream for each channel, whose entry ids are the sequence numbers.

An event is a flat JSON object whose first field is its `type`. It is stored as it goes over the wire, so that a relay
never parses it: the sequence number is put in front of it as text.

Each number that is handed out names an entry that is in the stream. A reader that comes back with a number whose entry
is gone (trimmed, expired, lost with the server) may have missed something, and is told so by a Gap; one whose entry is
still there has missed nothing. So one XRANGE that begins at the reader's own entry both proves and answers.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast
from uuid import UUID

import orjson

from cluster.events.append import FIELD, Appender, Once
from cluster.events.connection import reaching
from cluster.events.names import stream_key
from cluster.ids import TurnId
from cluster.telemetry.catalogue import EVENTS_PUBLISHED

if TYPE_CHECKING:
    from redis.asyncio import Redis

TTL_SECONDS = 3600
"""How long a channel outlives its last event."""
BEGINNING = "0-0"
"""Before everything that a channel keeps."""
OPENED = b"opened"
"""Field of the entry that opens a channel which nobody has published to yet. It is no event: readers never see it."""
NEWEST_OR_OPENED = """local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if #newest > 0 then return newest[1][1] end
local opened = redis.call('XADD', KEYS[1], '*', ARGV[1], '')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return opened"""
READABLE = frozenset({FIELD, OPENED})
"""The forms of entries that this code knows. The field's name is the form's version, which costs nothing."""
SCAN_PAGE = 1000
CLOCKS_DIFFER = timedelta(seconds=60)
"""By how much the database's clock and Redis's may disagree."""
TYPE_AT = len(b'{"type":"')
Rows = Sequence[tuple[bytes, dict[bytes, bytes]]]


class Event(Protocol):
    """A fact in the past tense: a frozen dataclass with a `type`."""

    @property
    def type(self) -> str: ...


class Entry(NamedTuple):
    """One event of a channel: its sequence number and its JSON."""

    seq: str
    data: bytes

    def wire(self) -> bytes:
        """The event's JSON with its sequence number in front."""
        return b'{"seq":"%b",%b' % (self.seq.encode(), self.data[1:])

    @property
    def type(self) -> str:
        """The event's type, read from its fixed place."""
        return self.data[TYPE_AT : self.data.index(b'"', TYPE_AT)].decode()


class Gap(NamedTuple):
    """Events that the reader asked for are gone: it must reload from the database, then go on after `last`."""

    last: str


def encode(event: Event) -> bytes:
    """The event as JSON, its type first. Amounts of money become numbers."""
    values = {name: getattr(event, name) for name in _names(type(event))}
    return orjson.dumps({"type": event.type, **values}, default=_plain, option=orjson.OPT_UTC_Z)


@cache
def _names(event: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(event))


def _payload(event: Event) -> bytes:
    """The event as it is stored. One that has a name in `once` is a fact that can be true only once."""
    once: str | None = getattr(event, "once", None)
    return encode(event) if once is None else Once.of(encode(event), once)


def order(seq: str) -> tuple[int, int]:
    """A sequence number as something that sorts. Raises ValueError when it is none."""
    millis, _, count = seq.partition("-")
    return int(millis), int(count or 0)


class EventLog:
    """Publishes events, and reads back what was published. Raises Unavailable when Redis does not answer."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._appender = Appender(redis, ttl=TTL_SECONDS)

    async def publish(self, channel: str, *events: Event) -> str:
        """Append events; answers the last one's sequence number. Commit to the database first, then publish."""
        EVENTS_PUBLISHED.add(len(events))
        return await self._appender.append(channel, [_payload(event) for event in events])

    async def last(self, channel: str) -> str:
        """The newest sequence number of a channel. A channel that is not there is opened, so that there is one."""
        with reaching():
            looked = cast("Any", self._redis.eval(NEWEST_OR_OPENED, 1, stream_key(channel), OPENED, TTL_SECONDS))
            return cast("bytes", await looked).decode()

    async def read(self, channel: str, *, after: str, limit: int = 1000) -> list[Entry] | Gap:
        """The events after a sequence number, oldest first, or a Gap when some of them were trimmed or lost.

        An empty list means that the reader had everything when Redis was asked. Raises ValueError when `after` is no
        sequence number.
        """
        millis, count = order(after)
        start = f"{millis}-{count}"
        if start == BEGINNING:
            return await self._read_all(channel, limit=limit)
        while True:
            rows = await self._range(channel, start, limit + 1)
            if not rows or rows[0][0].decode() != start:
                return Gap(await self.last(channel))
            if not legible(values for _, values in rows):
                return Gap(await self.last(channel))
            entries = _entries(rows[1:])
            if entries or len(rows) <= limit:
                return entries
            start = rows[-1][0].decode()

    async def during(self, channel: str, since: datetime, until: datetime) -> AsyncGenerator[Entry]:
        """What a channel still has of a time, oldest first. Raises Unavailable."""
        start, end = (int((at + by).timestamp() * 1000) for at, by in ((since, -CLOCKS_DIFFER), (until, CLOCKS_DIFFER)))
        first = str(start)
        while True:
            with reaching():
                rows = cast("Rows", await self._redis.xrange(stream_key(channel), min=first, max=end, count=SCAN_PAGE))
            for entry in _entries(rows):
                yield entry
            if len(rows) < SCAN_PAGE:
                return
            first = f"({rows[-1][0].decode()}"

    async def before_turn(self, channel: str, turn: TurnId, *, until: str, since: datetime) -> str:
        """The number to follow a channel after, to get a running turn's events whole.

        That is the number before its `turn_started`, looked for backwards from `until` to the time `since`; `until`
        itself when it is not there. Where nothing is kept before `turn_started` it is that event's own number.
        """
        newest, oldest = until, int((since - CLOCKS_DIFFER).timestamp() * 1000)
        needle = b'{"type":"turn_started"', str(turn).encode()
        found: str | None = None
        while True:
            with reaching():
                rows = cast(
                    "Rows", await self._redis.xrevrange(stream_key(channel), max=newest, min=oldest, count=SCAN_PAGE)
                )
            for seq, values in rows:
                if found is not None and seq.decode() != found:
                    return seq.decode()
                data = values.get(FIELD, b"")
                if data.startswith(needle[0]) and needle[1] in data:
                    found = seq.decode()
            if len(rows) < SCAN_PAGE:
                return found or until
            newest = rows[-1][0].decode()

    async def _read_all(self, channel: str, *, limit: int) -> list[Entry] | Gap:
        with reaching():
            if not await self._redis.exists(stream_key(channel)):
                return []
            about = cast("dict[str, int]", await self._redis.xinfo_stream(stream_key(channel)))
        if about["entries-added"] != about["length"]:
            return Gap(await self.last(channel))
        rows = await self._range(channel, "-", limit)
        return _entries(rows) if legible(values for _, values in rows) else Gap(await self.last(channel))

    async def _range(self, channel: str, start: str, count: int) -> Rows:
        with reaching():
            return cast("Rows", await self._redis.xrange(stream_key(channel), min=start, count=count))


def legible(entries: Iterable[Iterable[bytes]]) -> bool:
    """Whether this code knows the form of all of them. What newer code writes in a form of its own is lost to it."""
    return all(not READABLE.isdisjoint(fields) for fields in entries)


def _entries(rows: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry]:
    return [Entry(seq.decode(), values[FIELD]) for seq, values in rows if FIELD in values]


def _plain(value: object) -> float | str:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):  # the database's own kind of UUID
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")
