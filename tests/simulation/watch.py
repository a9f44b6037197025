"""Sees everything that happens in a simulated world, and says when one of the runtime's invariants is broken.

The numbers are those of cluster/runtime/README.md. It watches effects, never the code that is to bring them about.
"""

from collections import Counter, defaultdict

from cluster.runtime.actor import ActorId, Fence
from tests.simulation.rows import UNFINISHED, Rows, Step, Turn


class Broken(AssertionError):
    """An invariant does not hold."""


class Watch:
    """What has happened so far."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._epochs: dict[ActorId, int] = defaultdict(int)
        self._holders: dict[ActorId, Fence] = {}
        self._promised: dict[str, int] = {}
        self._accepted: dict[str, list[int]] = defaultdict(list)
        self._begun: dict[str, list[int]] = defaultdict(list)
        self._ended: dict[int, str] = {}
        self._done: Counter[str] = Counter()
        self._started: Counter[tuple[int, str]] = Counter()
        self._results: dict[tuple[int, str], str] = {}
        self.events: dict[str, list[tuple[str, int]]] = defaultdict(list)

    def claimed(self, fence: Fence) -> None:
        """An incarnation was made."""
        if fence.epoch <= self._epochs[fence.actor]:
            raise Broken(f"1: epoch {fence.epoch} of {fence.actor} was given twice")
        self._epochs[fence.actor], self._holders[fence.actor] = fence.epoch, fence

    def forgot(self, actor: ActorId, epoch: int) -> None:
        """The database died, and what it says of an actor is what it was at this epoch."""
        self._epochs[actor] = epoch
        self._holders.pop(actor, None)

    def wrote(self, fence: Fence) -> None:
        """An incarnation committed something."""
        if fence != self._holders.get(fence.actor, fence):
            raise Broken(f"1: {fence} wrote, and {self._holders[fence.actor]} has it")

    def accepted(self, turn: Turn) -> None:
        """A command was committed."""
        if any(other.key == turn.key and other.id != turn.id for other in self._rows.turns.values()):
            raise Broken(f"5: {turn.key} made two turns")
        self._accepted[turn.conversation].append(turn.id)

    def promised(self, key: str, turn: int) -> None:
        """A client was told that its command is durable."""
        if self._promised.setdefault(key, turn) != turn:
            raise Broken(f"5: {key} was answered with two turns")
        if turn not in self._rows.turns:
            raise Broken(f"2: {key} was acknowledged and is not there")

    def begun(self, turn: Turn) -> None:
        """A turn was begun, or taken up."""
        mine = [one for one in self._rows.turns.values() if one.conversation == turn.conversation]
        if len([one for one in mine if one.status == "running"]) > 1:
            raise Broken(f"3: two turns of {turn.conversation} run")
        begun = self._begun[turn.conversation]
        if not begun or begun[-1] != turn.id:
            begun.append(turn.id)
        if begun != self._accepted[turn.conversation][: len(begun)]:
            raise Broken(f"3: {turn.conversation} began {begun}, accepted {self._accepted[turn.conversation]}")

    def stepped(self, turn: Turn) -> None:
        """Something of a turn was committed."""
        if turn.status != "running":
            raise Broken(f"3: turn {turn.id} went on, and is {turn.status}")

    def ended(self, turn: Turn) -> None:
        """A turn's end was committed."""
        if turn.id in self._ended:
            raise Broken(f"4: turn {turn.id} ended twice")
        self._ended[turn.id] = turn.status
        if any(len(step.results) < len(step.calls) for step in turn.steps):
            raise Broken(f"6: turn {turn.id} ended with a call that has no result")

    def published(self, conversation: str, kind: str, turn: int) -> None:
        """An event reached the log."""
        self.events[conversation].append((kind, turn))
        if kind in ("turn_started", "turn_ended") and self.events[conversation].count((kind, turn)) > 1:
            raise Broken(f"4: {kind} of turn {turn} was published twice")
        if kind == "turn_ended" and turn not in self._ended:
            raise Broken(f"4: the end of turn {turn} was published before it was committed")

    def tool_started(self, run_by: Fence, turn: Turn, call: str, *, repeatable: bool) -> None:
        """A tool begins to run. Who was overtaken cannot know of a result, and may begin a tool that is repeatable."""
        if call in turn.steps[-1].results and run_by == self._holders.get(run_by.actor):
            raise Broken(f"6: {call} of turn {turn.id} has a result and is run again")
        question = turn.steps[-1].questions.get(call)
        if question is not None and not (question.status == "approved" and question.used):
            raise Broken(f"12: {call} of turn {turn.id} runs without the person's word")
        self._started[turn.id, call] += 1
        if not repeatable and self._started[turn.id, call] > 1:
            raise Broken(f"6: {call} of turn {turn.id} may not be repeated and is run again")

    def settled(self, turn: Turn, step: Step) -> None:
        """Results were committed."""
        for call, result in step.results.items():
            if self._results.setdefault((turn.id, call), result) != result:
                raise Broken(f"6: the result of {call} of turn {turn.id} changed")

    def done(self, message: str) -> None:
        """A message that may not be repeated is carried out."""
        self._done[message] += 1
        if self._done[message] > 1:
            raise Broken(f"7: message {message} ran twice")

    def answered(self, message: str) -> None:
        """Its caller was told that it was carried out."""
        if not self._done[message]:
            raise Broken(f"7: message {message} was answered and never ran")

    def quiet(self) -> bool:
        """Whether everything that was begun has come to its end."""
        return not any(turn.status in UNFINISHED for turn in self._rows.turns.values()) and not any(
            placement.pending for placement in self._rows.placements.values()
        )

    def at_rest(self) -> None:
        """What holds once faults have stopped and the system has had time to settle."""
        left = [turn.id for turn in self._rows.turns.values() if turn.status in UNFINISHED]
        if left:
            raise Broken(f"8: turns {left} never ended")
        if not self.quiet():
            raise Broken("8: an actor is pending for ever")
        for key, turn in self._promised.items():
            if turn not in self._ended:
                raise Broken(f"2: {key} was acknowledged and its turn {turn} has no end")
        for turn in self._rows.turns.values():
            heard = self.events[turn.conversation]
            if ("turn_ended", turn.id) not in heard:
                raise Broken(f"4: the end of turn {turn.id} was never published")
