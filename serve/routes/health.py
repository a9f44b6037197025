"""Is this process alive, and is everything that it needs within reach? For load balancers, `apex up` and people."""

import asyncio
import logging

from fastapi import APIRouter, Response
from redis.exceptions import RedisError

from cluster.errors import ApexError
from cluster.runtime.store import any_alive
from cluster.services import Services
from serve import wire
from serve.errors import problem
from serve.guards import OpenServices
from serve.live.live import Live, TheLive

log = logging.getLogger(__name__)
router = APIRouter(tags=["health"])
PATIENCE = 3.0
"""Seconds that the parts may take to answer."""


@router.get("/healthz")
async def healthz() -> wire.Health:
    """This process answers."""
    return wire.Health(status="ok")


@router.get("/readyz", response_model=wire.Health)
async def readyz(services: OpenServices, live: TheLive) -> wire.Health | Response:
    """The database, the event log and at least one host answer; else a problem that names what does not."""
    answers = await asyncio.gather(_database_and_hosts(services), _redis(services))
    wrong = [told for told in (*answers, _events(live)) if told]
    if not wrong:
        return wire.Health(status="ready")
    return problem(
        503, "not-ready", "Not everything that is needed answers.", headers={"Retry-After": "2"}, errors=wrong
    )


async def _database_and_hosts(services: Services) -> dict[str, str] | None:
    try:
        async with asyncio.timeout(PATIENCE), services.db.as_nobody() as conn:
            alive = await any_alive(conn)
    except (ApexError, TimeoutError) as error:
        return _wrong("database", error)
    return None if alive else {"part": "hosts", "what": "no host is alive that actors could be woken in"}


async def _redis(services: Services) -> dict[str, str] | None:
    try:
        async with asyncio.timeout(PATIENCE):
            await services.redis.exists("ready")
    except (RedisError, OSError) as error:
        return _wrong("redis", error)
    return None


def _events(live: Live) -> dict[str, str] | None:
    return None if live.healthy else {"part": "events", "what": "this replica reads no events any more"}


def _wrong(part: str, error: Exception) -> dict[str, str]:
    """Everybody may ask, so the answer names the part and the log says what is wrong with it."""
    log.warning("not ready: %s: %s: %s", part, type(error).__name__, error)
    return {"part": part, "what": "does not answer"}
