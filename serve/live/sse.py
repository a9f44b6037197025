"""The log as server-sent events: `id` is the sequence number, `event` the type, `data` what a socket gets.

The bytes follow from the entry alone, so a stream that is resumed with Last-Event-ID goes on as if nothing had been.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing

from starlette.responses import StreamingResponse

from cluster.events.log import Entry
from serve import socket_wire
from serve.live.feed import Feed
from serve.live.live import Live
from serve.live.outbox import Batch, Failed, Outbox, Reload, TooSlow
from serve.live.turns import HEARTBEAT_SECONDS, Happening

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
HEARTBEAT = b": still here\n\n"
OPENING = b": the log begins\nretry: 1000\n\n"


def wants_events(accept: str | None) -> bool:
    """Whether a client asked for an event stream."""
    return accept is not None and any(
        part.partition(";")[0].strip().lower() == "text/event-stream" for part in accept.split(",")
    )


def event_response(events: AsyncIterator[bytes]) -> StreamingResponse:
    """An answer that streams."""
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


async def while_here(live: Live, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The stream until this process is to end; clients then go on elsewhere, after the last id that they got."""
    leaving = asyncio.ensure_future(live.leaving.wait())
    async with aclosing(events):
        try:
            while not leaving.done():
                step = asyncio.ensure_future(anext(events, None))
                try:
                    await asyncio.wait({step, leaving}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    await put_down(step)
                if step.cancelled() or (data := step.result()) is None:
                    return
                yield data
        finally:
            leaving.cancel()


async def stream_of(happenings: AsyncGenerator[Happening]) -> AsyncGenerator[bytes]:
    """What happens, as an event stream. A client that is too slow finds the stream ended, and resumes."""
    try:
        async with aclosing(happenings):
            yield OPENING
            async for happening in happenings:
                if happening is None:
                    yield HEARTBEAT
                elif isinstance(happening, Reload):
                    yield reload_bytes(happening)
                else:
                    yield events_bytes(happening)
    except TooSlow:
        return


async def channel_stream(live: Live, channel: str, *, after: str) -> AsyncGenerator[bytes]:
    """A channel from a sequence number on, until the client leaves."""
    outbox = Outbox()
    feed = Feed(live.tail, channel, outbox, after=after)
    try:
        yield OPENING
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    items = await outbox.take()
            except TimeoutError:
                yield HEARTBEAT
                continue
            for item in items:
                if isinstance(item, Batch):
                    yield events_bytes(item.entries)
                elif isinstance(item, Reload):
                    yield reload_bytes(item)
                elif isinstance(item, Failed):
                    return
    except TooSlow:
        return
    finally:
        feed.close()


async def put_down(step: "asyncio.Future[bytes | None]") -> None:
    """Cancel what is not done, and wait for its end."""
    step.cancel()
    await asyncio.wait({step})


def events_bytes(entries: Iterable[Entry]) -> bytes:
    """Entries as server-sent events."""
    return b"".join(
        [
            b"id: %b\nevent: %b\ndata: %b\n\n" % (entry.seq.encode(), entry.type.encode(), entry.wire())
            for entry in entries
        ]
    )


def reload_bytes(reload: Reload) -> bytes:
    """Word that events are gone. Its id is where the stream goes on."""
    told = socket_wire.SocketReload(channel=reload.channel, seq=reload.seq).model_dump_json()
    return f"id: {reload.seq}\nevent: reload\ndata: {told}\n\n".encode()
