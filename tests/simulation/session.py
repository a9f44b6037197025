"""A conversation and a counter, as actors: progress.py decides what a turn does, the rest follows session.py."""

from functools import partial
from typing import TYPE_CHECKING, Any

from actors.errors import QueueFull
from cluster.errors import Unavailable
from cluster.runtime.actor import Fence
from tests.simulation.callers import Letter
from tests.simulation.rows import Started, Step, Turn
from tests.simulation.turn import TurnRun
from tests.simulation.world import Box, Query, Task, Trouble, Work

if TYPE_CHECKING:
    from tests.simulation.hosts import Incarnation
    from tests.simulation.stage import Stage

MOST_UNFINISHED = 16


class Counter:
    """Does something once for each message."""

    def __init__(self, stage: "Stage", incarnation: "Incarnation") -> None:
        self._stage = stage

    def activate(self) -> Work:
        """Nothing to load."""
        return
        yield

    def deactivate(self) -> Work:
        """Nothing to put away."""
        return
        yield

    def handle(self, letter: Letter) -> Work:
        """Count."""
        yield self._stage.world.random.uniform(0.0, 0.3)
        self._stage.watch.done(letter.argument)
        yield self._stage.world.random.uniform(0.0, 0.3)

    def drop(self) -> None:
        """Nothing to end."""


class Outbox:
    """outbox.py: publishes in order, beside the turn."""

    def __init__(self, stage: "Stage", incarnation: "Incarnation") -> None:
        self._stage = stage
        self._incarnation = incarnation
        self._waiting: list[tuple[str, int]] = []
        self._trip: Box | None = None

    def add(self, *events: tuple[str, int]) -> None:
        """Publish soon."""
        self._waiting.extend(events)
        if self._trip is None:
            self._trip = Box()
            self._incarnation.host.start(self._travel())

    def flush(self) -> Work:
        """Wait until all is out."""
        while self._trip is not None:
            yield self._trip

    def close(self) -> None:
        """Drop what is not out."""
        self._waiting.clear()

    def _travel(self) -> Work:
        world = self._stage.world
        while self._waiting:
            batch, self._waiting = self._waiting, []
            sent = Box()
            world.at(world.delay(), partial(self._arrive, batch, sent))
            yield sent
        trip, self._trip = self._trip, None
        if trip is not None:
            trip.put()

    def _arrive(self, batch: list[tuple[str, int]], sent: Box) -> None:
        self._stage.publish(self._incarnation.actor.key, batch)
        self._stage.world.at(self._stage.world.delay(), sent.put)


