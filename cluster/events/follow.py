"""Follows many channels with one blocking read, whatever their number, and says where events were lost."""

import asyncio
import logging
import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cluster.events.append import FIELD
from cluster.events.connection import LOST, Line, pack, pack_words
from cluster.events.log import Entry, legible
from cluster.events.names import stream_key
from cluster.ids import new_id

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)
BLOCK_SECONDS = 5.0
COUNT = 1000
"""Most events of one channel in one read."""
FIRST_WAIT, LONGEST_WAIT = 0.05, 2.0
CHANNELS_PER_SECOND = 200_000
"""A read names all channels. The more there are, the longer we gather before the next one: 2,000 wait 10 ms."""
LONGEST_PAUSE = 0.01
WAKE_TTL = b"3600"
GENERATION = stream_key("generation").encode()
"""Holds a word that stays the same as long as the server loses nothing: one that was emptied has none, or another."""


class Arrived(NamedTuple):
    """New events of a channel, oldest first."""

    channel: str
    entries: list[Entry]


class Lost(NamedTuple):
    """Events of a channel may be gone unseen: the server or the stream was lost, or trimmed before it was read."""

    channel: str


class _Cursor:
    """Where the reading of a channel has got to."""

    __slots__ = ("after", "channel", "key")

    def __init__(self, channel: str, after: str) -> None:
        self.channel = channel
        self.key = stream_key(channel).encode()
        self.after = after.encode()


class Follower:
    """A set of channels that may change at any time, and one reader of all of them."""

    def __init__(self, redis: "Redis") -> None:
        self._line = Line(redis)
        self._waker = Line(redis)
        self._wake_key = stream_key(f"wake:{new_id()}").encode()
        self._wake_cursor = _Cursor("", "0-0")
        self._wake_cursor.key = self._wake_key
        self._cursors: dict[bytes, _Cursor] = {}
        self._keys = b""
        self._blocked = False
        self._waking = asyncio.Lock()
        self._failures = 0
        self._generation: bytes | None = None

    def add(self, channel: str, after: str) -> None:
        """Follow a channel from an entry that it holds. Call `wake` then."""
        cursor = _Cursor(channel, after)
        self._cursors[cursor.key] = cursor
        self._keys = b""

    def drop(self, channel: str) -> None:
        """Follow a channel no longer. The running read may still bring events of it once."""
        self._cursors.pop(stream_key(channel).encode(), None)
        self._keys = b""

    def position(self, channel: str) -> str:
        """The number of the last event of a channel that was answered by `next`, or that it was added with."""
        return self._cursors[stream_key(channel).encode()].after.decode()

    @property
    def blocked(self) -> bool:
        """Whether a read waits for news."""
        return self._blocked

    async def wake(self) -> None:
        """Make the running read end, so that the next one follows what was added."""
        async with self._waking:
            if not self._blocked:
                return
            self._blocked = False
            command = pack(b"XADD", self._wake_key, b"MAXLEN", b"1", b"*", b"w", b"")
            try:
                await self._waker.ask(command + pack(b"EXPIRE", self._wake_key, WAKE_TTL), answers=2)
            except LOST as error:
                # The read is broken as well, or ends by itself within BLOCK_SECONDS.
                log.info("could not wake the follower: %s", error)

    async def next(self) -> list[Arrived | Lost]:
        """Wait for news; an empty answer is possible. Reconnects by itself, and then says what was lost."""
        try:
            if self._failures:
                return await self._recovered()
            pause = min(len(self._cursors) / CHANNELS_PER_SECOND, LONGEST_PAUSE)
            if pause > 0.0005:
                await asyncio.sleep(pause)
            return await self._read()
        except LOST as error:
            self._failures += 1
            if self._failures == 1:
                log.warning("lost the event log: %s", error)
            wait = min(FIRST_WAIT * 2 ** (self._failures - 1), LONGEST_WAIT)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            return []

    async def close(self) -> None:
        """Give the connections back."""
        await self._line.close()
        await self._waker.close()

    async def _read(self) -> list[Arrived | Lost]:
        cursors = [self._wake_cursor, *self._cursors.values()]
        if not self._keys:
            self._keys = pack_words([cursor.key for cursor in cursors])
        head = b"*%d\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$%d\r\n%d\r\n$5\r\nBLOCK\r\n$4\r\n%d\r\n$7\r\nSTREAMS\r\n" % (
            6 + 2 * len(cursors),
            len(str(COUNT)),
            COUNT,
            int(BLOCK_SECONDS * 1000),
        )
        self._blocked = True
        try:
            afters = pack_words([cursor.after for cursor in cursors])
            word = str(new_id()).encode()
            look = pack(b"SET", GENERATION, word, b"NX", b"GET")
            found, answer = await self._line.ask(look + head + self._keys + afters, answers=2, blocks=BLOCK_SECONDS)
        finally:
            self._blocked = False
        refusal = next((one for one in (found, answer) if isinstance(one, Exception)), None)
        if refusal is not None:
            raise OSError(str(refusal)) from refusal
        if self._is_another(found or word):
            return [Lost(cursor.channel) for cursor in self._cursors.values()]
        if answer is None:
            return []
        news: list[Arrived | Lost] = []
        for key, rows in _streams(answer):
            news += await self._advance(key, rows)
        return news

    def _is_another(self, generation: bytes) -> bool:
        """Whether the streams were emptied since we last looked."""
        known, self._generation = self._generation, generation
        return known is not None and known != generation

    async def _advance(self, key: bytes, rows: Sequence[Any]) -> list[Arrived | Lost]:
        cursor = self._wake_cursor if key == self._wake_key else self._cursors.get(key)
        if cursor is None or not rows:
            return []
        before, cursor.after = cursor.after, rows[-1][0]
        if key == self._wake_key:
            return []
        # A full page means that we are behind: the trimming may have overtaken us.
        if len(rows) >= COUNT and not await self._holds([(key, before)]):
            return [Lost(cursor.channel)]
        if not legible(values[:1] for _, values in rows):
            return [Lost(cursor.channel)]
        entries = [Entry(seq.decode(), values[1]) for seq, values in rows if values[0] == FIELD]
        return [Arrived(cursor.channel, entries)] if entries else []

    async def _recovered(self) -> list[Arrived | Lost]:
        """After a lost connection: which channels no longer hold the entry that we had got to."""
        cursors = list(self._cursors.values())
        held = await self._holds([(cursor.key, cursor.after) for cursor in cursors])
        log.warning("the event log is back after %d attempts", self._failures)
        self._failures, self._generation = 0, None
        return [Lost(cursor.channel) for cursor in cursors if cursor.key not in held]

    async def _holds(self, places: Sequence[tuple[bytes, bytes]]) -> set[bytes]:
        if not places:
            await self._line.ask(pack(b"PING"))
            return set()
        asks = [pack(b"XRANGE", key, seq, seq) for key, seq in places]
        answers = await self._line.ask(b"".join(asks), answers=len(asks))
        loading = next((answer for answer in answers if isinstance(answer, Exception)), None)
        if loading is not None:
            raise OSError(str(loading)) from loading
        return {key for (key, _), rows in zip(places, answers, strict=True) if rows}


def _streams(answer: Any) -> Iterable[tuple[bytes, Sequence[Any]]]:
    """The streams of an answer to XREAD: a mapping in RESP3, a list of pairs in RESP2."""
    return cast("dict[bytes, Any]", answer).items() if isinstance(answer, dict) else answer
