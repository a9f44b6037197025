"""What the runtime tells of itself: how many actors are awake and how much waits, and the spans of its messages."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from cluster.runtime.actor import ActorId
from cluster.runtime.envelope import Message
from cluster.telemetry import traces
from cluster.telemetry.catalogue import ACTORS_AWAKE, MAILBOX_DEPTH, MESSAGES
from cluster.telemetry.instruments import Labels


class Awake(Protocol):
    """An actor in memory."""

    actor: ActorId

    @property
    def waiting(self) -> int:
        """Messages that wait in its mailbox."""
        ...


class Crowd(Protocol):
    """The actors of a host."""

    def awake(self) -> Iterable[Awake]:
        """Who is in memory."""
        ...


async def tell_counts(crowd: Crowd) -> None:
    """Let gauges ask a host for its numbers, until cancelled. Nothing is counted before they do."""
    ends = [ACTORS_AWAKE.watch(lambda: _awake(crowd)), MAILBOX_DEPTH.watch(lambda: _waiting(crowd))]
    try:
        await asyncio.Event().wait()
    finally:
        for end in ends:
            end()


def sending(way: str, message: Message) -> AbstractContextManager[traces.Span]:
    """Count a message that sets out; a span around its way there and back."""
    MESSAGES.add(1.0, way, message.actor.kind)
    if not traces.is_on():
        return traces.OFF
    return traces.span(f"{way} {message.actor.kind}.{message.method}", kind="client", attributes=_attributes(message))


def with_place(message: Message) -> Message:
    """The message with its place in the trace, if there is one."""
    place = traces.place()
    return message if place is None else replace(message, trace=place)


def received(message: Message) -> AbstractContextManager[traces.Span]:
    """A span around what an actor does with a message, below its sender's. Without a sender's there is none."""
    if message.trace is None:
        return traces.OFF
    name = f"{message.actor.kind}.{message.method}"
    return traces.span(name, kind="server", parent=message.trace, attributes=_attributes(message))


def _attributes(message: Message) -> traces.Attributes:
    return {"apex.actor.kind": message.actor.kind, "apex.actor.key": message.actor.key}


def _awake(crowd: Crowd) -> Mapping[Labels, float]:
    return {(kind,): float(number) for kind, number in Counter(one.actor.kind for one in crowd.awake()).items()}


def _waiting(crowd: Crowd) -> Mapping[Labels, float]:
    waiting: dict[Labels, float] = {}
    for one in crowd.awake():
        waiting[one.actor.kind,] = waiting.get((one.actor.kind,), 0.0) + one.waiting
    return waiting