class Session:
    """session.py"""

    def __init__(self, stage: "Stage", incarnation: "Incarnation") -> None:
        self._stage = stage
        self._rows = stage.rows
        self._incarnation = incarnation
        assert incarnation.fence is not None, "only who was claimed is made"
        self._actor, self._fence = incarnation.actor, incarnation.fence
        self._conversation = incarnation.actor.key
        self._outbox = Outbox(stage, incarnation)
        self._told = False
        self._more = False
        self._in_doubt = False
        self._begun: Started | None = None
        self._stops: set[int] = set()

    def activate(self) -> Work:
        """Look whether another incarnation left work behind."""
        pending: bool = yield Query(lambda: self._rows.is_pending(self._actor))
        if pending:
            self._in_doubt = True
            self._wake_up()

    def deactivate(self) -> Work:
        """Publish what is left."""
        yield from self._outbox.flush()

    def drop(self) -> None:
        """What is not published stays so."""
        self._outbox.close()

    def handle(self, letter: Letter) -> Work:
        """post, stop or advance"""
        match letter.method:
            case "post":
                return (yield from self._post(letter.argument))
            case "stop":
                return (yield from self._stop())
            case "answer":
                return (yield from self._answer(*letter.argument))
            case _:
                return (yield from self._advance())

    def _post(self, key: str) -> Work:
        at_once: list[bool] = []
        try:
            turn, begun = yield Query(lambda: self._accept(key, at_once))
            self._begun = self._begun or begun
        except Trouble as error:
            if at_once:  # it may have been done
                self._told = False
                self._wake_up()
            raise Unavailable(str(error)) from error
        if at_once:
            self._told = False
        self._wake_up()
        return turn.id

    def _accept(self, key: str, at_once: list[bool]) -> tuple[Turn, Started | None]:
        self._rows.mark_pending(self._fence, True)
        turn, repeated, unfinished = self._rows.accept(self._conversation, key, most=MOST_UNFINISHED)
        if turn is None:
            raise QueueFull
        self._stage.watch.wrote(self._fence)
        if not repeated:
            self._stage.watch.accepted(turn)
        if repeated or unfinished or self._told or self.leaving:
            return turn, None
        self._told = True
        at_once.append(True)
        return turn, self._start()

    def _start(self) -> Started | None:
        started = self._rows.start(self._conversation)
        if started is not None:
            self._stage.world.note(f"{self._incarnation.host.name}/{self._fence.epoch} begins turn {started.turn.id}")
            self._stage.watch.begun(started.turn)
        return started

    def _take_up(self) -> Started | None:
        started = self._start()
        if started is not None and started.started_before:
            self._rows.mark_pending(self._fence, True)
        return started

    def _stop(self) -> Work:
        try:
            found: Turn | None = yield Query(lambda: self._rows.request_stop(self._conversation, None))
        except Trouble as error:
            raise Unavailable(str(error)) from error
        if found is None:
            return
        self._stops.add(found.id)
        if found.waiting:
            try:
                yield Query(lambda: self._rows.mark_pending(self._fence, True))
            except Trouble as error:
                raise Unavailable(str(error)) from error
            self._wake_up()

    def _answer(self, step: Step, call: str, approve: bool) -> Work:
        def keep() -> bool:
            """One transaction: an answer that comes to nothing leaves no mark."""
            self._rows.check(self._fence)
            won = self._rows.answer(step, call, approve)
            if won:
                self._rows.mark_pending(self._fence, True)
                self._stage.watch.wrote(self._fence)
            return won

        try:
            won: bool = yield Query(keep)
        except Trouble as error:
            self._wake_up()  # it may have been done
            raise Unavailable(str(error)) from error
        if won:
            self._wake_up()

    def _wake_up(self) -> None:
        self._more = True
        if not self._told:
            self._told = True
            self._incarnation.accept(Letter(self._actor, "advance", tell=True), _unheard)

    def _advance(self) -> Work:
        while True:
            leaves = self.leaving
            more, self._more = self._more and (self._begun is not None or not leaves), False
            try:
                yield from self._catch_up()
                yield from self._run_next() if more else self._rest()
            except Trouble:
                self._in_doubt = True
                yield 0.25
                self._more = True
            if not (more or self._more) or (leaves and not more):
                break
        self._told = False

    def _run_next(self) -> Work:
        begun, self._begun = self._begun, None
        if begun is None and not self.leaving:
            begun = yield from self._commit(self._take_up)
        if begun is None:
            return
        if begun.stop:
            self._stops.add(begun.turn.id)
        yield from TurnRun(self, begun).run()
        self._stops.discard(begun.turn.id)

    def _catch_up(self) -> Work:
        yield from self._outbox.flush()
        if self._in_doubt:
            yield from self.announce_last_end()
            yield from self._outbox.flush()
            self._in_doubt = False

    def _rest(self) -> Work:
        left: bool = yield from self._commit(self._unmark)
        self._more = self._more or left

    def announce_last_end(self) -> Work:
        """recovery.announce_last_end"""
        last: Turn | None = yield Query(lambda: self._rows.last_ended(self._conversation))
        if last is not None and not self.heard("turn_ended", last.id):
            self._outbox.add(("turn_ended", last.id))

    def heard(self, kind: str, turn: int) -> bool:
        """recovery.was_heard"""
        return (kind, turn) in self._stage.watch.events[self._conversation]

    def _unmark(self) -> bool:
        self._rows.mark_pending(self._fence, False)
        left, until = self._rows.left(self._conversation)
        self._rows.mark_pending(self._fence, left, until)
        return left

    def _commit(self, work: Any) -> Work:
        """stage.Stage.writing: one transaction behind the fence"""

        def transaction() -> Any:
            self._rows.check(self._fence)
            self._stage.watch.wrote(self._fence)
            return work()

        return (yield Query(transaction))

    def commit(self, work: Any) -> Work:
        """A transaction behind the fence."""
        return self._commit(work)

    def publish(self, *events: tuple[str, int]) -> None:
        """Publish soon."""
        self._outbox.add(*events)

    def stopping(self, turn: int) -> bool:
        """Whether the person wants no more of it."""
        return turn in self._stops

    @property
    def stage(self) -> "Stage":
        """Where it plays."""
        return self._stage

    @property
    def leaving(self) -> bool:
        """Whether its host leaves, so that nothing new may begin here."""
        return self._incarnation.host.stopping

    @property
    def incarnation(self) -> Fence:
        """Who it is."""
        return self._fence

    def spawn(self, work: Work) -> Task:
        """Work beside the turn that ends with the incarnation."""
        return self._incarnation.spawn(work)


def _unheard(_: Any) -> None:
    return
