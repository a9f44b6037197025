"""What differs between waiting in an event loop and waiting in a thread: here, in a thread."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import ClientConnection, connect

from apexaurum.errors import ConnectionLost

T = TypeVar("T")
Stream = Generator[T, None, None]
Lock = threading.Lock
Http = httpx.Client
Send = Callable[[list[Any], bool], None]
Inputs = Iterable[Any]
OPEN_SECONDS = 15.0
MOST_AT_ONCE = 500
"""Inputs in one request."""
MOST_WAITING = 2000
_END: Any = object()


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def read_file(path: Path) -> bytes:
    """The bytes of a file."""
    return path.read_bytes()


def write_file(path: Path, data: bytes) -> None:
    """Put bytes where a file is, or is to be."""
    path.write_bytes(data)


class Socket:
    """An open WebSocket."""

    def __init__(self, connection: ClientConnection, closing: ExitStack) -> None:
        self._connection = connection
        self._closing = closing

    @classmethod
    def open(cls, url: str) -> "Socket":
        """Raises ConnectionLost."""
        closing = ExitStack()
        try:
            connecting = connect(url, open_timeout=OPEN_SECONDS, close_timeout=1, max_size=None)
            return cls(closing.enter_context(connecting), closing)
        except (OSError, TimeoutError, InvalidHandshake, InvalidMessage) as error:
            raise ConnectionLost(f"the socket does not open: {error}") from error

    def send(self, text: str) -> None:
        """Raises ConnectionLost."""
        try:
            self._connection.send(text)
        except ConnectionClosed as error:
            raise ConnectionLost(f"the socket was closed: {error}") from error

    def receive(self, seconds: float) -> str | bytes | None:
        """The next message, or None if none comes in time. Raises ConnectionLost."""
        try:
            return self._connection.recv(seconds)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise ConnectionLost(f"the socket was closed: {error}") from error

    def close(self) -> None:
        """Closing what is closed is fine."""
        self._closing.close()


class Feeder:
    """Takes inputs as they come, however slowly, and sends on at once what is there."""

    def __init__(self, inputs: Inputs, send: Send) -> None:
        self._inputs = inputs
        self._send = send
        self._queue: queue.Queue[Any] = queue.Queue(MOST_WAITING)
        self._stopped = False
        self.error: Exception | None = None
        """What the inputs raised; those before are worked on."""
        self.broken: Exception | None = None
        """Why inputs could not be sent: nothing more will be."""
        for work in (self._pull, self._pass_on):
            threading.Thread(target=work, name="apexaurum inputs", daemon=True).start()

    def stop(self) -> None:
        """Take no more."""
        self._stopped = True

    def _pull(self) -> None:
        try:
            for each in self._inputs:
                self._put(each)
                if self._stopped:
                    break
        except Exception as error:
            self.error = error
        self._put(_END)

    def _put(self, each: Any) -> None:
        while not self._stopped:
            try:
                return self._queue.put(each, timeout=1)
            except queue.Full:
                continue

    def _next(self) -> Any:
        while not self._stopped:
            try:
                return self._queue.get(timeout=1)
            except queue.Empty:
                continue
        return _END

    def _pass_on(self) -> None:
        ended = False
        try:
            while not ended:
                batch = [self._next()]
                while len(batch) < MOST_AT_ONCE and batch[-1] is not _END and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                ended = batch[-1] is _END
                if not self._stopped:
                    self._send(batch[:-1] if ended else batch, ended)
        except Exception as error:
            self.broken = error
            self._stopped = True
