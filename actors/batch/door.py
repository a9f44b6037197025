"""Asks the door of an instance over HTTP as one of its users, again and again while it is away or busy."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from actors.batch.errors import DoorAway, DoorClosed, Refused

log = logging.getLogger(__name__)
API = "/api/v1"
PATIENCE = 300.0
"""Seconds that the door may be away or busy in a row."""
LONGEST_WAIT = 15.0
TIMEOUT = 60.0
ONE_MOMENT = frozenset({408, 425, 429, 500, 502, 503, 504})
LOCKED = frozenset({401, 403})


class Door:
    """The way in."""

    def __init__(self, client: httpx2.AsyncClient, *, patience: float = PATIENCE) -> None:
        self._client = client
        self._patience = patience

    async def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """Send something; sent twice under this key, it is done once. Raises Refused, DoorClosed, DoorAway."""
        return await self._ask("POST", path, json=dict(body), headers={"Idempotency-Key": key})

    async def get(self, path: str) -> Any:
        """Fetch something. Raises Refused, DoorClosed, DoorAway."""
        return await self._ask("GET", path)

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        clock = asyncio.get_running_loop().time
        until, wait = clock() + self._patience, 0.5
        while True:
            try:
                answer = await self._client.request(method, API + path, **more)
            except httpx2.TransportError as error:
                told, after = f"{type(error).__name__}: {error}", wait
            else:
                if answer.status_code not in ONE_MOMENT:
                    return _read(answer)
                told, after = _told(answer), _retry_after(answer) or wait
            if clock() + after > until:
                raise DoorAway(told)
            log.info("%s %s waits %.1f s: %s", method, path, after, told)
            await asyncio.sleep(after)
            wait = min(LONGEST_WAIT, wait * 2)


@asynccontextmanager
async def opened(url: str, key: str) -> AsyncGenerator[Door]:
    """The door of an instance, for whom this key or access token belongs to."""
    async with httpx2.AsyncClient(
        base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT
    ) as client:
        yield Door(client)


def _read(answer: httpx2.Response) -> Any:
    if answer.status_code in LOCKED:
        raise DoorClosed(_told(answer))
    if answer.status_code >= 400:
        raise Refused(_told(answer))
    return answer.json()


def _told(answer: httpx2.Response) -> str:
    """What a problem says."""
    try:
        problem: Any = answer.json()
        parts = [str(problem[name]) for name in ("title", "detail", "errors") if problem.get(name)]
    except (ValueError, AttributeError):
        parts = []
    return ": ".join(parts) or f"HTTP {answer.status_code}"


def _retry_after(answer: httpx2.Response) -> float | None:
    try:
        return min(LONGEST_WAIT * 4, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
