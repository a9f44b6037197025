"""Time, machines and chance for a simulation: one queue of events, one seed, and everything that can go wrong in it.

Work is a generator that yields what it waits for: seconds (on its machine's own clock), a Query to the database, or a
Box that somebody fills. Nothing here is asynchronous, so that a schedule costs milliseconds and replays from its seed.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any

from cluster.errors import ApexError

Work = Generator[Any, Any, Any]


class Trouble(Exception):
    """The database does not answer, or its answer was lost: what was asked for may have been done."""


class ReplyLost(Trouble):
    """The host answered, and the answer was lost on its way."""


class Box:
    """Something that somebody will put in, once."""

    __slots__ = ("_waiting", "error", "full", "value")

    def __init__(self) -> None:
        self.full = False
        self.value: Any = None
        self.error: BaseException | None = None
        self._waiting: list[Callable[[], None]] = []

    def put(self, value: Any = None, error: BaseException | None = None) -> None:
        """Put it in. Whatever comes second is dropped."""
        if self.full:
            return
        self.full, self.value, self.error = True, value, error
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()

    def then(self, wake: Callable[[], None]) -> None:
        """Call this when it is full."""
        if self.full:
            wake()
        else:
            self._waiting.append(wake)


@dataclass(frozen=True, slots=True)
class Query:
    """One transaction: sent, done at once on arrival, answered. `by`: until when (machine's clock) it is waited for."""

    work: Callable[[], Any]
    by: float | None = None


class Machine:
    """A process with a clock of its own. A frozen one does nothing, and afterwards goes on as if nothing had been."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.alive = True
        self.frozen_until = 0.0
        self._rate = world.random.uniform(0.9, 1.1)
        self._offset = world.random.uniform(0.0, 1000.0)

    def clock(self) -> float:
        """Its monotonic clock (seconds), which drifts by up to a tenth."""
        return self._offset + self.world.now * self._rate

    def seconds(self, mine: float) -> float:
        """So many seconds of its clock, in the world's time."""
        return mine / self._rate

    def start(self, work: Work) -> "Task":
        """Work on this."""
        task = Task(self, work)
        self.world.at(0.0, task.begin)
        return task


class Task:
    """Work under way. Its machine's death ends it without a word, cancelling it as well."""

    __slots__ = ("_turn", "cancelled", "done", "machine", "work")

    def __init__(self, machine: Machine, work: Work) -> None:
        self.machine = machine
        self.work = work
        self.cancelled = False
        self.done = Box()
        self._turn = 0

    def begin(self) -> None:
        """Take the first step."""
        self._go_on(self._turn, None, None)

    def cancel(self) -> None:
        """Never go on."""
        self.cancelled = True
        self.done.put()

    def _go_on(self, turn: int, value: Any, error: BaseException | None) -> None:
        machine, world = self.machine, self.machine.world
        if turn != self._turn or self.cancelled or not machine.alive:
            return
        if machine.frozen_until > world.now:
            world.call_at(machine.frozen_until, lambda: self._go_on(turn, value, error))
            return
        world.step(machine)
        if machine.frozen_until > world.now or not machine.alive:
            self._go_on(turn, value, error)
            return
        self._turn += 1
        try:
            wanted = self.work.send(value) if error is None else self.work.throw(error)
        except StopIteration as end:
            self.done.put(end.value)
        except (Trouble, ApexError) as failed:
            self.done.put(error=failed)
        else:
            self._wait(wanted)

    def _wait(self, wanted: Any) -> None:
        turn, world = self._turn, self.machine.world
        if isinstance(wanted, Box):
            box = wanted
            box.then(lambda: world.at(0.0, lambda: self._go_on(turn, box.value, box.error)))
        elif isinstance(wanted, Query):
            world.ask(wanted, lambda value, error: self._go_on(turn, value, error))
            if wanted.by is not None:
                left = self.machine.seconds(wanted.by - self.machine.clock())
                world.at(max(0.0, left), lambda: self._go_on(turn, None, Trouble("no answer in time")))
        else:
            world.at(self.machine.seconds(wanted), lambda: self._go_on(turn, None, None))


class World:
    """The queue, the seed, the database's clock and whether it can be reached. `fault` is called between steps."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self.clock_stepped = 0.0
        self.database_away_until = 0.0
        self.lossy = False
        self.steps = 0
        self.log: list[str] = []
        self.fault: Callable[[Machine], None] | None = None
        self._next_fault = 0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def database_clock(self) -> float:
        """The database's time (seconds). It may step, in both directions."""
        return self.now + self.clock_stepped

    def at(self, delay: float, call: Callable[[], None]) -> None:
        """Call this after so many seconds."""
        self.call_at(self.now + delay, call)

    def call_at(self, time: float, call: Callable[[], None]) -> None:
        """Call this then."""
        self._count += 1
        heappush(self._queue, (time, self._count, call))

    def advance(self) -> bool:
        """Do what is next. False when nothing is."""
        if not self._queue:
            return False
        self.now, _, call = heappop(self._queue)
        call()
        return True

    def delay(self) -> float:
        """How long something is on its way: milliseconds, and now and then so long that others overtake it."""
        share = self.random.random()
        return share * 0.005 if share < 0.9 or not self.lossy else self.random.random() * 0.8

    def chance(self, share: float) -> bool:
        """Whether something happens that happens so often, while things go wrong."""
        return self.lossy and self.random.random() < share

    def step(self, machine: Machine) -> None:
        """Count a step of somebody's work, and let a fault strike before it when its time has come."""
        self.steps += 1
        if self.lossy and self.fault is not None and self.steps >= self._next_fault:
            self._next_fault = self.steps + self.random.randint(5, 150)
            self.fault(machine)

    def note(self, text: str) -> None:
        """Remember for who reads a failure."""
        self.log.append(f"{self.now:9.4f} {text}")

    def ask(self, query: Query, answer: Callable[[Any, BaseException | None], None]) -> None:
        """Carry a transaction to the database and its outcome back. Either way may lose it."""
        if self.chance(0.005):
            self.at(self.delay(), lambda: answer(None, Trouble("never arrived")))
        else:
            self.at(self.delay(), lambda: self._arrive(query, answer))

    def _arrive(self, query: Query, answer: Callable[[Any, BaseException | None], None]) -> None:
        if self.database_away_until > self.now:
            self.at(self.delay(), lambda: answer(None, Trouble("away")))
            return
        value, error = None, None
        try:
            value = query.work()
        except (Trouble, ApexError) as failed:
            error = failed
        if self.chance(0.005):
            value, error = None, Trouble("the answer was lost")
        self.at(self.delay(), lambda: answer(value, error))
