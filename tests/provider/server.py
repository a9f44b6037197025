"""Runs the loopback provider in a thread of the test process: a test that blocks its loop still gets answers."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Generator

import uvicorn

from tests.provider.answers import Answer
from tests.provider.app import ProviderApp, Recorded

START_SECONDS = 10.0
PATIENCE = 10.0


class Provider:
    """A provider that listens. Point `ANTHROPIC_BASE_URL` at `url`; any key will do."""

    def __init__(self, app: ProviderApp, url: str) -> None:
        self.app = app
        self.url = url

    @property
    def requests(self) -> list[Recorded]:
        """What was asked, in order."""
        return self.app.requests

    @property
    def last(self) -> Recorded:
        """The newest request."""
        return self.app.requests[-1]

    def answer(self, *answers: Answer) -> None:
        """Queue answers; they go before what the messages ask for."""
        self.app.queued.extend(answers)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that the provider's thread does. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110  the change happens in another thread
                await asyncio.sleep(0.005)

    async def outcome(self, index: int = -1) -> str:
        """How a request ended."""
        await self.until(lambda: self.requests[index].outcome != "running")
        return self.requests[index].outcome


def listen(port: int = 0) -> socket.socket:
    """A socket on the loopback."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def server_of(app: ProviderApp) -> uvicorn.Server:
    """A server for the provider."""
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    return uvicorn.Server(config)


@contextlib.contextmanager
def running_provider(*, tokens_per_second: float = 0.0) -> Generator[Provider]:
    """A provider, up for as long as the block runs."""
    app = ProviderApp(tokens_per_second=tokens_per_second)
    server = server_of(app)
    with listen() as sock:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="provider", daemon=True)
        thread.start()
        ready = threading.Event()
        while not server.started and thread.is_alive():
            ready.wait(0.01)
        try:
            yield Provider(app, f"http://127.0.0.1:{sock.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
