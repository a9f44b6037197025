"""When a host may serve, decided without a host, a database or a clock."""

from uuid import UUID

import pytest

from cluster.ids import HostId
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
    after,
    serving,
)

HOST = HostId(UUID(int=1))
LEASED = Leasing(seconds=10.0, host=HOST, until=10.0, connected=True)
NEW = Leasing(seconds=10.0)


def test_a_host_that_has_no_lease_asks_for_one() -> None:
    leasing, step = after(NEW, Connected(), 0.0)
    assert step == Register()
    assert serving(leasing, 0.0) is None


def test_a_lease_counts_from_when_it_was_asked_for() -> None:
    leasing, step = after(NEW, Registered(HOST, sent=3.0), 5.0)
    assert isinstance(step, Beat)
    assert (serving(leasing, 12.9), serving(leasing, 13.0)) == (HOST, None)


def test_a_renewal_counts_from_when_it_was_asked_for() -> None:
    leasing, _ = after(LEASED, Renewed(sent=4.0), 6.0)
    assert (serving(leasing, 13.9), serving(leasing, 14.0)) == (HOST, None)


def test_a_lease_is_renewed_before_it_ends() -> None:
    assert after(LEASED, Rested(), 2.5)[1] == Renew(HOST, by=10.0)


@pytest.mark.parametrize("event", [Rested(), Cut(), Connected(), Renewed(sent=-1.0), Registered(HOST, sent=-1.0)])
def test_an_overrun_lease_is_given_up_before_anything_else(event: Event) -> None:
    leasing, step = after(LEASED, event, 10.0)
    assert step == Drop()
    assert serving(leasing, 9.0) is None


def test_a_host_that_was_declared_dead_gives_up_at_once() -> None:
    leasing, step = after(LEASED, Refused(), 5.0)
    assert step == Drop()
    assert serving(leasing, 5.0) is None


def test_after_dropping_its_actors_it_begins_again_under_a_new_id() -> None:
    dropping, _ = after(LEASED, Refused(), 5.0)
    assert after(dropping, Dropped(), 6.0)[1] == Register()


def test_a_database_that_does_not_answer_is_tried_again_within_the_lease() -> None:
    leasing, step = after(LEASED, Cut(), 5.0)
    assert isinstance(step, Retry)
    assert after(leasing, Rested(), 5.3)[1] == Connect(by=10.0)
