"""What the clients of all doors have in common: one conversation at a time, its display, and the record of it."""

import asyncio
import random
import time
from abc import ABC, abstractmethod

import httpx

from tests.chaos.display import Display, Json
from tests.chaos.history import History
from tests.chaos.script import Said, Script

MEND_SECONDS = 2.0
"""Until what could not be fetched is tried again, as the page does."""
FIRST_DELAY, LONGEST_DELAY = 0.3, 20.0
"""Seconds before a lost line is opened again: the page's."""
PASSING = {"rate_limited", "unavailable", "temporary", "busy", "internal"}
"""Errors after which the same command is sent again. `internal` is an incident, which the report counts."""


class Chatter(ABC):
    """A client that says what its script has, waits for the ends of the turns, and says the next."""

    def __init__(self, history: History, script: Script) -> None:
        self.history = history
        self._script = script
        self._display = Display()
        self._conversation: str | None = None
        self._last = "0-0"
        self._changed = asyncio.Event()

    async def talk(self, stop: asyncio.Event) -> None:
        """Talk until told to stop, and then until every answer is there."""
        while not stop.is_set():
            burst = self._script.next()
            if burst[0].begins:
                await self._leave()
                self._conversation, self._last, self._display = None, "0-0", Display()
            self.history.said.extend(burst)
            await self._say(burst)

    @abstractmethod
    def cut(self) -> None:
        """Break the line that this client has, as a bad network does."""

    @abstractmethod
    async def _say(self, burst: list[Said]) -> None:
        """Send messages and wait until all of them are answered, or refused."""

    @abstractmethod
    async def _leave(self) -> None:
        """Follow the conversation no longer."""

    def _accepted(self, said: Said, turn: str, conversation: str) -> None:
        said.turns.setdefault(turn, time.monotonic())
        said.conversation = conversation
        self._conversation = conversation
        self._settle()

    def _command(self, said: Said) -> Json:
        said.sent.append(time.monotonic())
        return {"message": said.text, "conversation_id": None if said.begins else self._conversation}

    def _take(self, event: Json) -> None:
        """Take an event of the conversation."""
        self.history.heard(event)
        self._display.apply(event)
        self._settle()

    @abstractmethod
    async def _mend(self) -> None:
        """Fetch what the events did not bring, if anything. Raises what one does when nobody answers."""

    def _loaded(self, detail: Json) -> None:
        """Take the state of the conversation."""
        self.history.sign_of_life()
        self._display.hydrate(detail)
        self._last = detail["seq"]
        self._settle()

    def _settle(self) -> None:
        """Note what stands on the screen for turns that are over, once nothing of it has to be fetched."""
        for said in self.history.open if self._display.settled else ():
            shown = self._display.turns.get(said.turn or "")
            if shown is not None and shown.over:
                said.over, said.shown = shown.over, shown.texts
        self._changed.set()

    async def _until(self, burst: list[Said]) -> None:
        while any(not said.over and said.refused is None for said in burst):
            await self._changed.wait()
            self._changed.clear()


class Visitor(Chatter):
    """A client of the door."""

    def __init__(self, http: httpx.AsyncClient, history: History, script: Script) -> None:
        super().__init__(history, script)
        self._http = http

    async def _mend(self) -> None:
        """Fetch what the events did not bring, if anything. Raises HTTPError."""
        conversation = f"/chat/conversations/{self._conversation}"
        if self._display.stale:
            self._loaded((await self._http.get(conversation)).raise_for_status().json())
        for id in list(self._display.wanted):
            found = await self._http.get(f"{conversation}/messages/{id}")
            self._display.fetched(found.raise_for_status().json())
        self._settle()


def delay(attempts: int) -> float:
    """Seconds before another attempt, with the jitter that keeps clients from coming back at the same moment."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempts, 10)) * random.uniform(0.5, 1.0)
