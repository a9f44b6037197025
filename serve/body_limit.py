"""Bodies end at a limit, whether they say their length or not, and the sender is told so in a problem."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.errors import FRAMEWORK, problem

DRAINED = 128 * 1024 * 1024
"""Bytes of a refused body that are read and thrown away: a client that still sends would not see the answer."""
DRAIN_SECONDS = 10.0
"""How long that may take."""


class BodyLimit:
    """Refuses bodies above `most` bytes with 413; addresses in `larger` have limits of their own."""

    def __init__(self, app: ASGIApp, most: int, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._most = most
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        most = max(self._most, self._larger.get(scope["path"], 0))
        if (announced := _announced(scope)) > most:
            if announced <= DRAINED:
                await _drain(receive, 0)
            return await _refusal(most)(scope, receive, send)
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                await _drain(receive, taken)
                # The framework lets this one kind of error pass through its parsers.
                raise HTTPException(413)
            return message

        await self._app(scope, counting, send)


def _refusal(most: int) -> ASGIApp:
    return problem(413, *FRAMEWORK[413], detail=f"at most {most} bytes")


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


async def _drain(receive: Receive, taken: int) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while taken <= DRAINED:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                taken += len(message.get("body", b""))
