"""One actor in memory: its mailbox, one turn at a time, and what gets through meanwhile."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from cluster.errors import Busy
from cluster.ids import HostId
from cluster.runtime.actor import ActorId, Fenced
from cluster.runtime.departure import Departure
from cluster.runtime.envelope import Answered, Message, Moved, Raised, Reply, Severed
from cluster.runtime.errors import ActorFailed
from cluster.runtime.hosts.flow import Flow
from cluster.runtime.kinds import WAKE, Kind
from cluster.runtime.seen import received
from cluster.telemetry.logs import ABOUT

log = logging.getLogger(__name__)
CURRENT: ContextVar[ActorId | None] = ContextVar("current_actor", default=None)
"""The actor whose code runs here."""
DEACTIVATE_SECONDS = 10.0
GAVE_UP = Severed("the host gave the actor up")

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


@dataclass(slots=True, eq=False)
class Letter:
    """A message in a mailbox, and where its outcome goes: to a waiting caller, to a receiver, or (tell) nowhere."""

    message: Message
    reply: "asyncio.Future[Reply] | None" = None
    flow: Flow | None = None
    pouring: "asyncio.Task[None] | None" = None
    withdrawn: bool = False

    def settle(self, outcome: Reply) -> None:
        """Hand over the outcome. A caller who went away is not looked for."""
        if self.flow is not None:
            self.flow.finish(outcome)
        elif self.reply is not None:
            if not self.reply.done():
                self.reply.set_result(outcome)
        elif isinstance(outcome, Raised):
            log.error("%s.%s failed", self.message.actor, self.message.method, exc_info=outcome.error)

    def withdraw(self) -> None:
        """The receiver closed the stream: so does the generator."""
        self.withdrawn = True
        if self.pouring is not None:
            self.pouring.cancel()


class Incarnation:
    """An actor while a host has it. `woken` ends with None, or with the reply that says why it could not wake."""

    def __init__(self, actor: ActorId, kind: Kind, spawn: Spawn, fenced: "Callable[[Incarnation], None]") -> None:
        loop = asyncio.get_running_loop()
        self.actor = actor
        self.kind = kind
        self.epoch: int | None = None
        self.host: HostId | None = None
        self.instance: Any = None
        self.woken: asyncio.Future[Reply | None] | None = loop.create_future()
        self.gone: asyncio.Event | None = None
        self.departure = Departure()
        self._fenced = fenced
        self.used_at = loop.time()
        self._spawn = spawn
        self._mailbox: deque[Letter] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._working = False

    @property
    def waiting(self) -> int:
        """Messages that wait in the mailbox."""
        return len(self._mailbox)

    @property
    def busy(self) -> bool:
        """Whether anything runs, or waits to be run here."""
        return self.working or (bool(self._mailbox) and not self.departure.asked.is_set())

    @property
    def working(self) -> bool:
        """Whether anything runs."""
        return self.woken is not None or bool(self._tasks)

    def begin(self, waking: Coroutine[Any, Any, None]) -> None:
        """Start waking it."""
        self._run(waking)

    def rise(self, instance: Any) -> None:
        """It is active: what waits in the mailbox begins."""
        self.instance = instance
        self._end_waking(None)
        self._go_on()

    def stay_down(self, why: Reply) -> None:
        """It could not be woken: everyone who waits gets to know why."""
        self._end_waking(why)
        for letter in self._mailbox:
            letter.settle(why)
        self._mailbox.clear()

    def accept(self, letter: Letter, *, interleaves: bool) -> Reply | None:
        """Take a message. None when it was taken, else the refusal."""
        direct = interleaves and self.woken is None
        if len(self._tasks if direct else self._mailbox) >= self.kind.mailbox:
            return Raised(Busy(f"the mailbox of {self.actor} is full"))
        self.used_at = asyncio.get_running_loop().time()
        if direct:
            self._run(self._carry_out(letter))
        else:
            self._mailbox.append(letter)
            self._go_on()
        return None

    def drop(self) -> "set[asyncio.Task[None]]":
        """Stop everything at once, without letting the actor put itself away. Answers what is still ending."""
        self.stay_down(Moved())
        for task in self._tasks:
            task.cancel()
        return set(self._tasks)

    async def finish(self) -> None:
        """Wait until nothing runs, nor waits to be run here."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def hand_on(self) -> list[Message]:
        """Empty the mailbox of one who has left: callers ask elsewhere; answers what nobody waits for."""
        left = list(self._mailbox)
        self._mailbox.clear()
        for letter in left:
            letter.settle(Moved())
        return [letter.message for letter in left if letter.reply is None and letter.flow is None]

    async def deactivate(self) -> None:
        """Let the actor put itself away, within a limit. Its failure is logged: its truth is in the database."""
        method = getattr(self.instance, "deactivate", None)
        if method is None:
            return
        CURRENT.set(self.actor)
        try:
            async with asyncio.timeout(DEACTIVATE_SECONDS):
                await method()
        except Exception:
            log.exception("%s failed while it was put away", self.actor)

    def _end_waking(self, outcome: Reply | None) -> None:
        if self.woken is not None and not self.woken.done():
            self.woken.set_result(outcome)
        self.woken = None

    def _go_on(self) -> None:
        if self.woken is None and self._mailbox and not self._working and not self.departure.asked.is_set():
            self._working = True
            self._run(self._work())

    def _run(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = self._spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self.used_at = asyncio.get_running_loop().time()

    async def _work(self) -> None:
        try:
            while self._mailbox and not self.departure.asked.is_set():
                letter = self._mailbox.popleft()
                if letter.flow is None:
                    await self._carry_out(letter)
                else:
                    await asyncio.wait({self._run(self._carry_out(letter))})
        finally:
            self._working = False

    async def _carry_out(self, letter: Letter) -> None:
        CURRENT.set(self.actor)
        ABOUT.set({"actor": self.actor})
        message = letter.message
        if letter.withdrawn:
            return
        try:
            if message.method == WAKE:
                letter.settle(Answered())
            elif letter.flow is not None:
                letter.pouring = asyncio.current_task()
                with received(message):
                    await self._pour(message, letter.flow)
                letter.settle(Answered())
            else:
                method = getattr(self.instance, message.method)
                with received(message):
                    value = await method(*message.args, **message.kwargs)
                letter.settle(Answered(value))
        except Fenced:
            letter.settle(Severed("another incarnation of the actor took over"))
            self._fenced(self)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                letter.settle(GAVE_UP)
                raise
            letter.settle(Raised(ActorFailed("the actor cancelled itself")))
        except (Exception, SystemExit) as error:
            letter.settle(Raised(error if isinstance(error, Exception) else ActorFailed("the actor called exit")))

    async def _pour(self, message: Message, flow: Flow) -> None:
        generator = getattr(self.instance, message.method)(*message.args, **message.kwargs)
        async with aclosing(generator):
            async for item in generator:
                await flow.put(item)
