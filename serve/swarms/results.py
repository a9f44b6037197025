"""Results of a swarm as they come, and as a file."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import orjson

from actors.swarms import items, store
from actors.swarms.store import OVER
from cluster.events.log import BEGINNING, Entry
from cluster.events.names import swarm_channel
from cluster.ids import UserId
from cluster.services import Services
from serve.live.feed import Feed
from serve.live.live import Live
from serve.live.outbox import CaughtUp, Failed, Item, Outbox, Reload, TooSlow
from serve.live.sse import HEARTBEAT, OPENING, events_bytes, reload_bytes
from serve.live.turns import GRACE_SECONDS, HEARTBEAT_SECONDS
from serve.swarms.shapes import item_shape

PAGE = 200


async def as_lines(services: Services, user: UserId, swarm: UUID) -> AsyncGenerator[bytes]:
    """Each item that has ended as a line of JSON, in order. A page at a time, so that a slow download holds nothing."""
    after = 0
    while True:
        async with services.db.as_user(user) as conn:
            page = await items.page(conn, swarm, after=after, status=sorted(OVER), limit=PAGE)
        if page:
            yield b"".join(item_shape(item).model_dump_json().encode() + b"\n" for item in page)
            after = page[-1].n + 1
        if len(page) < PAGE:
            return


async def as_they_come(live: Live, user: UserId, swarm: UUID, *, after: str | None) -> AsyncGenerator[bytes]:
    """Ends of items after a sequence number, or from the beginning, until the swarm has ended."""
    channel, outbox = swarm_channel(swarm), Outbox()
    yield OPENING
    if after is None and await _forgotten(live, user, swarm):
        yield reload_bytes(Reload(channel, await live.services.log.last(channel)))
    feed = Feed(live.tail, channel, outbox, after=after or BEGINNING)
    over = False
    try:
        while True:
            came = await _take(outbox, GRACE_SECONDS if over else HEARTBEAT_SECONDS)
            if over and not came:
                return
            if not came or any(isinstance(one, CaughtUp) for one in came):
                over = await _over(live.services, user, swarm)
            data, last = _shown(came)
            yield data or (b"" if came else HEARTBEAT)
            if last is not None and await _over(live.services, user, swarm):
                over = True
                if last == await live.services.log.last(channel):
                    return
            if any(isinstance(one, Failed) for one in came):
                return
    except TooSlow:
        return
    finally:
        feed.close()


def _shown(came: Sequence[Item]) -> tuple[bytes, str | None]:
    """What is told of what came; and the number of the swarm's end, if that was the last thing."""
    parts: list[bytes] = []
    last: str | None = None
    for one in came:
        if isinstance(one, Reload):
            parts.append(reload_bytes(one))
        elif not isinstance(one, CaughtUp | Failed | str):
            shown = [entry for entry in one.entries if _tells(entry)]
            parts.append(events_bytes(shown))
            last = next((entry.seq for entry in shown[-1:] if _is_end(entry)), None)
    return b"".join(parts), last


def _tells(entry: Entry) -> bool:
    """Whether it says that an item has ended, or the swarm."""
    told = orjson.loads(entry.data)
    return told["type"] == "swarm_update" and (told["item"] or told)["status"] in OVER


def _is_end(entry: Entry) -> bool:
    told = orjson.loads(entry.data)
    return told["item"] is None and told["status"] in OVER


async def _take(outbox: Outbox, seconds: float) -> Sequence[Item]:
    try:
        async with asyncio.timeout(seconds):
            return await outbox.take()
    except TimeoutError:
        return ()


async def _over(services: Services, user: UserId, swarm: UUID) -> bool:
    async with services.db.as_user(user) as conn:
        row = await store.find(conn, swarm)
    return row is None or row.over


async def _forgotten(live: Live, user: UserId, swarm: UUID) -> bool:
    """Whether items have ended of which the log knows nothing any more."""
    if await live.services.log.read(swarm_channel(swarm), after=BEGINNING, limit=1):
        return False
    async with live.services.db.as_user(user) as conn:
        row = await store.find(conn, swarm)
    return row is not None and row.completed + row.failed > 0
