"""Events of the server's log, and the reader of event streams (`text/event-stream`)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Event:
    """Something that happened. Two runs over the same log give equal events, to the byte."""

    type: str
    seq: str | None
    """Its sequence number; None for what is not in the log."""
    raw: bytes
    """Its JSON, as it came."""

    @property
    def data(self) -> dict[str, Any]:
        """What it says."""
        return cast("dict[str, Any]", json.loads(self.raw))


def event_of(raw: str | bytes) -> Event:
    """The event that a socket's message holds."""
    data = json.loads(raw)
    return Event(data["type"], data.get("seq"), raw.encode() if isinstance(raw, str) else raw)


class EventReader:
    """Bytes of an event stream in whatever pieces, events out. What a cut left unfinished is never told."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that are whole now."""
        *blocks, self._rest = (self._rest + data.replace(b"\r", b"")).split(b"\n\n")
        for block in blocks:
            fields: dict[bytes, list[bytes]] = {}
            for line in block.split(b"\n"):
                name, _, value = line.partition(b":")
                fields.setdefault(name, []).append(value[1:] if value.startswith(b" ") else value)
            if b"data" in fields:
                seq = fields[b"id"][-1].decode() if b"id" in fields else None
                type = fields[b"event"][-1].decode() if b"event" in fields else "message"
                yield Event(type, seq, b"\n".join(fields[b"data"]))
