"""One webhook on its way: tells a server until it says yes, with growing pauses, for a day.

Attempts carry the same `webhook-id`, by which the other side knows what it has heard already: it may hear it twice,
when we die between its answer and our note of it. Between attempts this actor sleeps; its placement says until when.
"""

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import orjson

from actors.webhooks import store
from actors.webhooks.outgoing import KIND
from actors.webhooks.signing import headers_of
from actors.webhooks.store import DeliveryRow
from cluster.errors import Unavailable
from cluster.ids import UserId
from cluster.runtime.ref import Ref
from cluster.services import ActorServices
from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.exchange import Caps, Request
from sandbox.egress.fetch import fetch
from sandbox.egress.guard import Guard
from sandbox.egress.targets import target_of

log = logging.getLogger(__name__)
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800)
"""Seconds after each attempt that failed; then it is given up, 23.7 hours after the first."""
SPREAD = 0.1
CAPS = Caps(seconds=15.0, bytes=64 * 1024, redirects=0)
"""A redirect is a failure: what is signed for one address is not sent to another."""
GONE = 410
GUARD = Guard()
"""The way out; nothing of it is private to anybody."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds between attempts while the database is away."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. `final`: another would fail as well."""

    status: int | None = None
    error: str | None = None
    final: bool = False


class Webhook:
    """One webhook, awake."""

    kind: ClassVar[str] = KIND
    idle_seconds: ClassVar[float] = 2.0

    def __init__(self, key: str, services: ActorServices) -> None:
        self._id = UUID(key)
        self._services = services
        self._told = False

    async def activate(self) -> None:
        """It is new, or its time has come."""
        if self._services.fence.left_work and not self._told:
            self._told = True
            await self._itself().tell(Webhook.advance)

    async def advance(self) -> None:
        """Tell them, if it is time. Told by the webhook to itself."""
        pause = FIRST_PAUSE
        try:
            while True:
                try:
                    return await self._look()
                except Unavailable as error:
                    log.warning("webhook %s waits: %s", self._id, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            self._told = False

    async def _look(self) -> None:
        async with self._services.db.as_system() as conn:
            owner = await store.owner(conn, self._id)
        if owner is None:  # its user is gone
            async with self._services.db.as_nobody() as conn:
                return await self._services.fence.mark_pending(conn, False)
        async with self._services.db.as_user(owner) as conn:
            row = await store.find(conn, self._id)
            if row is None or row.over or not row.due:
                until = row.next_at if row is not None and not row.over else None
                return await self._services.fence.mark_pending(conn, False, wake_at=until)
            await self._services.fence.check(conn)
        await self._note(owner, row, await attempt(row))

    async def _note(self, owner: UserId, row: DeliveryRow, outcome: Outcome) -> None:
        async with self._services.db.as_user(owner) as conn:
            if outcome.error is None:
                await store.delivered(conn, row.id, outcome.status or 0)
                return await self._services.fence.mark_pending(conn, False)
            gives_up = outcome.final or row.attempts >= len(PAUSES)
            pause = None if gives_up else timedelta(seconds=_about(PAUSES[row.attempts]))
            until = await store.failed(conn, row.id, status=outcome.status, error=outcome.error, pause=pause)
            await self._services.fence.mark_pending(conn, False, wake_at=until)

    def _itself(self) -> "Ref[Webhook]":
        return self._services.runtime.ref(Webhook, str(self._id))


async def attempt(row: DeliveryRow) -> Outcome:
    """Tell them once."""
    body = orjson.dumps(row.body)
    try:
        target = target_of(row.url)
        headers = headers_of(str(row.id), int(time.time()), body, row.secret)
        answer = await fetch(GUARD, Request(target=target, method="POST", headers=headers, body=body), CAPS)
    except EgressRefused as error:
        return Outcome(error=str(error), final=True)
    except Unreachable as error:
        return Outcome(error=str(error))
    if 200 <= answer.status < 300:
        return Outcome(answer.status)
    return Outcome(answer.status, f"they answered {answer.status}", final=answer.status == GONE)


def _about(seconds: float) -> float:
    return seconds * random.uniform(1 - SPREAD, 1 + SPREAD)
