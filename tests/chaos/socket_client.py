"""A client on a WebSocket. Lines break; what it follows goes on where it stopped, and a command is sent until accepted.

It keeps the page's times and rules (`ui/src/socket.ts`, `commands.ts`, `channels.ts`).
"""

import asyncio
import time
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from cluster.events.log import order
from tests.chaos.chatter import MEND_SECONDS, PASSING, Visitor, delay
from tests.chaos.display import Json
from tests.chaos.history import History
from tests.chaos.script import Said, Script

READY_SECONDS = 10.0
PULSE_SECONDS = 20.0
ALIVE_SECONDS = 10.0
ACCEPT_SECONDS = 20.0
AGAIN_SECONDS = 1.0
LOST = (httpx.HTTPError, OSError, WebSocketException, TimeoutError)


class SocketClient(Visitor):
    """One page, so to speak."""

    def __init__(self, url: str, http: httpx.AsyncClient, history: History, script: Script) -> None:
        super().__init__(http, history, script)
        self._address = f"{url.replace('http', 'ws', 1)}/api/v1/ws?ticket="
        self._line: ClientConnection | None = None
        self._waiting: dict[str, Said] = {}
        self._mending = asyncio.Event()

    async def talk(self, stop: asyncio.Event) -> None:
        """Talk until told to stop, and then until every answer is there."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            chores = [tasks.create_task(work) for work in (self._keep_line(), self._keep_mended())]
            await super().talk(stop)
            for chore in chores:
                chore.cancel()

    def cut(self) -> None:
        """Break the line."""
        if self._line is not None:
            self._line.transport.abort()

    async def _say(self, burst: list[Said]) -> None:
        for said in burst:
            self._waiting[said.key] = said
            await self._send_chat(said)
        await self._until(burst)

    async def _leave(self) -> None:
        if self._conversation is not None:
            await self._send({"type": "unsubscribe", "channel": f"conversation:{self._conversation}"})

    async def _send_chat(self, said: Said) -> None:
        if self._line is not None and said.key in self._waiting:
            await self._send({"type": "chat", "id": said.key, **self._command(said)})

    async def _subscribe(self) -> None:
        if self._conversation is not None:
            channel = f"conversation:{self._conversation}"
            await self._send({"type": "subscribe", "channel": channel, "after": self._last})

    async def _send(self, command: Json) -> None:
        """Send it if there is a line. One that breaks meanwhile is noticed by whoever listens to it."""
        try:
            if self._line is not None:
                await self._line.send(orjson.dumps(command).decode())
        except LOST:
            return

    async def _keep_line(self) -> None:
        attempts = 0
        while True:
            try:
                ticket = (await self._http.post("/auth/ws-ticket")).raise_for_status().json()["ticket"]
                async with connect(
                    self._address + ticket, compression=None, max_size=None, ping_interval=None, close_timeout=1
                ) as line:
                    async with asyncio.timeout(READY_SECONDS):
                        assert orjson.loads(await line.recv())["type"] == "ready"
                    attempts, self._line = 0, line
                    await self._subscribe()
                    for said in list(self._waiting.values()):
                        await self._send_chat(said)
                    await self._listen(line)
            except LOST:
                self._line = None
                self.history.lines_lost += 1
            await asyncio.sleep(delay(attempts))
            attempts += 1

    async def _listen(self, line: ClientConnection) -> None:
        heard = pinged = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(1.0):
                    data = await line.recv()
            except TimeoutError:
                now = time.monotonic()
                if self._overdue(now) or now - heard > PULSE_SECONDS + ALIVE_SECONDS:
                    raise
                if now - max(heard, pinged) > PULSE_SECONDS:
                    pinged = now
                    await self._send({"type": "ping"})
                continue
            heard = time.monotonic()
            await self._hear(orjson.loads(data))

    def _overdue(self, now: float) -> bool:
        return any(said.sent and now - said.sent[-1] > ACCEPT_SECONDS for said in self._waiting.values())

    async def _hear(self, event: Json) -> None:
        match event["type"]:
            case "accepted":
                said = self._waiting.pop(event["id"], None)
                if said is not None:
                    self._accepted(said, event["turn_id"], event["conversation_id"])
                    if said.begins:
                        await self._subscribe()
            case "error":
                self._refused(event)
            case "reload":
                if order(event["seq"]) >= order(self._last):
                    self.history.reloads += 1
                    self._last = event["seq"]
                    self._display.stale = True
            case _ if "turn_id" in event and event["conversation_id"] == self._conversation:
                if order(event["seq"]) <= order(self._last):
                    self.history.repeated += 1
                else:
                    self._last = event["seq"]
                    self._take(event)
            case _:
                pass
        if not self._display.settled:
            self._mending.set()

    def _refused(self, event: Json) -> None:
        said = self._waiting.get(event["id"] or "")
        passing = event["code"] in PASSING or event["retry_after"] is not None
        if said is not None:
            said.put_off.append(f"{event['code']}: {event.get('detail') or event['title']}")
        if passing:
            wait = max(event["retry_after"] or 0.0, AGAIN_SECONDS * min(len(said.put_off) if said else 1, 5))
            self._tasks.create_task(self._later(wait, said))
        elif said is not None:
            said.refused = event["code"]
            del self._waiting[said.key]
            self._changed.set()

    async def _later(self, wait: float, said: Said | None) -> None:
        """On this line only: a new one asks for everything anew."""
        line = self._line
        await asyncio.sleep(wait)
        if line is self._line:
            await (self._subscribe() if said is None else self._send_chat(said))

    async def _keep_mended(self) -> None:
        while True:
            await self._mending.wait()
            self._mending.clear()
            was_stale: Any = self._display.stale
            try:
                await self._mend()
            except LOST:
                await asyncio.sleep(MEND_SECONDS)
                self._mending.set()
                continue
            if was_stale:
                await self._send({"type": "unsubscribe", "channel": f"conversation:{self._conversation}"})
                await self._subscribe()
