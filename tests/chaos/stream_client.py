"""A client on plain HTTP: each answer is an event stream, taken up again with the same key and the last event's id."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import orjson

from tests.chaos.chatter import MEND_SECONDS, Visitor, delay
from tests.chaos.display import Json
from tests.chaos.script import Said

READ_SECONDS = 40.0
"""A stream says at least every fifteen seconds that it is there."""
LOST = (httpx.HTTPError, OSError, TimeoutError)


class Cut(OSError):
    """The line was broken on purpose."""


class StreamClient(Visitor):
    """A program that asks and reads."""

    _reading: asyncio.Task[bool] | None = None

    def cut(self) -> None:
        """Break the stream that is read now."""
        if self._reading is not None:
            self._reading.cancel()

    async def _say(self, burst: list[Said]) -> None:
        for said in burst:
            self._last = ""
            attempts = 0
            while not said.over and said.refused is None:
                began = self.history.events
                if not await self._attempt(said):
                    self.history.lines_lost += 1
                    attempts = 0 if self.history.events > began else attempts
                    await asyncio.sleep(delay(attempts))
                    attempts += 1

    async def _leave(self) -> None:
        """Each stream ends by itself."""

    async def _attempt(self, said: Said) -> bool:
        """Ask, and read to the end of the answer. False when the line was lost or the command put off."""
        self._reading = asyncio.create_task(self._ask(said))
        try:
            await asyncio.wait({self._reading})
            return not self._reading.cancelled() and self._reading.result()
        except LOST:
            return False
        finally:
            self._reading.cancel()

    async def _ask(self, said: Said) -> bool:
        headers = {"Accept": "text/event-stream", "Idempotency-Key": said.key}
        headers |= {"Last-Event-ID": self._last} if self._last else {}
        time_limit = httpx.Timeout(10.0, read=READ_SECONDS)
        command = self._command(said)
        async with self._http.stream(
            "POST", "/chat/message", json=command, headers=headers, timeout=time_limit
        ) as answer:
            if answer.status_code != 200:
                return self._refused(said, answer, await answer.aread())
            self._accepted(said, answer.headers["X-Turn-Id"], answer.headers["X-Conversation-Id"])
            async for seq, event in events(answer):
                await self._heard(seq, event)
        if not said.over:
            # The stream ended in order and without the turn's last event: its end is in the conversation's state.
            self._display.stale = True
            await self._fetch()
        return True

    def _refused(self, said: Said, answer: httpx.Response, body: bytes) -> bool:
        # What stands before the door (HAProxy) answers without a problem's type while no replica is up.
        problem: Json = orjson.loads(body) if "problem+json" in answer.headers.get("content-type", "") else {}
        code = str(problem.get("type", "unavailable")).rpartition(":")[2]
        said.put_off.append(f"{code}: {problem.get('detail') or problem.get('title') or answer.status_code}")
        if problem and answer.status_code < 429:
            said.refused = code
        return False

    async def _heard(self, seq: str, event: Json) -> None:
        self._last = seq
        if event["type"] == "reload":
            self.history.reloads += 1
            self._display.stale = True
        elif "turn_id" in event:
            self._take(event)
        if not self._display.settled:
            await self._fetch()
            self._last = seq

    async def _fetch(self) -> None:
        while not self._display.settled:
            try:
                await self._mend()
            except LOST:
                await asyncio.sleep(MEND_SECONDS)


async def events(answer: httpx.Response) -> AsyncGenerator[tuple[str, Json]]:
    """Server-sent events with their ids."""
    seq, data = "", ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        match name:
            case "id":
                seq = value.strip()
            case "data":
                data = value.strip()
            case "" if data:
                yield seq, orjson.loads(data)
                data = ""
            case _:
                pass
