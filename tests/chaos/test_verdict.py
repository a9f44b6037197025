"""The verdict can fail: a history without a fault in it passes, and each thing that may not happen is found."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.books import Books
from tests.chaos.display import Display, Json
from tests.chaos.history import Ended, History
from tests.chaos.plan import HABITS, plan
from tests.chaos.script import Said
from tests.chaos.verdict import RULES, Evidence, judge

START = datetime(2026, 1, 1, tzinfo=UTC)
USED = {"input_tokens": 9, "output_tokens": 2, "cache_read_tokens": 0, "cache_write_tokens": 0}


@dataclass
class Case:
    """Two turns of one conversation; the first used a tool."""

    said: list[Said] = field(default_factory=list[Said])
    turns: list[Json] = field(default_factory=list[Json])
    messages: list[Json] = field(default_factory=list[Json])
    usage: list[Json] = field(default_factory=list[Json])
    writes: list[Json] = field(default_factory=list[Json])
    ended: list[Ended] = field(default_factory=list[Ended])
    losses: list[float] = field(default_factory=list[float])

    def found(self) -> set[str]:
        """The rules that are broken."""
        history = History(name="c0", user="u", said=self.said, ended=self.ended)
        books = Books(
            turns=self.turns,
            messages=self.messages,
            usage=self.usage,
            writes=self.writes,
            leaves={"c": self.messages[-1]["id"]},
        )
        spoken = {("ask t0", 0): [USED], ("ask t0", 1): [USED], ("ask t1", 0): [USED]}
        evidence = Evidence([history], books, spoken, losses=self.losses)
        return {rule for rule, found in judge(evidence).items() if found}


@pytest.fixture
def case() -> Case:
    """Nothing went wrong."""
    made = Case()
    call = {"id": "call", "name": "memory_store", "arguments": {"key": "k"}}
    add_turn(made, 0, ["first", "second"], [[call], []])
    add_turn(made, 1, ["third"], [[]])
    made.writes = [{"id": 1, "what": "memory", "name": "k"}, {"id": 2, "what": "result", "name": "call"}]
    return made


def add_turn(case: Case, number: int, texts: list[str], calls: list[list[Json]]) -> None:
    """A turn that was completed, from the command to what the client saw of it."""
    turn = f"t{number}"
    answer = tuple(texts)
    said = Said(key=turn, text=f"ask {turn}", answer=answer, sent=[number * 10.0], turns={turn: number * 10.0 + 1})
    said.over, said.shown = "event", answer
    case.said.append(said)
    case.ended.append(Ended(turn, f"{number}-0", number * 10.0 + 5))
    began = START + timedelta(seconds=number * 10)
    times = {"created_at": began, "started_at": began, "ended_at": began + timedelta(seconds=5)}
    row = {"id": turn, "user": "u", "conversation": "c", "key": turn, "status": "completed", "attempts": 1}
    case.turns.append({**row, "error": None, "question": f"{turn} q", **times})
    parent = case.messages[-1]["id"] if case.messages else None
    base = {"conversation": "c", "turn": turn, "status": "complete"}
    question = {"id": f"{turn} q", "parent": parent, "role": "user", "step": 0, "content": said.text}
    case.messages.append({**base, **question, "tool_calls": None, "tool_results": None, "usage": None})
    for step, text in enumerate(texts):
        answered = {"id": f"{turn} {step}", "parent": case.messages[-1]["id"], "role": "assistant", "step": step}
        results = [{"id": call["id"]} for call in calls[step]]
        tools = {"tool_calls": calls[step], "tool_results": results}
        case.messages.append({**base, **answered, "content": text, "usage": USED, **tools})
        case.usage.append({"turn": turn, **USED})


def test_a_run_without_a_fault_in_it_passes(case: Case):
    assert case.found() == set()


def _lose(case: Case) -> None:
    case.said[1].turns = {"gone": 11.0}


def _leave_running(case: Case) -> None:
    case.turns[1]["status"] = "running"


def _make_two(case: Case) -> None:
    case.turns.append({**case.turns[1], "id": "t2"})


def _repeat_a_step(case: Case) -> None:
    case.messages.append({**case.messages[-1], "id": "again", "parent": case.messages[-1]["id"]})


def _fail(case: Case) -> None:
    case.turns[1] |= {"status": "failed", "error": {"code": "internal"}}


def _refuse(case: Case) -> None:
    case.said[1].refused = "invalid"


def _hang(case: Case) -> None:
    case.said[1].over = ""


def _end_twice(case: Case) -> None:
    case.ended.append(Ended("t1", "9-9", 19.0))


def _show_otherwise(case: Case) -> None:
    case.said[1].shown = ("thrid",)


def _store_otherwise(case: Case) -> None:
    case.messages[-1]["content"] = "thrid"


def _run_again(case: Case) -> None:
    case.writes.append({"id": 3, "what": "memory", "name": "k"})


def _settle_twice(case: Case) -> None:
    case.writes.append({"id": 3, "what": "result", "name": "call"})


def _forget_to_run(case: Case) -> None:
    case.writes = case.writes[1:]


def _overtake(case: Case) -> None:
    case.turns.reverse()


def _overlap(case: Case) -> None:
    case.turns[1]["started_at"] = START


def _branch(case: Case) -> None:
    case.messages[3]["parent"] = "t0 0"


def _pay_twice(case: Case) -> None:
    case.usage.append(deepcopy(case.usage[-1]))


def _invent_usage(case: Case) -> None:
    case.messages[-1]["usage"] = {**USED, "output_tokens": 3}
    case.usage[-1]["output_tokens"] = 3


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        (_lose, "lost"), (_leave_running, "lost"), (_make_two, "doubled"), (_repeat_a_step, "doubled"),
        (_fail, "failed"), (_refuse, "failed"), (_hang, "left hanging"), (_end_twice, "ended twice"),
        (_show_otherwise, "text differs"), (_store_otherwise, "text differs"), (_run_again, "tools run again"),
        (_settle_twice, "tools run again"), (_forget_to_run, "tools run again"), (_overtake, "out of order"),
        (_overlap, "out of order"), (_branch, "not one chain"), (_pay_twice, "usage differs"),
        (_invent_usage, "usage differs"),
    ],
)  # fmt: skip
def test_what_may_not_happen_is_found(case: Case, harm: Callable[[Case], None], rule: str):
    harm(case)
    assert rule in case.found()
    assert rule in RULES


def test_an_end_may_be_told_again_when_the_log_was_lost(case: Case):
    _end_twice(case)
    case.losses = [17.0]
    assert case.found() == set()


def test_a_spent_budget_is_an_honest_end_only_if_hosts_died(case: Case):
    case.turns[1] |= {"status": "failed", "error": {"code": "crashed"}}
    assert "failed" in case.found()
    case.turns[1]["attempts"] = 3
    assert "failed" not in case.found()


def test_a_plan_is_the_same_for_the_same_seed_and_has_every_kind():
    faults = plan(7, seconds=200, every=1.7)
    assert faults == plan(7, seconds=200, every=1.7)
    assert {fault.kind for fault in faults} == set(HABITS)


def test_text_that_was_void_is_not_shown():
    display = Display()
    for event in (
        {"type": "step_started", "step": 0, "message_id": "a"},
        {"type": "token", "message_id": "a", "content": "void"},
        {"type": "turn_resumed", "step": 0},
        {"type": "step_started", "step": 0, "message_id": "b"},
        {"type": "token", "message_id": "b", "content": "kept"},
        {"type": "step_finished", "message_id": "b", "length": 4},
        {"type": "turn_ended", "leaf_id": "b"},
    ):
        display.apply({**event, "turn_id": "t"})
    assert display.turns["t"].texts == ("kept",)
    assert display.settled


def test_text_that_did_not_arrive_is_asked_for():
    display = Display()
    for event in (
        {"type": "step_started", "step": 0, "message_id": "a"},
        {"type": "step_finished", "message_id": "a", "length": 4},
    ):
        display.apply({**event, "turn_id": "t"})
    assert display.wanted == {"a"}
