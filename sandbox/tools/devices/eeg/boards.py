"""The board of this process: who has it, what comes from it, and what is recorded."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from cluster.errors import Busy, Unavailable
from cluster.ids import UserId, new_id
from sandbox.errors import ToolFailed
from sandbox.tools.devices.eeg import cyton
from sandbox.tools.devices.eeg.cyton import RATE, START, STOP, Line, Sample
from sandbox.tools.devices.eeg.signals import Moment, moment

BoardType = Literal["cyton", "synthetic"]
IDLE_SECONDS = 900.0
LONGEST_SECONDS = 3 * 3600
SIGNAL_SECONDS = 6.0


@dataclass
class Recording:
    """A session of listening, a moment for each second."""

    name: str
    listener: str
    track_id: str | None
    track_title: str | None
    baseline: Moment | None
    id: str = field(default_factory=lambda: new_id().hex)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    moments: list[Moment] = field(default_factory=list[Moment])


class Board:
    """A board that sends. Its last second is always at hand."""

    def __init__(self, user: UserId, kind: BoardType, said: str, line: Line | None) -> None:
        self.user = user
        self.kind = kind
        self.said = said
        self.recording: Recording | None = None
        self._line = line
        self._last: deque[Sample] = deque(maxlen=RATE)
        self._seconds = 0
        self._second = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    @property
    def is_open(self) -> bool:
        """Whether it sends."""
        return not self._task.done()

    async def next_second(self) -> list[Sample]:
        """The next whole second of signal. Raises Unavailable when none comes."""
        try:
            async with asyncio.timeout(SIGNAL_SECONDS), self._second:
                now = self._seconds
                await self._second.wait_for(lambda: self._seconds > now or not self.is_open)
        except TimeoutError:
            raise Unavailable("The board sends nothing.") from None
        if not self.is_open:
            raise Unavailable("The board is gone; connect it again with eeg_connect.")
        return list(self._last)

    async def close(self) -> None:
        """Let go of it."""
        if self._line is not None and self.is_open:
            self._line.write(STOP)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        if self._line is not None:
            self._line.write(START)
        try:
            fresh = 0
            async for sample in self._signal():
                self._last.append(sample)
                fresh += 1
                if fresh == RATE:
                    fresh = 0
                    await self._tell()
        except (Unavailable, OSError):
            pass
        finally:
            if self._line is not None:
                self._line.close()

    async def _signal(self) -> AsyncIterator[Sample]:
        if self._line is None:
            for number in range(LONGEST_SECONDS * RATE):
                yield cyton.synthetic(number)
                if number % 25 == 0:
                    await asyncio.sleep(25 / RATE)
            return
        buffer = bytearray()
        while True:
            buffer += await self._line.read()
            for sample in cyton.samples(buffer):
                yield sample

    async def _tell(self) -> None:
        recording = self.recording
        if recording is not None and len(recording.moments) < LONGEST_SECONDS:
            recording.moments.append(moment(list(self._last), recording.baseline))
        async with self._second:
            self._seconds += 1
            self._second.notify_all()


class Boards:
    """The one board, and whose it is."""

    def __init__(self) -> None:
        self._board: Board | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def connect(self, user: UserId, port: str, kind: BoardType) -> Board:
        """Open it for a user, anew if the user has it. Raises Busy while another has it, ToolFailed."""
        if self._board is not None and self._board.is_open and self._board.user != user:
            raise Busy("somebody else has the board", 60.0)
        await self.close()
        line, said = (None, "made-up signal") if kind == "synthetic" else await cyton.opened(port)
        self._board = Board(user, kind, said, line)
        self._rest()
        return self._board

    def of(self, user: UserId) -> Board:
        """The user's board. Raises ToolFailed."""
        if self._board is None or not self._board.is_open or self._board.user != user:
            raise ToolFailed("No board is connected; eeg_connect opens it.")
        self._rest()
        return self._board

    async def close(self) -> None:
        """Let go of it."""
        if self._idle is not None:
            self._idle.cancel()
        board, self._board = self._board, None
        if board is not None:
            await board.close()

    def _rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop)

    def _drop(self) -> None:
        if self._board is not None and self._board.is_open and self._board.recording is not None:
            self._rest()
            return
        task = asyncio.create_task(self.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


@cache
def process_boards() -> Boards:
    """That of this process."""
    return Boards()
