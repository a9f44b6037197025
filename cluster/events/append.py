"""Appends to many channels in one trip: events that become ready while a trip is under way share the next one.

Two hundred answers that stream from one host then cost some thirty microseconds an event, not two hundred. A trip whose
answers were lost is repeated, and first looks at what the streams hold, so that text is not doubled.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster.errors import Unavailable
from cluster.events.connection import LOST, Line, pack
from cluster.events.names import stream_key

if TYPE_CHECKING:
    from redis.asyncio import Redis

FIELD = b"e"
MAX_EVENTS = 10_000
"""About how many events a channel keeps."""
BATCH = 256
"""Most appends in one trip."""
APPEND_ONCE = b"""local seq = redis.call('GET', KEYS[2])
if seq and #redis.call('XRANGE', KEYS[1], seq, seq) > 0 then return seq end
seq = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', ARGV[2], ARGV[3])
redis.call('SET', KEYS[2], seq, 'EX', ARGV[4])
return seq"""
RETRY_SECONDS = (0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 2.0)
"""Waits between attempts, while Redis starts again."""


class Once(bytes):
    """An event that a stream takes one of. What has its `name` and is there already stays the only one."""

    name: bytes

    @classmethod
    def of(cls, payload: bytes, name: str) -> "Once":
        """The event under that name."""
        once = cls(payload)
        once.name = name.encode()
        return once


@dataclass(slots=True)
class _Append:
    key: bytes
    payloads: Sequence[bytes]
    done: asyncio.Future[str]


class Appender:
    """Appends in the order of the calls; one trip at a time."""

    def __init__(self, redis: "Redis", *, ttl: int) -> None:
        self._line = Line(redis)
        self._ttl = b"%d" % ttl
        self._waiting: list[_Append] = []
        self._trips: asyncio.Task[None] | None = None

    async def append(self, channel: str, payloads: Sequence[bytes]) -> str:
        """Append to a channel; answers the last number. Raises Unavailable when Redis stays away for seconds."""
        if not payloads:
            raise ValueError("nothing to append")
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Append(stream_key(channel).encode(), payloads, done))
        if self._trips is None:
            # It belongs to the calls that wait for it and ends with the last of them; none of them being cancelled
            # may cut off the others' events.
            self._trips = asyncio.create_task(self._travel())
        return await done

    async def _travel(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                await self._carry(batch)
        finally:
            self._trips = None
            _fail(self._waiting, Unavailable("the process ends"))
            self._waiting = []

    async def _carry(self, batch: list[_Append]) -> None:
        for wait in (*RETRY_SECONDS, None):
            try:
                await self._attempt(batch)
            except LOST as error:
                if wait is None:
                    _fail(batch, error)
                    return
                await asyncio.sleep(wait)
                batch = await self._missing(batch)
            except BaseException as error:
                _fail(batch, error)
                raise
            else:
                return

    async def _attempt(self, batch: list[_Append]) -> None:
        commands: list[bytes] = []
        for append in batch:
            commands += [self._command(append.key, payload) for payload in append.payloads]
            commands.append(pack(b"EXPIRE", append.key, self._ttl))
        answers = iter(await self._line.ask(b"".join(commands), answers=len(commands)))
        for append in batch:
            _settle(append, [next(answers) for _ in range(len(append.payloads) + 1)])

    def _command(self, key: bytes, payload: bytes) -> bytes:
        most = b"%d" % MAX_EVENTS
        if isinstance(payload, Once):
            return pack(b"EVAL", APPEND_ONCE, b"2", key, key + b":" + payload.name, most, FIELD, payload, self._ttl)
        return pack(b"XADD", key, b"MAXLEN", b"~", most, b"*", FIELD, payload)

    async def _missing(self, batch: list[_Append]) -> list[_Append]:
        """What of a batch with unknown fate is not in the streams: each channel's end tells how far it got."""
        by_key: dict[bytes, list[_Append]] = {}
        for append in batch:
            by_key.setdefault(append.key, []).append(append)
        counts = [sum(len(append.payloads) for append in appends) for appends in by_key.values()]
        asks = [
            pack(b"XREVRANGE", key, b"+", b"-", b"COUNT", b"%d" % count)
            for key, count in zip(by_key, counts, strict=True)
        ]
        try:
            ends = await self._line.ask(b"".join(asks), answers=len(asks))
        except LOST:
            return batch
        for appends, end in zip(by_key.values(), ends, strict=True):
            _skip(appends, [] if isinstance(end, Exception) else end[::-1])
        return [append for append in batch if not append.done.done()]


def _skip(appends: list[_Append], end: Sequence[tuple[bytes, Sequence[bytes]]]) -> None:
    """Drop those first payloads of one channel's appends that are its end already. `end` is oldest first."""
    asked = [payload for append in appends for payload in append.payloads]
    kept = [values[1] for _, values in end]
    there = next((n for n in range(min(len(kept), len(asked)), 0, -1) if kept[-n:] == asked[:n]), 0)
    numbers = [seq for seq, _ in end][len(end) - there :]
    for append in appends:
        mine, numbers = numbers[: len(append.payloads)], numbers[len(append.payloads) :]
        append.payloads = append.payloads[len(mine) :]
        if not append.payloads:
            _settle(append, [mine[-1], 1])


def _settle(append: _Append, answers: list[Any]) -> None:
    refusal = next((answer for answer in answers if isinstance(answer, Exception)), None)
    if append.done.done():
        return
    if refusal is not None:
        append.done.set_exception(Unavailable(f"the event log refused an event: {refusal}"))
    else:
        append.done.set_result(answers[-2].decode())


def _fail(batch: list[_Append], error: BaseException) -> None:
    for append in batch:
        if not append.done.done():
            append.done.set_exception(Unavailable(f"the event log does not answer: {error}"))
