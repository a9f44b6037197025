"""Holds what clients recorded against what the database has: each rule answers what broke it, in words.

The rules are the runtime's invariants (`cluster/runtime/README.md`) as they show from outside.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from tests.chaos.books import Books
from tests.chaos.display import Json
from tests.chaos.history import Ended, History
from tests.chaos.script import Said

TERMINAL = ("completed", "stopped", "failed")
BUDGETS = {"recovery_exhausted", "crashed"}
"""Honest ends of a turn that hosts kept dying with: too often, or when nobody else was there."""
FEWEST_ATTEMPTS = 2
"""Without so many attempts no host can have died with a turn."""
NEAR_SECONDS = 1.5
"""How far a client's clock for an event may be from what happened to the log."""
Spoken = Mapping[tuple[str, int], Sequence[Json]]
"""What the provider counted for each message and step."""


class Evidence:
    """All that there is to judge."""

    def __init__(
        self, histories: Sequence[History], books: Books, spoken: Spoken, *, losses: Sequence[float] = ()
    ) -> None:
        self.histories = histories
        self.books = books
        self.spoken = spoken
        self.losses = losses
        """When the event log was lost."""
        self._by_key: dict[tuple[str, str], list[Json]] = {}
        self._steps: dict[str, list[Json]] = {}
        for turn in books.turns:
            self._by_key.setdefault((turn["user"], turn["key"]), []).append(turn)
        for message in books.messages:
            if message["role"] == "assistant":
                self._steps.setdefault(message["turn"], []).append(message)

    def said(self) -> Iterator[tuple[Said, list[Json]]]:
        """Every message, with the turns that it has made."""
        for history in self.histories:
            for said in history.said:
                yield said, self._by_key.get((history.user, said.key), [])

    def completed(self) -> Iterator[tuple[Said, Json, list[Json]]]:
        """Every message whose turn was completed, with the turn and its steps."""
        for said, turns in self.said():
            if turns and turns[0]["status"] == "completed":
                yield said, turns[0], self.steps_of(turns[0]["id"])

    def unanswered(self) -> set[str]:
        """Turns whose question stands right behind another one, since that turn failed: the model answers both."""
        last: dict[str, Json] = {}
        found: set[str] = set()
        for turn in self.books.turns:
            before = last.get(turn["conversation"])
            if before is not None and before["status"] == "failed":
                found.add(turn["id"])
            last[turn["conversation"]] = turn
        return found

    def steps_of(self, turn: str) -> list[Json]:
        """The answer of a turn, in its order."""
        return sorted(self._steps.get(turn, ()), key=lambda step: step["step"])


def lost(evidence: Evidence) -> Iterator[str]:
    """An acknowledged command has a turn, and every turn has ended."""
    for said, turns in evidence.said():
        if said.turn is not None and said.turn not in {turn["id"] for turn in turns}:
            yield f"{said.key} was acknowledged as {said.turn}, which is not there"
        for turn in turns:
            if turn["status"] not in TERMINAL:
                yield f"{said.key}: its turn {turn['id']} is still {turn['status']}"


def doubled(evidence: Evidence) -> Iterator[str]:
    """A command makes one turn, one message of its person, and each step once."""
    for said, turns in evidence.said():
        if len(turns) > 1 or len(said.turns) > 1:
            yield f"{said.key} has made {len(turns)} turns, and was acknowledged as {list(said.turns)}"
    asked = Counter(m["content"] for m in evidence.books.messages if m["role"] == "user")
    yield from (f"said {times} times: {text}" for text, times in asked.items() if times > 1)
    steps = Counter((m["turn"], m["step"]) for m in evidence.books.messages if m["role"] == "assistant")
    yield from (f"step {step} of turn {turn} is there {n} times" for (turn, step), n in steps.items() if n > 1)


def failed(evidence: Evidence) -> Iterator[str]:
    """A turn is completed, or its budget of recoveries was spent; nobody refused a command for good."""
    for said, turns in evidence.said():
        if said.refused is not None:
            yield f"{said.key} was refused: {said.refused}"
        for turn in turns:
            spent = error_code(turn) in BUDGETS and turn["attempts"] >= FEWEST_ATTEMPTS
            if turn["status"] != "completed" and not spent:
                yield f"{said.key}: its turn {turn['id']} is {turn['status']}: {turn['error']}"


def error_code(turn: Json) -> str | None:
    """Why a turn failed, if it did."""
    error: Json = turn["error"] or {}
    return error.get("code")


def hanging(evidence: Evidence) -> Iterator[str]:
    """No client waits for an end that it is never told."""
    for said, turns in evidence.said():
        if not said.over and said.refused is None:
            state = [turn["status"] for turn in turns]
            yield f"{said.key} is not over on the screen; acknowledged as {list(said.turns)}, in the database {state}"


def ended_twice(evidence: Evidence) -> Iterator[str]:
    """One `turn_ended` for each turn, unless the log was lost in between, so that nobody could know of the first."""
    for history in evidence.histories:
        by_turn: dict[str, list[Ended]] = {}
        for end in history.ended:
            by_turn.setdefault(end.turn, []).append(end)
        for turn, ends in by_turn.items():
            for one, other in pairwise(ends):
                near = (one.at - NEAR_SECONDS, other.at + NEAR_SECONDS)
                if one.seq != other.seq and not any(near[0] <= loss <= near[1] for loss in evidence.losses):
                    yield f"{history.name} saw turn {turn} end as {one.seq} and as {other.seq}"


