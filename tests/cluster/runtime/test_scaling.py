"""How many hosts there are to be, decided without a host or a clock; and a fleet on the event loop that follows."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.ids import HostId, UserId
from cluster.runtime.hosts.load import LAGGING
from cluster.runtime.hosts.scaling import CROWDED_SECONDS, EXTRA, Add, Dismiss, Fleet, Keep, Scaling, Step, after
from cluster.runtime.loop import LoopRuntime
from cluster.runtime.store import HostRow
from cluster.settings import Settings
from tests.cluster.runtime.crew import Worker
from tests.cluster.runtime.stage import Stage, open_stage, until

PATIENCE = 60.0
START = Scaling(most=8, patience=PATIENCE)


def host(number: int, *, actors: int = 0, added: bool = False) -> HostRow:
    name = f"{EXTRA}{number}" if added else f"host/node/{number}"
    id = HostId(UUID(int=number + 100 * added))
    return HostRow(id=id, name=name, node="n", pid=1, kinds=None, capacity=100, actors=actors)


def lasting(fleet: Fleet, seconds: float, scaling: Scaling = START) -> Step:
    """What is done when the fleet has looked like this for so long."""
    scaling, step = after(scaling, fleet, 0.0)
    assert step == Keep()
    return after(scaling, fleet, seconds)[1]


def test_full_hosts_get_more_beside_them():
    assert lasting(Fleet(hosts=[host(0, actors=80)]), CROWDED_SECONDS) == Add([f"{EXTRA}0"])


def test_a_moment_of_load_adds_nobody():
    scaling, _ = after(START, Fleet(hosts=[host(0, actors=80)]), 0.0)
    scaling, _ = after(scaling, Fleet(hosts=[host(0, actors=10)]), 1.0)
    assert after(scaling, Fleet(hosts=[host(0, actors=80)]), CROWDED_SECONDS + 0.5)[1] == Keep()


@pytest.mark.parametrize("trouble", [{"lag": 2 * LAGGING}, {"waiting": 5}, {"cpu": 0.95}])
def test_hosts_that_are_all_late_or_have_turns_in_line_get_more_beside_them(trouble: dict[str, float]):
    hosts = [replace(host(number), **trouble) for number in range(2)]
    assert isinstance(lasting(Fleet(hosts=hosts), CROWDED_SECONDS), Add)


def test_one_late_host_among_others_is_no_reason_for_more():
    fleet = Fleet(hosts=[replace(host(0), lag=1.0), host(1)])
    assert lasting(fleet, CROWDED_SECONDS) == Keep()


def test_what_comes_already_is_not_asked_for_again():
    fleet = Fleet(hosts=[host(0, actors=80)], coming=[f"{EXTRA}0"])
    assert lasting(fleet, CROWDED_SECONDS) == Keep()


def test_an_added_host_leaves_when_the_load_has_been_low_for_long():
    fleet = Fleet(hosts=[host(0, actors=10), host(0, actors=10, added=True)])
    assert lasting(fleet, PATIENCE - 1) == Keep()
    assert lasting(fleet, PATIENCE) == Dismiss((f"{EXTRA}0",), ())


def test_a_warm_host_never_leaves():
    assert lasting(Fleet(hosts=[host(0), host(1)]), 10 * PATIENCE) == Keep()


def test_a_host_that_has_not_come_is_called_off_when_the_load_is_low_again():
    fleet = Fleet(hosts=[host(0, actors=10)], coming=[f"{EXTRA}0"])
    assert lasting(fleet, PATIENCE) == Dismiss((), (f"{EXTRA}0",))


def test_a_host_stays_when_the_others_would_have_much_to_do_without_it():
    fleet = Fleet(hosts=[host(0, actors=30), host(0, actors=30, added=True)])
    assert lasting(fleet, 10 * PATIENCE) == Keep()


@given(
    st.lists(st.tuples(st.integers(0, 100), st.booleans(), st.floats(0, 1)), min_size=1, max_size=8),
    st.integers(0, 3),
    st.integers(1, 8),
)
def test_a_fleet_never_grows_over_its_most_nor_is_asked_to_grow_and_shrink_at_once(
    loads: list[tuple[int, bool, float]], coming: int, most: int
):
    hosts = [replace(host(n, actors=actors, added=added), cpu=cpu) for n, (actors, added, cpu) in enumerate(loads)]
    fleet = Fleet(hosts=hosts, coming=[f"{EXTRA}{50 + n}" for n in range(coming)])
    step = lasting(fleet, 10 * PATIENCE, Scaling(most=most, patience=PATIENCE))
    match step:
        case Add(names):
            assert len(hosts) + coming + len(names) <= most
            assert len(set(names)) == len(names)
            assert not set(names) & ({host.name for host in hosts} | set(fleet.coming))
        case Dismiss(serving, called_off):
            assert all(name.startswith(EXTRA) for name in (*serving, *called_off))
        case Keep():
            pass


async def test_a_fleet_grows_with_its_actors_and_shrinks_when_they_have_gone(settings: Settings, user: UserId):
    small = {"actors_per_host": 4, "most_hosts": 2, "shrink_seconds": 1.0, "lease_seconds": 2.0, "idle_seconds": 1.0}
    async with open_stage("loop", settings.model_copy(update=small), user, 1) as stage:
        names = [f"w{number}" for number in range(4)]
        working = [asyncio.create_task(stage.worker(name).ask(Worker.hold, name)) for name in names]

        await until(lambda: has_hosts(stage, 2))

        assert (await stage.worker("one more").ask(Worker.peek)) == 0
        for name in names:
            await stage.open_gate(name)
        assert await asyncio.gather(*working) == names
        await until(lambda: has_hosts(stage, 1))
        assert (await stage.worker("one more").ask(Worker.peek)) == 0


async def test_the_fleet_is_kept_by_another_when_its_keeper_dies(settings: Settings, user: UserId):
    small = {"actors_per_host": 4, "most_hosts": 3, "lease_seconds": 2.0}
    async with open_stage("loop", settings.model_copy(update=small), user, 2) as stage:
        await stage.kill((await stage.hosts())[0])
        await until(lambda: has_hosts(stage, 1))

        await asyncio.gather(*(stage.worker(f"{number}").ask(Worker.peek) for number in range(4)))

        await until(lambda: has_hosts(stage, 2))


async def has_hosts(stage: Stage, count: int) -> bool:
    assert isinstance(stage.runtime, LoopRuntime)
    return len(await stage.hosts()) == count
