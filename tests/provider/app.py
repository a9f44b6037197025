"""The loopback provider as an ASGI application: the Messages API, and a control interface for other processes.

Plain ASGI, since the benchmark measures against it: a framework here would be measured too.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.provider.answers import Answer, Fault, answer_for
from tests.provider.checks import Refused, check
from tests.provider.ledger import PromptCache
from tests.provider.stream import STREAM_FAULTS, AnswerStream, Broken

Json = dict[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
STATUS: dict[str, tuple[int, str]] = {
    "overloaded": (529, "overloaded_error"),
    "rate_limit": (429, "rate_limit_error"),
    "server_error": (500, "api_error"),
    "refused": (400, "invalid_request_error"),
    "unauthorized": (401, "authentication_error"),
}


@dataclass
class Recorded:
    """One request and what became of it."""

    body: Json
    headers: dict[str, str]
    at: float
    usage: Json = field(default_factory=dict[str, Any])
    outcome: str = "running"
    """running, complete, closed (by the client), broken (by a fault), or the status of an error."""


class ProviderApp:
    """Everything that the provider knows. Attributes may be read and changed from other threads."""

    def __init__(self, *, tokens_per_second: float = 0.0, cache_least: int = 0, record: bool = True) -> None:
        self.tokens_per_second = tokens_per_second
        self.requests: list[Recorded] = []
        self.queued: deque[Answer] = deque()
        self.clients: set[tuple[str, int]] = set()
        """Addresses that asked: one for each connection."""
        self.cache = PromptCache(least=cache_least)
        self._record = record
        self._faults: Counter[str] = Counter()
        self._count = 0

    def reset(self) -> None:
        """Forget all requests, queued answers and cache entries."""
        self.requests.clear()
        self.clients.clear()
        self.queued.clear()
        self.cache.clear()
        self._faults.clear()

    def total(self) -> Json:
        """The usage of all completed answers together."""
        counts: Counter[str] = Counter()
        for recorded in self.requests:
            if recorded.outcome == "complete":
                counts.update(recorded.usage)
        return dict(counts)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"]
        body = await read(receive)
        if path == "/v1/messages":
            self.clients.add(tuple(scope["client"]))
            headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
            await self._messages(orjson.loads(body), headers, receive, send)
        else:
            status, answer = self._control(path, body)
            await reply(send, status, answer)

    async def _messages(self, body: Json, headers: dict[str, str], receive: Receive, send: Send) -> None:
        recorded = Recorded(body=body, headers=headers, at=time.monotonic())
        if self._record:
            self.requests.append(recorded)
        try:
            if not (headers.get("authorization") or headers.get("x-api-key")):
                return await self._fail(recorded, send, Fault(kind="unauthorized"), "an API key is required")
            check(body, headers)
        except (Refused, KeyError, TypeError) as error:
            return await self._fail(recorded, send, Fault(kind="refused"), str(error))
        answer = self.queued.popleft() if self.queued else answer_for(body)
        fault = self._due(answer, body)
        if fault is not None and fault.kind not in STREAM_FAULTS:
            return await self._fail(recorded, send, fault, f"a {fault.kind} fault")
        await self._stream(recorded, without(answer) if fault is None else answer, receive, send)

    async def _stream(self, recorded: Recorded, answer: Answer, receive: Receive, send: Send) -> None:
        async def write(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        self._count += 1
        usage = self.cache.count(recorded.body)
        name = f"{self._count:06d}"
        stream = AnswerStream(recorded.body, answer, usage=usage, write=write, speed=self.tokens_per_second, name=name)
        recorded.usage = stream.usage
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"request-id", f"req_{name}".encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        writing = asyncio.create_task(stream.run())
        leaving = asyncio.create_task(left(receive))
        await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        gone = not writing.done()
        for task in (writing, leaving):
            task.cancel()
        done, _ = await asyncio.gather(writing, leaving, return_exceptions=True)
        recorded.outcome = "closed" if gone else "broken" if isinstance(done, Broken) else "complete"
        if isinstance(done, Broken):
            # Leaving without the last chunk makes the server drop the connection, as a dying provider does.
            return
        if isinstance(done, Exception):
            raise done
        if not gone:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _due(self, answer: Answer, body: Json) -> Fault | None:
        """The answer's fault, as long as it has not happened often enough."""
        if answer.fault is None:
            return None
        key = f"{answer.fault}{len(body['messages'])}"
        self._faults[key] += 1
        return answer.fault if self._faults[key] <= answer.fault.times else None

    async def _fail(self, recorded: Recorded, send: Send, fault: Fault, detail: str) -> None:
        status, kind = STATUS[fault.kind]
        recorded.outcome = str(status)
        headers = [] if fault.retry_after is None else [(b"retry-after", str(fault.retry_after).encode())]
        await reply(send, status, {"type": "error", "error": {"type": kind, "message": detail}}, headers)

    def _control(self, path: str, body: bytes) -> tuple[int, Any]:
        match path:
            case "/control/answers":
                self.queued.extend(Answer.read(item) for item in orjson.loads(body))
                return 200, {"queued": len(self.queued)}
            case "/control/requests":
                return 200, [vars(recorded) for recorded in self.requests]
            case "/control/usage":
                return 200, self.total()
            case "/control/speed":
                self.tokens_per_second = float(orjson.loads(body))
                return 200, {"tokens_per_second": self.tokens_per_second}
            case "/control/reset":
                self.reset()
                return 200, {}
            case "/healthz":
                return 200, {"status": "ok"}
            case _:
                return 404, {"type": "error", "error": {"type": "not_found_error", "message": path}}


def without(answer: Answer) -> Answer:
    """The answer once its fault has passed."""
    return replace(answer, fault=None)


async def read(receive: Receive) -> bytes:
    """The whole body of a request."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def left(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def reply(send: Send, status: int, data: Any, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    """Send JSON."""
    named = [(b"content-type", b"application/json"), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": orjson.dumps(data)})
