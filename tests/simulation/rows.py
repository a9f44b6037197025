"""The tables that the runtime and sessions stand on, with the rules of their SQL and nothing else.

Each method is one transaction or statement of cluster/runtime/store.py, actor.py's Fence, or actors/stores. That both
do the same is proved by test_rows.py, which does the same things to this and to a real PostgreSQL.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from cluster.ids import HostId
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.runtime.store import Claim, HostRow

Status = Literal["queued", "running", "completed", "stopped", "failed"]
UNFINISHED = ("queued", "running")
HOUR = 3600.0
KEPT = 10_000
MICROSECOND = 1e-6


@dataclass(slots=True)
class Host:
    """A row of hosts."""

    row: HostRow
    lease_until: float


@dataclass(slots=True)
class Placement:
    """A row of placements."""

    host: HostId | None
    epoch: int = 1
    pending: bool = False
    wake_at: float | None = None


@dataclass(slots=True)
class Question:
    """A row of approvals."""

    expires_at: float
    status: Literal["pending", "approved", "denied", "expired"] = "pending"
    used: bool = False


@dataclass(slots=True)
class Step:
    """A row of messages that is a step of an answer."""

    number: int
    calls: tuple[tuple[str, bool], ...]
    results: dict[str, str] = field(default_factory=dict[str, str])
    questions: dict[str, Question] = field(default_factory=dict[str, Question])


@dataclass(slots=True)
class Turn:
    """A row of turns, with its steps."""

    id: int
    conversation: str
    key: str
    created_at: float
    status: Status = "queued"
    attempts: int = 0
    attempts_before_step: int = 0
    handed_over: bool = False
    waiting: bool = False
    stop: bool = False
    steps: list[Step] = field(default_factory=list[Step])


@dataclass(frozen=True, slots=True)
class Started:
    """What `start` and the reading of the branch answer: the turn as it was then."""

    turn: Turn
    attempts_in_vain: int
    started_before: bool
    stop: bool
    steps: int
    open: tuple[tuple[str, bool, bool], ...]
    """Calls without result: whether each may be repeated, and whether it waits for the person's word."""


