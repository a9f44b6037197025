"""The WebSocket: commands in, answers and events out, by the shapes in `serve/wire.py`.

One task group for each socket. A command is acknowledged when its session has made it durable; its turn is never waited
for here. Whoever sends the same command again after a lost connection, with the same id, gets the same turn.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, TypeAdapter, ValidationError
from redis.exceptions import RedisError
from starlette.websockets import WebSocket, WebSocketDisconnect

from cluster.errors import ApexError, TooLarge
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, TurnId, UserId
from cluster.telemetry import traces
from cluster.telemetry.catalogue import SOCKETS_OPEN
from serve import socket_wire, wire
from serve.accounts import tickets
from serve.errors import RateLimited
from serve.guards import keys_of
from serve.live.answers import error_of, id_in, nonsense
from serve.live.channels import may_follow
from serve.live.commands import conversation_of
from serve.live.feed import Feed
from serve.live.flood import Flood
from serve.live.lanes import Lanes
from serve.live.live import Live, live_of
from serve.live.outbox import Batch, Failed, Item, Outbox, Reload, TooSlow
from serve.live.permits import Permit
from serve.live.visits import Visits, realm_of

log = logging.getLogger(__name__)
router = APIRouter()
commands: TypeAdapter[socket_wire.SocketCommand] = TypeAdapter(socket_wire.SocketCommand)

HEARTBEAT_SECONDS = 30
"""How often a client says that it is there (`ping`)."""
SILENCE_SECONDS = 75.0
"""A client that was not heard for this long is gone."""
WRITE_SECONDS = 30.0
"""How long a client may take for what was ready at once."""
CLOSE_SECONDS = 5.0
MOST_CHANNELS = 200
FRAME = 4096
"""Bytes of a command besides its message."""
LARGE_COST = 10.0
"""What a message that is too large counts for against floods."""

BAD_TICKET, TOO_SLOW, SILENT, FLOOD, GOING_AWAY, TRY_LATER = 4401, 4408, 4409, 4429, 1001, 1013


class Hangup(Exception):
    """The socket ends; a code of None means that the client has left already."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@router.websocket("/ws")
async def open_socket(websocket: WebSocket, ticket: str = "") -> None:
    """Commands and events over a WebSocket. The ticket is one of `POST /auth/ws-ticket`."""
    live = live_of(websocket)
    await websocket.accept()
    try:
        holder = await tickets.redeem(live.services.redis, ticket)
    except (RedisError, OSError):
        return await websocket.close(TRY_LATER, "tickets cannot be checked at the moment")
    if holder is None:
        return await websocket.close(BAD_TICKET, "this ticket is unknown, used or expired")
    await Socket(websocket, live, holder.user, Permit(keys_of(websocket), holder)).run()


