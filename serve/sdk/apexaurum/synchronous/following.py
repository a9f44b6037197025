"""Follows a channel of the server's log over a socket, and over as many sockets as it takes."""

import json
from time import monotonic

from apexaurum.errors import ApexError, ApiError, ConnectionLost, NotFound, Problem
from apexaurum.events import Event, event_of
from apexaurum.retrying import Patience
from apexaurum.synchronous.concurrency import Socket, Stream
from apexaurum.synchronous.transport import Transport

PING_SECONDS = 25.0
QUIET_SECONDS = 10.0
LOOK = frozenset({"subscribed", "reload", "quiet"})
"""What is no event of the channel: load the state again, for something may have happened that was not told."""
QUIET = Event("quiet", None, b"{}")


def follow(transport: Transport, channel: str) -> Stream[Event]:
    """`subscribed`, then what happens; `reload` where events are gone; `quiet` when nothing came for a while.

    After a cut it goes on behind the last event; before the first there is none, so it says `subscribed` again.
    """
    after: str | None = None
    patience = Patience(transport.retrying, repeatable=True)
    while True:
        try:
            socket = Socket.open(transport.ticket())
            try:
                socket.send(json.dumps(_subscription(channel, after)))
                ping = monotonic() + PING_SECONDS
                while True:
                    event = _next(socket, channel)
                    patience.renew()
                    if event.seq is not None:
                        after = event.seq
                    if event.type != "subscribed" or after is None:
                        yield event
                    if monotonic() > ping:
                        socket.send('{"type": "ping"}')
                        ping = monotonic() + PING_SECONDS
            finally:
                socket.close()
        except ConnectionLost as error:
            transport.wait_for(error, patience)


def _subscription(channel: str, after: str | None) -> dict[str, str]:
    asked = {"type": "subscribe", "channel": channel}
    return asked if after is None else {**asked, "after": after}


def _next(socket: Socket, channel: str) -> Event:
    """What comes next on the channel. Raises ConnectionLost, or what the server refuses it with."""
    end = monotonic() + QUIET_SECONDS
    while True:
        raw = socket.receive(max(0.0, end - monotonic()))
        if raw is None:
            return QUIET
        event = event_of(raw)
        if event.type == "error":
            raise _refusal(event)
        if event.type not in ("ready", "pong"):
            return event


def _refusal(event: Event) -> ApexError:
    told = event.data
    problem = Problem(code=told["code"], title=told["title"], detail=told.get("detail"))
    return NotFound(problem) if told["code"].endswith("missing") else ApiError(problem)