def text_differs(evidence: Evidence) -> Iterator[str]:
    """What was shown is what is stored, and what the provider was asked to say."""
    unanswered = evidence.unanswered()
    for said, turn, steps in evidence.completed():
        stored = tuple(step["content"] for step in steps)
        if turn["id"] not in unanswered and stored != said.answer:
            yield f"{said.key}: turn {turn['id']} holds {stored}, not {said.answer}"
        if said.over and said.shown != stored:
            yield f"{said.key}: turn {turn['id']} was shown as {said.shown}, not {stored}"


def tools_again(evidence: Evidence) -> Iterator[str]:
    """Each call has one result, written once; what it did was done before that, and not again after it."""
    writes: dict[tuple[str, str], list[int]] = {}
    for write in evidence.books.writes:
        writes.setdefault((write["what"], write["name"]), []).append(write["id"])
    for said, turn, steps in evidence.completed():
        for step in steps:
            results = [result["id"] for result in step["tool_results"] or ()]
            if sorted(results) != sorted(call["id"] for call in step["tool_calls"] or ()):
                yield f"{said.key}: step {step['step']} has the results {results}"
            for call in step["tool_calls"] or ():
                settled = writes.get(("result", call["id"]), [])
                done = writes.get(("memory", call["arguments"].get("key", "")), [])
                yield from _told(said, turn, call, settled, done)


def _told(said: Said, turn: Json, call: Json, settled: list[int], done: list[int]) -> Iterator[str]:
    if len(settled) != 1:
        yield f"{said.key}: the result of {call['name']} was written {len(settled)} times"
    elif done and max(done) > settled[0]:
        yield f"{said.key}: {call['name']} was run again after it had finished"
    if call["name"] == "memory_store" and not 1 <= len(done) <= turn["attempts"]:
        yield f"{said.key}: {call['name']} was done {len(done)} times in {turn['attempts']} attempts"


def out_of_order(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged before something else was sent comes before it; turns run one after another."""
    made = {turn["id"]: place for place, turn in enumerate(evidence.books.turns)}
    for history in evidence.histories:
        told = [said for said in history.said if said.turn in made]
        for one, other in pairwise(told):
            earlier, later = one.turn or "", other.turn or ""
            if one.turns[earlier] < other.sent[0] and made[earlier] > made[later]:
                yield f"{one.key} was acknowledged before {other.key} was sent, and comes after it"
    by_conversation: dict[str, list[Json]] = {}
    for turn in evidence.books.turns:
        by_conversation.setdefault(turn["conversation"], []).append(turn)
    for turns in by_conversation.values():
        for one, other in pairwise(turns):
            if not one["ended_at"] or not other["started_at"] or one["ended_at"] > other["started_at"]:
                yield f"turn {other['id']} began before {one['id']} had ended"


def not_a_chain(evidence: Evidence) -> Iterator[str]:
    """The messages of a conversation are one chain in the order of its turns, and it ends where that does."""
    by_conversation: dict[str, dict[str, Json]] = {}
    for message in evidence.books.messages:
        by_conversation.setdefault(message["conversation"], {})[message["id"]] = message
    questions: dict[str, list[str]] = {}
    for turn in evidence.books.turns:
        questions.setdefault(turn["conversation"], []).append(turn["question"])
    for conversation, messages in by_conversation.items():
        chain: list[Json] = []
        at = evidence.books.leaves[conversation]
        while at is not None and (message := messages.pop(at, None)) is not None:
            chain.append(message)
            at = message["parent"]
        if messages:
            yield f"conversation {conversation} has {len(messages)} messages beside its chain"
        elif [m["id"] for m in reversed(chain) if m["role"] == "user"] != questions[conversation]:
            yield f"the messages of conversation {conversation} do not stand in the order of its turns"


def usage_differs(evidence: Evidence) -> Iterator[str]:
    """The ledger has what the provider counted for each committed step, and nothing else."""
    ledger: dict[str, list[Json]] = {}
    for row in evidence.books.usage:
        ledger.setdefault(row["turn"], []).append({name: value for name, value in row.items() if name != "turn"})
    unanswered = evidence.unanswered()
    for said, turn, steps in evidence.completed():
        stored = [step["usage"] for step in steps]
        if ledger.get(turn["id"], []) != stored:
            yield f"{said.key}: the ledger of turn {turn['id']} is {ledger.get(turn['id'])}, its steps used {stored}"
        for number, used in enumerate(stored):
            known = turn["id"] in unanswered or used in evidence.spoken.get((said.text, number), ())
            if not known:
                yield f"{said.key}: step {number} is said to have used {used}, which the provider never counted"


RULES: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "lost": lost,
    "doubled": doubled,
    "failed": failed,
    "left hanging": hanging,
    "ended twice": ended_twice,
    "text differs": text_differs,
    "tools run again": tools_again,
    "out of order": out_of_order,
    "not one chain": not_a_chain,
    "usage differs": usage_differs,
}


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """What broke each rule; empty lists are what one hopes for."""
    return {name: list(rule(evidence)) for name, rule in RULES.items()}