class Socket:
    """One open socket of one user."""

    def __init__(self, websocket: WebSocket, live: Live, user: UserId, permit: Permit) -> None:
        self._websocket = websocket
        self._live = live
        self._user = user
        self._permit = permit
        self._outbox = Outbox()
        self._flood = Flood()
        self._feeds: dict[str, Feed] = {}
        self._visits = Visits(live.services, user)
        self._largest = 4 * live.services.settings.max_message_chars + FRAME

    async def run(self) -> None:
        """Serve the socket until either side ends it."""
        self._tell(socket_wire.SocketReady(user_id=self._user, heartbeat_seconds=HEARTBEAT_SECONDS))
        hangup = Hangup(GOING_AWAY, "the server is going away")
        SOCKETS_OPEN.add(1.0)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._lanes = Lanes(tasks)
                tasks.create_task(self._write(), name="socket writer")
                tasks.create_task(self._go_away(), name="socket end")
                if self._permit.ends:
                    tasks.create_task(self._outlive_no_key(), name="socket's key")
                await self._read()
        except* Hangup as group:
            hangup = _first(group)
        finally:
            SOCKETS_OPEN.add(-1.0)
            for feed in self._feeds.values():
                feed.close()
            await self._close(hangup)
            await self._visits.end()

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await self._websocket.receive()
            except TimeoutError as error:
                raise Hangup(SILENT, "nothing was heard from you; send pings") from error
            if message["type"] == "websocket.disconnect":
                raise Hangup(None)
            self._heed(message.get("text") or message.get("bytes") or "")

    def _heed(self, raw: str | bytes) -> None:
        too_large = len(raw) > self._largest
        wait = self._flood.take(LARGE_COST if too_large else 1.0)
        if self._flood.goes_on:
            raise Hangup(FLOOD, "too many messages")
        try:
            if wait:
                raise RateLimited("too many messages on this socket", round(wait, 3))
            if too_large:
                raise TooLarge(f"a message has at most {self._largest} bytes")
            self._dispatch(commands.validate_json(raw))
        except ValidationError as error:
            self._tell(nonsense(raw, error))
        except ApexError as error:
            self._tell(error_of(error, None if too_large else id_in(raw)))

    def _dispatch(self, command: socket_wire.SocketCommand) -> None:
        match command:
            case socket_wire.SocketPing():
                self._tell(socket_wire.SocketPong())
                self._put("presence", command, self._visits.stay)
            case socket_wire.SocketUnsubscribe():
                self._put(command.channel, command, lambda: self._unsubscribe(command))
            case socket_wire.SocketSubscribe():
                self._put(command.channel, command, lambda: self._subscribe(command))
            case socket_wire.SocketChat():
                conversation = conversation_of(self._user, command.id, command)
                self._put(conversation_channel(conversation), command, lambda: self._chat(command))
            case socket_wire.SocketRegenerate():
                lane = conversation_channel(command.conversation_id)
                self._put(lane, command, lambda: self._regenerate(command))
            case socket_wire.SocketAnswer():
                self._put(f"approval:{command.approval_id}", command, lambda: self._answer(command))
            case socket_wire.SocketStop():
                self._put(conversation_channel(command.conversation_id), command, lambda: self._stop(command))

    def _put(self, lane: str, command: socket_wire.SocketCommand, work: Callable[[], Awaitable[None]]) -> None:
        """Whatever goes wrong with a command is told to its sender, and ends nothing else."""
        id: str | None = getattr(command, "id", None)

        async def told() -> None:
            try:
                await self._permit.check(command)
                await work()
            except ApexError as error:
                self._tell(error_of(error, id))
            except Exception as error:
                number = uuid4()
                log.error("incident %s", number, exc_info=error)
                title, detail = "Something went wrong on our side.", f"incident {number}"
                self._tell(socket_wire.SocketError(code="internal", title=title, detail=detail, id=id))

        self._lanes.put(lane, told)

    async def _chat(self, command: socket_wire.SocketChat) -> None:
        await self._live.limits.message(self._user)
        with traces.span("message", kind="server", attributes={"network.protocol.name": "websocket"}):
            posted = await self._live.commands.send(self._user, command.id, command)
        accepted = wire.Accepted.model_validate(posted)
        self._tell(socket_wire.SocketAccepted(id=command.id, **accepted.model_dump()))
        self._follow(conversation_channel(posted.conversation_id), after=posted.seq)

    async def _regenerate(self, command: socket_wire.SocketRegenerate) -> None:
        await self._live.limits.message(self._user)
        conversation = ConversationId(command.conversation_id)
        with traces.span("regenerate", kind="server", attributes={"network.protocol.name": "websocket"}):
            posted = await self._live.commands.regenerate(self._user, command.id, conversation, command)
        accepted = wire.Accepted.model_validate(posted)
        self._tell(socket_wire.SocketAccepted(id=command.id, **accepted.model_dump()))
        self._follow(conversation_channel(conversation), after=posted.seq)

    async def _stop(self, command: socket_wire.SocketStop) -> None:
        turn = TurnId(command.turn_id) if command.turn_id else None
        await self._live.commands.stop(self._user, ConversationId(command.conversation_id), turn)

    async def _answer(self, command: socket_wire.SocketAnswer) -> None:
        await self._live.commands.answer(self._user, command.id, command.approval_id, command)

    async def _subscribe(self, command: socket_wire.SocketSubscribe) -> None:
        await may_follow(self._live.services.db, self._user, command.channel)
        if command.after is not None and command.channel in self._feeds:
            self._feeds.pop(command.channel).close()
        # What comes after `subscribed` is heard, so "from now on" is fixed before that is said.
        after = command.after or await self._live.services.log.last(command.channel)
        self._follow(command.channel, after=after, answer=True)
        await self._visits.enter(command.channel)

    async def _unsubscribe(self, command: socket_wire.SocketUnsubscribe) -> None:
        feed = self._feeds.pop(command.channel, None)
        if feed is not None:
            feed.close()
            await self._visits.leave(command.channel)

    def _follow(self, channel: str, *, after: str, answer: bool = False) -> None:
        """Follow a channel that may be followed; a running feed has everything already."""
        if channel not in self._feeds and len(self._feeds) >= MOST_CHANNELS:
            raise RateLimited(f"a socket follows at most {MOST_CHANNELS} channels")
        if answer:
            self._tell(socket_wire.SocketSubscribed(channel=channel))
        if channel not in self._feeds:
            self._feeds[channel] = Feed(self._live.tail, channel, self._outbox, after=after)

    def _tell(self, answer: BaseModel) -> None:
        self._outbox.push(answer.model_dump_json())

    async def _go_away(self) -> None:
        """Send the client elsewhere when this process is to end. It misses nothing: it comes back with its last seq."""
        await self._live.leaving.wait()
        raise Hangup(GOING_AWAY, "the server is going away")

    async def _outlive_no_key(self) -> None:
        await self._permit.ended()
        raise Hangup(BAD_TICKET, "the key that opened this socket has ended")

    async def _write(self) -> None:
        try:
            while True:
                items = await self._permitted(await self._outbox.take())
                async with asyncio.timeout(WRITE_SECONDS):
                    for item in items:
                        for text in self._texts(item):
                            await self._websocket.send({"type": "websocket.send", "text": text})
        except (TooSlow, TimeoutError) as error:
            raise Hangup(TOO_SLOW, "you read too slowly; come back with your last seq") from error
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            raise Hangup(None) from error

    async def _permitted(self, items: list[Item]) -> list[Item]:
        """What the person may see now. Who belongs to a realm changes, and events that came after that are not theirs.

        The question is asked after the events were published, so whoever was sent away before gets none of them.
        """
        for channel in {item.channel for item in items if isinstance(item, Batch) and realm_of(item.channel)}:
            try:
                await may_follow(self._live.services.db, self._user, channel)
            except ApexError as error:
                if (feed := self._feeds.pop(channel, None)) is not None:
                    feed.close()
                    items.append(Failed(channel, error))
                    await self._visits.leave(channel)
                items = [item for item in items if not isinstance(item, Batch) or item.channel != channel]
        return items

    def _texts(self, item: Item) -> list[str]:
        match item:
            case Batch():
                return item.texts
            case str():
                return [item]
            case Reload():
                return [socket_wire.SocketReload(channel=item.channel, seq=item.seq).model_dump_json()]
            case Failed():
                self._feeds.pop(item.channel, None)
                return [error_of(item.error, None, about=item.channel).model_dump_json()]
            case _:
                return []

    async def _close(self, hangup: Hangup) -> None:
        if hangup.code is not None:
            with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._websocket.close(hangup.code, hangup.reason)


def _first(group: BaseExceptionGroup[Hangup]) -> Hangup:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
