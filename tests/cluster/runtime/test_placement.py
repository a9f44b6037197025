"""Where an actor is, who may write for it, and what happens when its host dies, on both runtimes."""

import asyncio
import os
import signal
from collections import Counter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from pydantic import SecretStr

from cluster.errors import Busy, Unavailable
from cluster.ids import new_id
from cluster.runtime.envelope import Answered, Message, Moved
from cluster.runtime.ref import Ref
from cluster.services import Clients
from cluster.settings import Settings
from tests.cluster.runtime.crew import STEPS, Worker
from tests.cluster.runtime.proxy import Proxy
from tests.cluster.runtime.stage import Flavour, OpenStage, Stage, until

LONG = 60.0
"""A lease (seconds) that does not run out in a test, nor is renewed in one."""
BRIEF = 2.0


async def test_an_idle_actor_is_put_away_and_woken_again_with_the_next_epoch(drowsy: Stage):
    first = await drowsy.worker().ask(Worker.epoch)
    await drowsy.noted("put away")
    await until(lambda: is_asleep(drowsy, drowsy.worker()))
    assert await drowsy.worker().ask(Worker.epoch) == first + 1


async def test_an_actor_in_the_middle_of_a_turn_is_not_idle(drowsy: Stage):
    turn = asyncio.create_task(drowsy.worker().ask(Worker.hold, "a"))
    await drowsy.noted("a begins")
    await drowsy.worker("other").ask(Worker.peek)
    await drowsy.noted("put away")
    await until(lambda: is_asleep(drowsy, drowsy.worker("other")))
    assert await drowsy.host_of(drowsy.worker()) is not None
    await drowsy.open_gate("a")
    assert await turn == "a"


async def test_a_message_that_meets_an_actor_on_its_way_out_wakes_it_again(drowsy: Stage):
    first = await drowsy.worker("slow").ask(Worker.epoch)
    await drowsy.noted("leaves")
    late = asyncio.create_task(drowsy.worker("slow").ask(Worker.epoch))
    await drowsy.worker().ask(Worker.peek)
    await drowsy.open_gate("leaving")
    assert await late == first + 1
    await drowsy.open_gate("leaving")


async def test_two_hosts_that_race_for_an_actor_do_not_both_get_it(drowsy: Stage):
    message = Message(drowsy.worker().id, "peek", (), {})
    replies = await asyncio.gather(*(drowsy.give(host, message) for host in await drowsy.hosts()))
    winner = await drowsy.host_of(drowsy.worker())
    assert winner is not None
    assert Counter(map(type, replies)) == {Answered: 1, Moved: 1}
    assert Moved(winner.id) in replies


