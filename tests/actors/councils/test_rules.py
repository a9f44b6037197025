"""What comes next in a council, under many schedules of answers, people and deaths."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import pytest

from actors.councils.records import Deliberation, Given, Member, Remark
from actors.councils.rules import End, OpenRound, Wait, next_step
from actors.councils.votes import outcome
from tests.actors.councils.made import OPTIONS, answered, council

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_new_council_opens_its_blind_round():
    assert next_step(council()) == OpenRound(1)


def test_a_council_that_is_not_to_start_sleeps():
    assert next_step(council(paused=True)) == Wait(asleep=True)


def test_a_paused_council_holds_the_one_round_that_was_asked_for():
    state = council(paused=True, settings={"until": 1})
    assert next_step(state) == OpenRound(1)
    assert next_step(answered(state, 1, "tea", "coffee", "water")) == Wait(asleep=True)


def test_a_majority_of_blind_answers_is_put_to_the_test_before_it_counts():
    assert next_step(answered(council(), 1, "tea", "tea", "coffee")) == OpenRound(2)


def test_a_unanimous_council_has_nothing_to_review():
    assert next_step(answered(council(), 1, "tea", "tea", "tea")) == End("consensus")


def test_a_majority_that_stood_the_review_is_a_consensus():
    state = answered(answered(council(), 1, "tea", "coffee", "water"), 2, "tea", "tea", "water")
    assert next_step(state) == End("consensus")


def test_it_ends_when_nobody_changes_any_more():
    state = answered(answered(council(max_rounds=9), 1, "tea", "coffee", "water"), 2, "tea", "coffee", "water")
    assert next_step(state) == End("stability")


def test_it_ends_after_its_last_round():
    state = answered(answered(council(max_rounds=2), 1, "tea", "coffee", "water"), 2, "coffee", "tea", "water")
    assert next_step(state) == End("max_rounds")


def test_a_remark_is_heard_before_an_agreement_ends_it():
    state = replace(answered(council(), 1, "tea", "tea", "tea"), remarks=[Remark(id=uuid4(), content="And milk?")])
    assert next_step(state) == OpenRound(2)


def test_a_new_member_is_heard_before_an_agreement_ends_it():
    state = answered(council(), 1, "tea", "tea", "tea")
    state = replace(state, members=[*state.members, Member(n=4, name="Late", joined_round=2)])
    assert next_step(state) == OpenRound(2)


def test_a_spent_budget_ends_it():
    state = answered(council(), 1, "tea", "coffee", None, error="budget_spent")
    assert next_step(state) == End("budget")


def test_a_round_without_any_vote_ends_it():
    assert next_step(answered(council(), 1, None, None, None)) == End("broken")


def test_who_stops_it_waits_for_those_who_are_at_work():
    state = council(cancel_requested_at=NOW, round=1)
    working = replace(state, answers=[Given(round=1, member=1, agent_id=uuid4())])
    assert next_step(working) == Wait(asleep=False)
    assert next_step(answered(council(cancel_requested_at=NOW), 1, None, None, None, error="stopped")) == End("stopped")


@dataclass
class World:
    """A database that holds one council, and people and members who do what a seed says."""

    random: Random
    state: Deliberation
    opened: list[int] = field(default_factory=list[int])
    settled: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    shown_open: bool = False

    def act(self) -> bool:
        """One incarnation does one step and commits it, or dies before that. Answers whether the council goes on."""
        step = next_step(self.state)
        if self.random.random() < 0.3:
            return True  # it died; another will ask again
        match step:
            case OpenRound(round):
                self._open(round)
            case End(reason):
                done = replace(self.state.council, status="completed", reason=reason, outcome=outcome(self.state))
                self.state = replace(self.state, council=done)
                return False
            case Wait(asleep):
                if asleep:
                    self._change(paused=False)
                else:
                    self._settle()
        return True

    def disturb(self) -> None:
        """A person does something."""
        round = self.state.council.round + 1
        match self.random.randrange(12):
            case 0:
                self._change(paused=True, settings={"until": self.random.choice([None, round])})
            case 1:
                remark = Remark(id=uuid4(), content="But why?")
                self.state = replace(self.state, remarks=[*self.state.remarks, remark])
            case 2 if len(self.state.members) < 12:
                late = Member(n=len(self.state.members) + 1, name="Late", joined_round=round)
                self.state = replace(self.state, members=[*self.state.members, late])
            case 3 if len(staying := self.state.seated(round)) > 1:
                gone = self.random.choice(staying)
                left = [replace(m, left_round=round) if m is gone else m for m in self.state.members]
                self.state = replace(self.state, members=left)
            case 4 if self.random.random() < 0.1:
                self._change(cancel_requested_at=NOW)
            case _:
                pass

    def _change(self, **fields: object) -> None:
        self.state = replace(self.state, council=replace(self.state.council, **fields))  # pyright: ignore[reportArgumentType]

    def _open(self, round: int) -> None:
        if self.state.council.round and self.state.open(round - 1):
            self.shown_open = True
        self.opened.append(round)
        asked = [Given(round=round, member=m.n, agent_id=uuid4()) for m in self.state.seated(round)]
        heard = [replace(r, round=r.round or round) for r in self.state.remarks]
        self._change(round=round, status="running")
        self.state = replace(self.state, answers=[*self.state.answers, *asked], remarks=heard)

    def _settle(self) -> None:
        working = [answer for answer in self.state.answers if answer.status == "running"]
        one = self.random.choice(working)
        self.settled.append((one.round, one.member))
        status, vote = self.random.choice(
            [("answered", option) for option in OPTIONS] * 3 + [("abstained", None), ("failed", None)]
        )
        told = replace(one, status=status, vote=vote)  # pyright: ignore[reportArgumentType]
        self.state = replace(self.state, answers=[told if each is one else each for each in self.state.answers])


@pytest.mark.parametrize("seed", range(400))
def test_any_schedule_ends_once_and_shows_nobody_what_is_not_committed(seed: int):
    random = Random(seed)
    world = World(random, council(random.randint(1, 6), max_rounds=random.randint(1, 6)))
    steps = 0

    while world.act():
        world.disturb()
        steps += 1
        assert steps < 2000, "it does not end"

    assert world.state.council.ended
    assert world.opened == list(range(1, len(world.opened) + 1))
    assert len(world.opened) <= world.state.council.max_rounds
    assert not world.shown_open
    assert len(world.settled) == len(set(world.settled)) == len(world.state.answers)
    assert next_step(world.state) == Wait(asleep=True)
    heard = [remark for remark in world.state.remarks if remark.round is None]
    full = len(world.opened) == world.state.council.max_rounds
    assert not heard or full or world.state.council.reason in ("stopped", "budget", "broken")
