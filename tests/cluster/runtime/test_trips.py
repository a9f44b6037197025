"""How a message finds its host, decided without a host, a database or a clock."""

from dataclasses import replace
from uuid import UUID

import pytest

from cluster.errors import Busy, Unavailable
from cluster.ids import HostId
from cluster.runtime.actor import ActorId
from cluster.runtime.delivery.placement import (
    Choose,
    Chosen,
    Done,
    Event,
    Failed,
    Found,
    GiveUp,
    Look,
    Pause,
    Replied,
    Rested,
    Send,
    SetOut,
    Step,
    Trip,
    after,
    emptiest,
)
from cluster.runtime.envelope import Answered, Full, Moved, Severed
from cluster.runtime.hosts.load import LAGGING
from cluster.runtime.store import HostRow

ACTOR = ActorId("session", "3f2a")
TRIP = Trip(repeatable=False, patience=10.0, deadline=10.0)


def host(number: int, *, actors: int = 0, capacity: int = 10) -> HostRow:
    id = HostId(UUID(int=number))
    return HostRow(id=id, name=f"host/{number}", node="n", pid=1, kinds=None, capacity=capacity, actors=actors)


A, B = host(1), host(2)
LOST = Failed(reached=A.id, why="the host died")
UNREACHED = Failed(reached=None, why="the host is gone")


@pytest.mark.parametrize(
    ("event", "step"),
    [
        (SetOut(A), Send(A)),
        (SetOut(None), Look()),
        (Found(A), Send(A)),
        (Found(None), Choose(frozenset())),
        (Chosen(A), Send(A)),
        (Rested(), Look()),
        (Replied(A, Answered(1)), Done(A, Answered(1))),
        (Replied(A, Moved()), Look()),
    ],
)
def test_a_trip_goes_on(event: Event, step: object):
    assert after(TRIP, event, 0.0)[1] == step


@pytest.mark.parametrize("event", [UNREACHED, Chosen(None)])
def test_what_was_provably_not_done_is_tried_again_after_a_pause(event: Event):
    assert isinstance(after(TRIP, event, 0.0)[1], Pause)


@pytest.mark.parametrize("event", [LOST, Replied(A, Severed("the host died"))])
def test_what_may_have_been_done_is_not_repeated(event: Event):
    step = after(TRIP, event, 0.0)[1]
    assert isinstance(step, GiveUp)
    assert isinstance(step.error, Unavailable)


@pytest.mark.parametrize("event", [LOST, Replied(A, Severed("the host died"))])
def test_what_may_be_done_twice_is_repeated(event: Event):
    assert isinstance(after(replace(TRIP, repeatable=True), event, 0.0)[1], Pause)


def test_what_hosts_die_of_is_not_repeated_for_ever():
    trip, steps = replace(TRIP, repeatable=True), list[Step]()
    for number in range(4):
        trip, step = after(trip, Failed(host(number).id, "the host died"), number * 100.0)
        steps.append(step)
    assert [type(step) for step in steps] == [Pause, Pause, Pause, GiveUp]


def test_a_dead_host_that_is_met_again_is_one_loss_and_buys_no_time():
    trip, step = replace(TRIP, repeatable=True), Look()
    for now in range(10):
        trip, step = after(trip, LOST, float(now))
        assert isinstance(step, Pause)
    assert isinstance(after(trip, LOST, TRIP.patience)[1], GiveUp)


def test_looking_for_a_host_ends_at_the_deadline():
    step = after(TRIP, UNREACHED, TRIP.deadline)[1]
    assert isinstance(step, GiveUp)
    assert isinstance(step.error, Unavailable)


def test_a_second_move_is_followed_after_a_pause():
    trip, _ = after(TRIP, Replied(A, Moved()), 0.0)
    assert isinstance(after(trip, Replied(B, Moved()), 0.0)[1], Pause)


def test_pauses_grow_up_to_a_limit():
    trip, pauses = TRIP, list[float]()
    for _ in range(12):
        trip, step = after(trip, UNREACHED, 0.0)
        assert isinstance(step, Pause)
        pauses.append(step.seconds)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pauses[-2] <= 0.5


def test_a_full_host_is_avoided_and_when_all_are_full_the_caller_is_told():
    trip, step = after(TRIP, Replied(A, Full()), 0.0)
    assert step == Look()
    trip, step = after(trip, Found(None), 0.0)
    assert step == Choose(frozenset({A.id}))
    _, step = after(trip, Chosen(None), 0.0)
    assert isinstance(step, GiveUp)
    assert isinstance(step.error, Busy)


def test_the_emptiest_host_is_chosen():
    assert emptiest([host(1, actors=3), host(2, actors=2)], ACTOR, sent={}, avoid=()) == host(2, actors=2)


def test_what_was_just_sent_counts():
    hosts = [host(1, actors=3), host(2, actors=2)]
    assert emptiest(hosts, ACTOR, sent={hosts[1].id: 2}, avoid=()) == hosts[0]


def test_a_host_that_lags_is_not_chosen_while_another_has_room():
    hosts = [replace(host(1), lag=2 * LAGGING), host(2, actors=9)]
    assert emptiest(hosts, ACTOR, sent={}, avoid=()) == hosts[1]


def test_when_all_hosts_lag_the_emptiest_is_chosen_all_the_same():
    hosts = [replace(host(1, actors=3), lag=2 * LAGGING), replace(host(2, actors=2), lag=9 * LAGGING)]
    assert emptiest(hosts, ACTOR, sent={}, avoid=()) == hosts[1]


def test_full_and_avoided_hosts_are_not_chosen():
    assert emptiest([host(1, actors=10), B], ACTOR, sent={}, avoid={B.id}) is None


def test_callers_that_know_the_same_empty_hosts_spread_their_actors():
    hosts = [host(number) for number in range(4)]
    chosen = [emptiest(hosts, ActorId("session", str(key)), sent={}, avoid=()) for key in range(100)]
    assert all(chosen.count(each) > 10 for each in hosts)
