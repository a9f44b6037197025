"""The events of one turn to its end, for doors that answer one command: event streams and plain JSON."""

import asyncio
from collections.abc import AsyncGenerator

from actors.session.commands import Posted
from actors.stores import conversations
from cluster.events.log import Entry
from cluster.events.names import conversation_channel
from cluster.ids import TurnId, UserId
from serve.live.feed import Feed
from serve.live.live import Live
from serve.live.outbox import Batch, CaughtUp, Failed, Item, Outbox, Reload

HEARTBEAT_SECONDS = 15.0
GRACE_SECONDS = 2.0
"""How long the last event may take once the database says that the turn has ended."""
ENDED = b'{"type":"turn_ended"'
Happening = list[Entry] | Reload | None
"""Events, or word that some are gone, or nothing for a while."""


async def turn_events(live: Live, user: UserId, posted: Posted, *, after: str | None) -> AsyncGenerator[Happening]:
    """What happens in a turn after a sequence number (from its beginning when None), until it has ended.

    Raises TooSlow, Unavailable, or Invalid when `after` is no sequence number.
    """
    outbox = Outbox()
    feed = Feed(live.tail, conversation_channel(posted.conversation_id), outbox, after=after or posted.seq)
    needle = b'"turn_id":"%b"' % str(posted.turn_id).encode()
    over = False
    try:
        while True:
            items = await _take(outbox, GRACE_SECONDS if over else HEARTBEAT_SECONDS)
            if over and not items:
                return
            if not items or any(isinstance(item, CaughtUp) for item in items):
                over = await has_ended(live, user, posted.turn_id)
            for happening in (_happening(item, needle) for item in items) if items else (None,):
                if happening != []:
                    yield happening
                if isinstance(happening, list) and happening and happening[-1].data.startswith(ENDED):
                    return
    finally:
        feed.close()


async def has_ended(live: Live, user: UserId, turn: TurnId) -> bool:
    """Whether the database says that a turn is over."""
    async with live.services.db.as_user(user) as conn:
        state = await conversations.turn(conn, turn)
    return state is None or state.status not in ("queued", "running")


async def _take(outbox: Outbox, seconds: float) -> list[Item]:
    """What is there within a time."""
    try:
        async with asyncio.timeout(seconds):
            return await outbox.take()
    except TimeoutError:
        return []


def _happening(item: Item, needle: bytes) -> list[Entry] | Reload:
    """What an item says about the turn, up to the turn's end. Raises what the feed failed with."""
    match item:
        case Reload():
            return item
        case Failed():
            raise item.error
        case Batch():
            mine = [entry for entry in item.entries if needle in entry.data]
            ends = next((place for place, entry in enumerate(mine, 1) if entry.data.startswith(ENDED)), None)
            return mine[:ends]
        case _:
            return []