class Rows:
    """All tables."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.hosts: dict[HostId, Host] = {}
        self.placements: dict[ActorId, Placement] = {}
        self.turns: dict[int, Turn] = {}
        self._unflushed: list[tuple[ActorId, Placement | None]] = []

    @property
    def now(self) -> float:
        """What the database's clock says."""
        return self._clock()

    def alive(self, host: HostId | None) -> bool:
        """Whether a host's lease holds."""
        row = self.hosts.get(host) if host is not None else None
        return row is not None and row.lease_until > self.now

    def register(self, host: HostRow, lease: float) -> None:
        """store.register"""
        for other in self.hosts.values():
            if (other.row.name, other.row.node) == (host.name, host.node):
                other.lease_until = min(other.lease_until, self.now)
        self.hosts[host.id] = Host(host, self.now + lease)
        long_dead = [id for id, other in self.hosts.items() if other.lease_until < self.now - HOUR]
        for id in long_dead[:-KEPT]:
            del self.hosts[id]

    def renew(self, host: HostId, *, actors: int, lease: float) -> bool:
        """store.renew: False where that answers None"""
        if not self.alive(host):
            return False
        row = self.hosts[host]
        row.lease_until, row.row = self.now + lease, replace(row.row, actors=actors)
        return True

    def unregister(self, host: HostId) -> None:
        """store.unregister"""
        self.hosts.pop(host, None)

    def is_live(self, name: str) -> bool:
        """store.is_live"""
        return any(host.row.name == name and host.lease_until > self.now for host in self.hosts.values())

    def live_hosts(self) -> list[HostRow]:
        """store.live_hosts"""
        return [host.row for host in self.hosts.values() if host.lease_until > self.now]

    def holder(self, actor: ActorId) -> HostRow | None:
        """store.holder"""
        placement = self.placements.get(actor)
        if placement is None or placement.host is None or not self.alive(placement.host):
            return None
        return self.hosts[placement.host].row

    def claim(self, actor: ActorId, host: HostId) -> Claim:
        """store.claim"""
        placement = self.placements.get(actor)
        free = placement is None or placement.host in (None, host) or not self.alive(placement.host)
        if not (free and self.alive(host)):
            return Claim(None, placement.host if placement else None)
        self._does_not_wait(actor)
        if placement is None:
            placement = self.placements[actor] = Placement(host)
        else:
            placement.host, placement.epoch = host, placement.epoch + 1
            if self._due(placement):
                placement.pending, placement.wake_at = True, None
        return Claim(placement.epoch, host, placement.pending)

    def release(self, host: HostId, held: Sequence[tuple[ActorId, int]]) -> list[ActorId]:
        """store.release"""
        mine = [actor for actor, epoch in held if self._is(actor, epoch, host)]
        for actor in mine:
            self._does_not_wait(actor)
            self.placements[actor].host = None
        return [actor for actor in mine if self.placements[actor].pending]

    def die(self) -> dict[ActorId, int]:
        """The database dies: of what was not waited for, the last is lost. Answers whose, and their epochs now."""
        lost = dict[ActorId, int]()
        for actor, before in reversed(self._unflushed):
            lost[actor] = 0 if before is None else before.epoch
            if before is None:
                self.placements.pop(actor, None)
            else:
                self.placements[actor] = before
        self._unflushed.clear()
        return lost

    def _does_not_wait(self, actor: ActorId) -> None:
        before = self.placements.get(actor)
        self._unflushed.append((actor, None if before is None else replace(before)))

    def _is(self, actor: ActorId, epoch: int, host: HostId) -> bool:
        placement = self.placements.get(actor)
        return placement is not None and (placement.epoch, placement.host) == (epoch, host)

    def is_pending(self, actor: ActorId) -> bool:
        """What store.claim says of work that is left."""
        return actor in self.placements and self.placements[actor].pending

    def orphans(self) -> list[ActorId]:
        """store.orphans, all of them"""
        waiting = [(actor, one) for actor, one in self.placements.items() if one.pending or self._due(one)]
        return [actor for actor, one in waiting if not self.alive(one.host)]

    def _due(self, placement: Placement) -> bool:
        return placement.wake_at is not None and placement.wake_at <= self.now

    def strays(self, host: HostId) -> list[ActorId]:
        """store.strays, all of them"""
        waiting = [(actor, one) for actor, one in self.placements.items() if one.pending or self._due(one)]
        return [actor for actor, one in waiting if one.host == host]

    def neighbours(self, node: str) -> list[tuple[HostId, int]]:
        """store.neighbours"""
        alive = [host.row for host in self.hosts.values() if host.lease_until > self.now]
        return [(row.id, row.pid) for row in alive if row.node == node]

    def declare_dead(self, hosts: Sequence[HostId]) -> None:
        """store.declare_dead"""
        for id in hosts:
            if id in self.hosts:
                self.hosts[id].lease_until = self.now

    def check(self, fence: Fence) -> None:
        """Fence.check, and with it the commit of what is written, which waits for the disk and all that went before."""
        if not self._is(fence.actor, fence.epoch, fence.host):
            raise Fenced
        self._unflushed.clear()

    def mark_pending(self, fence: Fence, pending: bool, wake_at: float | None = None) -> None:
        """Fence.mark_pending"""
        self.check(fence)
        self.placements[fence.actor].pending = pending
        self.placements[fence.actor].wake_at = wake_at

    def accept(self, conversation: str, key: str, *, most: int) -> tuple[Turn | None, bool, int]:
        """turns.accept: the turn, whether it was there before, and how many were unfinished"""
        known = next((turn for turn in self.turns.values() if turn.key == key), None)
        waiting = len(self.unfinished(conversation))
        if known is not None or waiting >= most:
            return known, known is not None, waiting
        newest = max(
            (turn.created_at for turn in self.turns.values() if turn.conversation == conversation), default=0.0
        )
        made = Turn(len(self.turns) + 1, conversation, key, max(self.now, newest + MICROSECOND))
        self.turns[made.id] = made
        return made, False, waiting

    def start(self, conversation: str) -> Started | None:
        """turns.start"""
        if not self.left(conversation)[0]:
            return None
        turn = self.unfinished(conversation)[0]
        before = turn.status == "running"
        turn.attempts += not (turn.handed_over or turn.waiting)
        turn.status, turn.handed_over, turn.waiting = "running", False, False
        last = turn.steps[-1] if turn.steps else None
        asked = {call for call, question in last.questions.items() if not question.used} if last else set[str]()
        still_open = (
            tuple((*call, call[0] in asked) for call in last.calls if call[0] not in last.results) if last else ()
        )
        return Started(turn, turn.attempts - turn.attempts_before_step, before, turn.stop, len(turn.steps), still_open)

    def unfinished(self, conversation: str) -> list[Turn]:
        """The unfinished turns of a conversation, in the order that turns.start takes them"""
        mine = [turn for turn in self.turns.values() if turn.conversation == conversation]
        return sorted((turn for turn in mine if turn.status in UNFINISHED), key=lambda turn: (turn.created_at, turn.id))

    def left(self, conversation: str) -> tuple[bool, float | None]:
        """turns.left"""
        oldest = next(iter(self.unfinished(conversation)), None)
        if oldest is None:
            return False, None
        asked = [question.expires_at for question in self._open_questions(oldest) if question.expires_at > self.now]
        until = max(asked, default=None) if oldest.waiting and not oldest.stop else None
        return until is None, until

    def _open_questions(self, turn: Turn) -> list[Question]:
        asked = [question for step in turn.steps for question in step.questions.values()]
        return [question for question in asked if question.status == "pending"]

    def last_ended(self, conversation: str) -> Turn | None:
        """turns.last_ended"""
        ended = [t for t in self.turns.values() if t.conversation == conversation and t.status not in UNFINISHED]
        return max(ended, key=lambda turn: (turn.created_at, turn.id), default=None)

    def request_stop(self, conversation: str, turn: int | None) -> Turn | None:
        """turns.request_stop"""
        found = next((one for one in self.unfinished(conversation) if turn in (None, one.id)), None)
        if found is not None:
            found.stop = True
        return found

    def add_step(self, turn: Turn, number: int, calls: tuple[tuple[str, bool], ...]) -> None:
        """messages.add_step. The unique index on (turn, step) refuses a second one."""
        assert all(step.number != number for step in turn.steps), f"turn {turn.id} has step {number} already"
        turn.steps.append(Step(number, calls))
        turn.attempts_before_step = turn.attempts

    def add_results(self, step: Step, results: dict[str, str]) -> None:
        """messages.add_tool_results: what is there already stays as it is"""
        for call, result in results.items():
            step.results.setdefault(call, result)

    def ask(self, step: Step, call: str, expires_at: float) -> None:
        """approvals.add"""
        step.questions[call] = Question(expires_at)

    def answer(self, step: Step, call: str, approve: bool) -> bool:
        """approvals.answer: whether this is the answer"""
        question = step.questions[call]
        if question.status != "pending" or question.expires_at <= self.now:
            return False
        question.status = "approved" if approve else "denied"
        return True

    def words(self, step: Step) -> dict[str, str]:
        """approvals.words"""
        for question in step.questions.values():
            if question.status == "pending" and question.expires_at <= self.now:
                question.status = "expired"
        return {call: question.status for call, question in step.questions.items() if not question.used}

    def use(self, step: Step, calls: Sequence[str]) -> None:
        """approvals.use"""
        for call in calls:
            step.questions[call].used = True

    def mark_waiting(self, turn: Turn) -> None:
        """turns.mark_waiting"""
        turn.waiting = True

    def hand_over(self, turn: Turn) -> None:
        """turns.hand_over"""
        turn.handed_over = True

    def end(self, turn: Turn, status: Status) -> None:
        """turns.end"""
        turn.status, turn.waiting = status, False
        for question in self._open_questions(turn):
            question.status = "expired"