async def test_a_late_write_of_an_old_incarnation_is_refused(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        late = asyncio.create_task(stage.worker().ask(Worker.hold_then_write, "late"))
        await stage.noted("late begins")
        old = await stage.host_of(stage.worker())
        assert old is not None
        await stage.expire(old)
        assert await stage.newcomer.ref(Worker, stage.worker().id.key).ask(Worker.epoch) == 2
        await stage.open_gate("late")
        with pytest.raises(Unavailable):
            await late
        assert await stage.committed() == []
        assert await stage.worker().ask(Worker.epoch) == 2


async def test_actors_in_different_hosts_reach_each_other(stages: OpenStage):
    async with stages(hosts=2) as stage:
        here, there = stage.worker("here"), stage.worker("there")
        await here.ask(Worker.peek)
        await there.ask(Worker.peek)
        assert await stage.host_of(here) != await stage.host_of(there)
        assert await here.ask(Worker.add_elsewhere, there.id.key, 7) == 7
        assert await there.ask(Worker.peek) == 7


async def test_a_frozen_host_does_not_hold_its_callers(stages: OpenStage, flavour: Flavour):
    if flavour == "loop":
        pytest.skip("a process cannot freeze a part of itself")
    async with stages(lease_seconds=BRIEF) as stage:
        host = (await stage.hosts())[0]
        turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
        await stage.noted("a begins")
        os.kill(host.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable):
                await turn
        finally:
            os.kill(host.pid, signal.SIGCONT)
        await stage.noted("a is cut")


async def test_full_hosts_share_and_then_refuse(stages: OpenStage):
    async with stages(hosts=2, actors_per_host=2) as stage:
        workers = [stage.worker(str(number)) for number in range(4)]
        await asyncio.gather(*(worker.ask(Worker.peek) for worker in workers))
        found = [await stage.host_of(worker) for worker in workers]
        assert sorted(Counter(host.name for host in found if host).values()) == [2, 2]
        with pytest.raises(Busy):
            await stage.worker("one too many").ask(Worker.peek)


async def test_an_exclusive_actor_has_a_host_of_its_own_that_ends_with_it(drowsy: Stage):
    first = await drowsy.loner().ask(Worker.epoch)
    host = await drowsy.host_of(drowsy.loner())
    assert host is not None
    assert host.name == str(drowsy.loner().id)
    await until(lambda: is_gone(drowsy, host.name))
    assert await drowsy.loner().ask(Worker.epoch) == first + 1


async def test_one_actor_for_each_host_gives_each_a_host_named_after_it(stages: OpenStage):
    async with stages(actors_per_host=1) as stage:
        workers = [stage.worker("a"), stage.worker("b")]
        processes = await asyncio.gather(*(worker.ask(Worker.process) for worker in workers))
        found = [await stage.host_of(worker) for worker in workers]
        assert [host.name for host in found if host] == [str(worker.id) for worker in workers]
        assert len(set(processes)) == (2 if stage.flavour == "ray" else 1)


async def test_a_host_that_was_declared_dead_drops_its_actors_and_begins_again(stages: OpenStage):
    async with stages(lease_seconds=BRIEF) as stage:
        turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
        await stage.noted("a begins")
        host = await stage.host_of(stage.worker())
        assert host is not None
        await stage.expire(host)
        with pytest.raises(Unavailable):
            await turn
        await stage.noted("a is cut")
        assert await stage.worker().ask(Worker.epoch) > 1


async def test_a_host_that_cannot_renew_its_lease_stops_serving_until_it_can(stages: OpenStage, settings: Settings):
    assert settings.database_url is not None
    url = urlsplit(settings.database_url.get_secret_value())
    async with Proxy("127.0.0.1", url.port or 0).serving() as network:
        netloc = f"{url.username}:{url.password}@127.0.0.1:{network.port}"
        through = SecretStr(urlunsplit(url._replace(netloc=netloc)))
        async with stages(lease_seconds=BRIEF, database_url=through) as stage:
            await stage.worker().tell(Worker.hold, "a")
            await stage.noted("a begins")
            network.open.clear()
            await stage.noted("a is cut")
            network.open.set()
            assert await stage.worker().ask(Worker.epoch) > 1


async def test_work_goes_on_exactly_once_after_its_host_was_killed(stages: OpenStage, flavour: Flavour):
    # On Ray the lease outlasts the test: neighbours and the restarted host see that the process is gone.
    async with stages(hosts=2, lease_seconds=LONG if flavour == "ray" else BRIEF) as stage:
        await stage.worker().ask(Worker.begin_work)
        await stage.noted(f"step {STEPS // 2 - 1}")
        host = await stage.host_of(stage.worker())
        assert host is not None
        await stage.kill(host)
        await stage.noted("work done")
        key = stage.worker().id.key
        assert await stage.committed() == [f"{key} begun", *(f"{key} step {step}" for step in range(STEPS))]
        assert [entry for entry in await stage.diary() if entry.startswith("step")] == [
            f"step {step}" for step in range(STEPS)
        ]


async def test_a_message_in_flight_when_its_host_is_killed_is_repeated_only_if_it_may_be(
    stages: OpenStage, flavour: Flavour
):
    async with stages(lease_seconds=LONG if flavour == "ray" else BRIEF) as stage:
        once = asyncio.create_task(stage.worker().ask(Worker.hold, "once"))
        again = asyncio.create_task(stage.worker("other").ask(Worker.hold_first_time, "again"))
        await stage.noted("once begins", "again begins")
        for host in await stage.hosts():
            await stage.kill(host)
        await stage.add_host()
        with pytest.raises(Unavailable):
            await once
        assert await again == 2
        assert (await stage.diary()).count("once begins") == 1


async def test_an_actor_with_unfinished_work_that_nobody_has_is_woken(stages: OpenStage):
    async with stages() as stage:
        key = stage.worker().id.key
        async with stage.clients.db.as_user(stage.user) as conn:
            await conn.execute("insert into placements (kind, key, pending) values ('worker', $1, true)", key)
            await conn.execute(
                "insert into memory (id, user_id, key, value) values ($1, $2, $3, '1')",
                new_id(),
                stage.user,
                f"{key} begun",
            )
        await stage.noted("work done")


async def test_hosts_that_stop_put_their_actors_away_and_leave_nothing_behind(stages: OpenStage, clients: Clients):
    async with stages(hosts=2) as stage:
        await asyncio.gather(*(stage.worker(str(number)).ask(Worker.peek) for number in range(4)))
        stage.clients = clients
    assert (await stage.diary()).count("put away") == 4
    async with clients.db.as_nobody() as conn:
        assert await conn.fetchval("select count(*) from hosts") == 0
        assert await conn.fetchval("select count(*) from placements where host is not null") == 0


async def is_asleep(stage: Stage, ref: Ref[Any]) -> bool:
    return await stage.host_of(ref) is None


async def is_gone(stage: Stage, name: str) -> bool:
    return name not in [host.name for host in await stage.everywhere()]
