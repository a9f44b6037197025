"""One connection of the client's pool, spoken to without the client's layers.

The log's two hot paths, appending and following, send one prepared command for many events and read the answers as
they are. Going around the client's command objects, callbacks and retries saves four fifths of the processor time, and
leaves it to us to know whether a command may be sent twice.
"""

import asyncio
import math
from collections.abc import Awaitable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, cast

from redis.exceptions import ConnectionError as Dropped
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as TimedOut

from cluster.errors import Unavailable

if TYPE_CHECKING:
    from redis.asyncio import Redis

LOST = (Dropped, TimedOut, OSError)
"""What a lost or refused connection raises."""
READ_SECONDS = 15.0
"""How long answers may take, over and above the time that the command blocks."""


class Connection(Protocol):
    """What we use of the client's connection."""

    socket_timeout: float | None

    async def send_packed_command(self, command: bytes, check_health: bool = True) -> None: ...

    def read_response(self, **options: Any) -> Awaitable[Any]: ...

    async def disconnect(self, nowait: bool = False) -> None: ...


class Line:
    """A connection that is taken from the pool at its first use and given back when it is broken or done with.

    Closing the pool closes it too. The client's own time limit is taken off while we have the connection: it costs a
    task for each command, and under Python 3.11 it swallows cancellations (`asyncio.wait_for`).
    """

    def __init__(self, redis: "Redis") -> None:
        self._pool = cast("Any", redis).connection_pool
        self._connection: Connection | None = None
        self._limit: float | None = None

    async def ask(self, command: bytes, *, answers: int = 1, blocks: float = 0.0) -> list[Any]:
        """Send packed commands and read their answers; a refusal is an answer too. Raises LOST."""
        connection = self._connection or await self._open()
        try:
            async with asyncio.timeout(READ_SECONDS + blocks):
                await connection.send_packed_command(command, check_health=False)
                return [await _answer(connection) for _ in range(answers)]
        except BaseException:
            # Answers that nobody has read would be taken for those of the next command.
            await connection.disconnect(nowait=True)
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.socket_timeout = self._limit
            await self._pool.release(connection)

    async def _open(self) -> Connection:
        connection = cast("Connection", await self._pool.get_connection())
        self._connection, self._limit = connection, connection.socket_timeout
        connection.socket_timeout = None
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # The handshake is still under the client's limit, and has swallowed it.
            await self.close()
            raise asyncio.CancelledError
        return connection


async def _answer(connection: Connection) -> Any:
    try:
        return await connection.read_response(timeout=math.inf, disconnect_on_error=False)
    except ResponseError as refusal:
        return refusal


def pack(*words: bytes) -> bytes:
    """A command as Redis reads it (RESP, arrays of bulk strings)."""
    return b"*%d\r\n" % len(words) + pack_words(words)


def pack_words(words: Sequence[bytes]) -> bytes:
    """The words of a command, without its head."""
    return b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])


@contextmanager
def reaching() -> Generator[None]:
    """Redis's errors become ours."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable(f"the event log does not answer: {error}") from error
