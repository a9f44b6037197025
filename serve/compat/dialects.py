"""Around all that is under /v1: errors in the words of other protocols, and a number for each request.

Whatever refuses a request, be it a guard, a limit or a route, answers with a problem; on its way out it is told again
in the protocol of the address. So no route has to think of it, and nothing slips by.
"""

from uuid import uuid4

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.compat.words import Dialect, Trouble

ROOT = "/v1/"
PROBLEM = "application/problem+json"


class Dialects:
    """Touches addresses under /v1 alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(ROOT):
            return await self._app(scope, receive, send)
        number = f"req_{uuid4().hex}"
        scope = {**scope, "state": {**scope.get("state", {})}}
        scope["state"]["request_number"] = number
        await self._app(scope, receive, Telling(dialect_of(scope), number, send).send)


class Telling:
    """One answer on its way out. A problem is held back until it is whole, all else passes as it comes."""

    def __init__(self, dialect: Dialect | None, number: str, send: Send) -> None:
        self._dialect: Dialect | None = dialect
        self._number = number
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["request-id"] = headers["x-request-id"] = self._number
            headers.setdefault("cache-control", "no-store")
            if self._dialect is not None and headers.get("content-type") == PROBLEM:
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._retell(self._start)
            return
        await self._send(message)

    async def _retell(self, start: Message) -> None:
        assert self._dialect is not None, "without a dialect nothing is held back"
        trouble = Trouble.told(orjson.loads(self._body))
        body = orjson.dumps(trouble.in_words(self._dialect, self._number))
        headers = MutableHeaders(scope=start)
        headers["content-type"], headers["content-length"] = "application/json", str(len(body))
        await self._send({**start, "status": trouble.status})
        await self._send({"type": "http.response.body", "body": body})


def dialect_of(scope: Scope) -> Dialect | None:
    """Which protocol the client of an address speaks; None where ours is as good as any (AG-UI)."""
    path: str = scope["path"]
    if path.startswith("/v1/ag-ui"):
        return None
    if path.startswith("/v1/messages") or "anthropic-version" in Headers(scope=scope):
        return "anthropic"
    return "openai"
