"""Hosts that carry actors: leasing.py decides when they may, and the rest follows host.py, roster.py and sweep.py."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from cluster.errors import ApexError
from cluster.ids import HostId
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.runtime.envelope import Answered, Full, Moved, Raised, Reply, Severed
from cluster.runtime.hosts.leasing import (
    Beat,
    Connect,
    Connected,
    Cut,
    Drop,
    Dropped,
    Event,
    Leasing,
    Refused,
    Register,
    Registered,
    Renew,
    Renewed,
    Rested,
    Retry,
    Step,
    after,
    serving,
)
from cluster.runtime.store import Claim, HostRow
from tests.simulation.callers import Delivery, Letter
from tests.simulation.world import Box, Machine, Query, Task, Trouble, Work

if TYPE_CHECKING:
    from tests.simulation.stage import Stage

CAPACITY = 20
SWEEP_SECONDS = 0.7
DRAIN_SECONDS = 3.0


class Actor(Protocol):
    """What an incarnation carries."""

    def activate(self) -> Work: ...

    def deactivate(self) -> Work: ...

    def handle(self, letter: Letter) -> Work: ...

    def drop(self) -> None: ...


class Incarnation:
    """One actor in one host, as incarnation.py has it."""

    def __init__(self, host: "SimulatedHost", actor: ActorId) -> None:
        self.host = host
        self.actor = actor
        self.fence: Fence | None = None
        self.instance: Actor | None = None
        self.woken: Box | None = Box()
        self.gone: Box | None = None
        self.used_at = host.clock()
        self._mailbox: deque[tuple[Letter, Callable[[Reply], None]]] = deque()
        self._tasks: dict[Task, Callable[[Reply], None]] = {}
        self._working = False

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return self.woken is not None or bool(self._tasks) or bool(self._mailbox) or self._working

    def spawn(self, work: Work) -> Task:
        """Work that ends with this incarnation."""
        return self._run(work, _unheard)

    def rise(self, instance: Actor) -> None:
        """It is awake."""
        self.instance = instance
        self._end_waking(None)
        self._go_on()

    def stay_down(self, why: Reply) -> None:
        """It could not be woken, or is dropped."""
        self._end_waking(why)
        waiting, self._mailbox = self._mailbox, deque()
        for _, settle in waiting:
            settle(why)

    def accept(self, letter: Letter, settle: Callable[[Reply], None]) -> None:
        """Take a letter."""
        self.used_at = self.host.clock()
        if letter.interleaves and self.woken is None:
            self._run(self._carry_out(letter, settle), settle)
        else:
            self._mailbox.append((letter, settle))
            self._go_on()

    def drop(self) -> None:
        """Stop at once."""
        self.stay_down(Moved())
        for task, settle in list(self._tasks.items()):
            task.cancel()
            settle(Severed("the host gave the actor up"))
        self._tasks.clear()
        if self.instance is not None:
            self.instance.drop()

    def _end_waking(self, outcome: Reply | None) -> None:
        if self.woken is not None:
            self.woken.put(outcome)
        self.woken = None

    def _run(self, work: Work, settle: Callable[[Reply], None]) -> Task:
        task = self.host.start(work)
        self._tasks[task] = settle
        task.done.then(lambda: self._ended(task))
        return task

    def _ended(self, task: Task) -> None:
        self._tasks.pop(task, None)
        self.used_at = self.host.clock()

    def _go_on(self) -> None:
        if self.woken is None and self._mailbox and not self._working:
            self._working = True
            self.spawn(self._work())

    def _work(self) -> Work:
        while self._mailbox:
            letter, settle = self._mailbox.popleft()
            yield self._run(self._carry_out(letter, settle), settle).done
        self._working = False

    def _carry_out(self, letter: Letter, settle: Callable[[Reply], None]) -> Work:
        assert self.instance is not None, "only who is awake is given anything"
        try:
            if letter.method == "wake":
                settle(Answered())
            else:
                value = yield from self.instance.handle(letter)
                settle(Answered(value))
        except Fenced:
            settle(Severed("another incarnation of the actor took over"))
            self.host.forget(self)
            self.drop()
        except ApexError as error:
            settle(Raised(error))


class SimulatedHost(Machine):
    """One process that carries actors."""

    def __init__(self, stage: "Stage", name: str, pid: int) -> None:
        super().__init__(stage.world, name)
        self.stage = stage
        self.pid = pid
        self.roster: dict[ActorId, Incarnation] = {}
        self.stopping = False
        self.delivery = Delivery(stage, self)
        self._leasing = Leasing(stage.lease)
        self._row: HostRow | None = None
        self._waking: set[ActorId] = set()
        for work in (self._keep_lease(), self._sweep(), self._tidy()):
            self.start(work)

    @property
    def row(self) -> HostRow | None:
        """Who it is, while it serves."""
        return None if self.stopping else self._leased()

    def receive(self, letter: Letter, settle: Callable[[Reply], None]) -> Work:
        """host.Host._hand_in"""
        while True:
            if self.row is None:
                return settle(Moved())
            incarnation = self.roster.get(letter.actor)
            if incarnation is None:
                if len(self.roster) >= CAPACITY:
                    return settle(Full())
                incarnation = self.roster[letter.actor] = Incarnation(self, letter.actor)
                incarnation.spawn(self._rise(incarnation))
            if incarnation.gone is not None:
                yield incarnation.gone
            elif incarnation.woken is None:
                break
            elif (failed := (yield incarnation.woken)) is not None:
                return settle(failed)
        incarnation.accept(letter, _unheard if letter.tell else settle)
        if letter.tell:
            settle(Answered())

    def stop(self) -> Work:
        """Leave in good order: host.Host.stop"""
        self.stopping = True
        until = self.clock() + DRAIN_SECONDS
        while self.clock() < until and any(one.busy for one in self.roster.values()):
            yield 0.1
        yield from self._let_go([one for one in self.roster.values() if not one.busy and one.gone is None])
        held = self._drop()
        yield from self._release(held)
        row = self._leased()
        if row is not None:
            rows = self.stage.rows
            try:
                yield Query(lambda: rows.unregister(row.id))
            except Trouble:
                self.world.note(f"{self.name} cannot sign off")
        self.stage.died(self)

    def forget(self, incarnation: Incarnation) -> None:
        """It is not here any more."""
        if self.roster.get(incarnation.actor) is incarnation:
            del self.roster[incarnation.actor]

    def _leased(self) -> HostRow | None:
        return self._row if serving(self._leasing, self.clock()) else None

    def _keep_lease(self) -> Work:
        step: Step = Connect(None)
        while True:
            try:
                event: Event = yield from self._ask(step)
            except Trouble:
                event = Cut()
            self._leasing, step = after(self._leasing, event, self.clock())

    def _ask(self, step: Step) -> Work:
        rows, stage = self.stage.rows, self.stage
        match step:
            case Connect(by):
                yield Query(_nothing, by)
                return Connected()
            case Register():
                row = HostRow(
                    id=stage.new_host_id(), name=self.name, node="node", pid=self.pid, kinds=None, capacity=CAPACITY
                )
                sent = self.clock()
                yield Query(lambda: rows.register(row, stage.lease))
                self._row = row
                return Registered(row.id, sent)
            case Renew(host, by):
                sent, actors = self.clock(), len(self.roster)
                renewed: bool = yield Query(lambda: rows.renew(host, actors=actors, lease=stage.lease), by)
                return Renewed(sent) if renewed else Refused()
            case Drop():
                self.world.note(f"{self.name} lost its lease")
                self._drop()
                return Dropped()
            case Beat(seconds) | Retry(seconds):
                yield seconds
                return Rested()

    def _sweep(self) -> Work:
        rows = self.stage.rows
        while True:
            yield SWEEP_SECONDS * self.world.random.uniform(0.7, 1.3)
            row = self.row
            if row is None:
                continue
            try:
                near: list[tuple[HostId, int]] = yield Query(lambda row=row: rows.neighbours(row.node))
                dead = [host for host, pid in near if not self.stage.is_alive(pid)]
                if dead:
                    yield Query(lambda dead=dead: rows.declare_dead(dead))
                lost: list[ActorId] = yield Query(lambda row=row: [*rows.orphans(), *rows.strays(row.id)])
            except Trouble:
                continue
            self._wake_elsewhere([actor for actor in lost if actor not in self.roster])

    def _wake(self, actor: ActorId) -> Work:
        try:
            yield from self.delivery.deliver(Letter(actor, "wake", repeatable=True, tell=True))
        except (ApexError, Trouble) as error:
            self.world.note(f"{self.name} cannot wake {actor}: {error}")
            yield SWEEP_SECONDS
        self._waking.discard(actor)

    def _tidy(self) -> Work:
        while True:
            yield self.stage.idle / 4
            now = self.clock()
            yield from self._let_go(
                [
                    one
                    for one in self.roster.values()
                    if not one.busy and one.gone is None and now - one.used_at >= self.stage.idle
                ]
            )

    def _rise(self, incarnation: Incarnation) -> Work:
        outcome: Reply | None
        try:
            outcome = yield from self._activate(incarnation)
        except Fenced:
            outcome = Moved()
        except (ApexError, Trouble) as error:
            outcome = Raised(error)
            yield from self._release([incarnation])
        if outcome is not None:
            self.forget(incarnation)
            incarnation.stay_down(outcome)

    def _activate(self, incarnation: Incarnation) -> Work:
        row, stage, actor = self.row, self.stage, incarnation.actor
        if row is None:
            return Moved()
        claim: Claim = yield Query(lambda: stage.claim(actor, row.id))
        if claim.epoch is None:
            return Moved(claim.holder)
        incarnation.fence = Fence(actor, claim.epoch, row.id)
        instance = stage.make(incarnation)
        incarnation.instance = instance
        yield from instance.activate()
        incarnation.rise(instance)
        return None

    def _wake_elsewhere(self, left: list[ActorId]) -> None:
        for actor in left:
            if actor not in self._waking:
                self._waking.add(actor)
                self.start(self._wake(actor))

    def _let_go(self, leaving: list[Incarnation]) -> Work:
        for one in leaving:
            one.gone = Box()
        for one in leaving:
            if one.instance is not None:
                yield from one.instance.deactivate()
        yield from self._release(leaving)
        for one in leaving:
            self.forget(one)
            if one.gone is not None:
                one.gone.put()

    def _release(self, held: list[Incarnation]) -> Work:
        rows = self.stage.rows
        fences = [one.fence for one in held if one.fence is not None]
        for host in {fence.host for fence in fences}:
            mine = [(fence.actor, fence.epoch) for fence in fences if fence.host == host]
            try:
                left: list[ActorId] = yield Query(lambda host=host, mine=mine: rows.release(host, mine))
                self._wake_elsewhere(left)
            except Trouble:
                self.world.note(f"{self.name} cannot give {len(mine)} actors back")

    def _drop(self) -> list[Incarnation]:
        dropped = list(self.roster.values())
        self.roster.clear()
        for one in dropped:
            one.drop()
        return dropped


def _unheard(_: Any) -> None:
    return


def _nothing() -> None:
    return
