# pyright: basic
"""A host that is told to stop hands its actors over to another one, on both runtimes; nobody waits for a lease."""

import asyncio
from typing import Any, cast

import pytest

from cluster.runtime.delivery.delivery import Carrier
from cluster.runtime.envelope import Answered, Message, Moved, decode_reply
from cluster.runtime.hosts import host as hosts
from cluster.runtime.hosts import sweep
from cluster.runtime.hosts.host import Host
from cluster.runtime.loop import LoopRuntime
from cluster.runtime.protocol import PROTOCOL
from cluster.runtime.ref import Ref
from cluster.runtime.store import HostRow
from tests.cluster.runtime.crew import STEPS, Worker
from tests.cluster.runtime.stage import Flavour, OpenStage, Stage, until

LONG = 600.0
"""A lease (seconds) that never runs out in a test: who moves was handed over."""
BRIEF = 1.0


@pytest.fixture
def flavour() -> Flavour:
    """Rules are shown where hosts cost nothing; `test_ray_hosts.py` shows that Ray's follow them."""
    return "loop"


@pytest.fixture(autouse=True)
def _nobody_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wakes elsewhere was handed over, and not found."""
    monkeypatch.setattr(sweep, "PERIOD", LONG)


def host_at(stage: Stage, row: HostRow) -> Host:
    """The host itself."""
    return cast("LoopRuntime", stage.runtime).hosts[row.name]


async def home_of(stage: Stage, ref: Ref[Any]) -> HostRow:
    """Where an actor is that is somewhere."""
    row = await stage.host_of(ref)
    assert row is not None
    return row


async def leaving(stage: Stage, row: HostRow) -> None:
    """Wait until it takes nobody more."""
    await until(lambda: _is(stage, "select draining from hosts where id = $1", row.id))


async def _is(stage: Stage, sql: Any, *args: object) -> bool:
    async with stage.clients.db.as_nobody() as conn:
        return bool(await conn.fetchval(sql, *args))


async def test_idle_actors_are_put_away_at_once_and_wake_elsewhere(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.peek)
        old = await home_of(stage, stage.worker())

        await host_at(stage, old).stop()

        assert await stage.diary() == ["wakes", "put away"]
        assert await stage.worker().ask(Worker.epoch) == 2
        assert (await home_of(stage, stage.worker())).id != old.id


async def test_a_host_that_leaves_takes_nobody_more(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
        await stage.noted("a begins")
        old = await home_of(stage, stage.worker())
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)

        reply = await stage.give(old, Message(stage.worker("new").id, "peek", (), {}))
        others = [stage.worker(str(number)) for number in range(4)]
        await asyncio.gather(*(other.ask(Worker.peek) for other in others))

        assert reply == Moved()
        stay = {row.id for row in await stage.hosts()}
        assert {(await home_of(stage, other)).id for other in others} == stay
        assert old.id not in stay
        await stage.open_gate("a")
        assert await turn == "a"
        await stopping


async def test_a_caller_who_was_sent_on_does_not_choose_the_host_again(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
        await stage.noted("a begins")
        old = await home_of(stage, stage.worker())
        carrier = cast("Any", stage.runtime)
        carrier._hosts_at = asyncio.get_running_loop().time() + LONG  # its list of hosts is as good as new
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)
        sent = sent_by(carrier)

        for number in range(6):
            await stage.worker(str(number)).ask(Worker.peek)

        assert [host.name for host, _ in sent].count(old.name) <= 1
        await stage.open_gate("a")
        assert await turn == "a"
        await stopping


def sent_by(carrier: Any) -> list[tuple[HostRow, bytes]]:
    """What is sent from now on, and to whom."""
    sent: list[tuple[HostRow, bytes]] = []
    through = carrier.send

    async def noting(host: HostRow, way: Any, data: bytes) -> bytes:
        sent.append((host, data))
        return await through(host, way, data)

    carrier.send = noting
    return sent


async def test_a_turn_that_knows_no_steps_ends_where_it_began(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
        await stage.noted("a begins")
        old = await home_of(stage, stage.worker())
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)
        await stage.open_gate("a")
        assert await turn == "a"
        await stopping
        assert await stage.diary() == ["wakes", "a begins", "a ends", "put away"]


async def test_what_waits_in_the_mailbox_goes_after_the_actor(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        await stage.worker().tell(Worker.hold, "a")
        await stage.noted("a begins")
        old = await home_of(stage, stage.worker())
        await stage.worker().tell(Worker.hold, "told")
        asked = asyncio.create_task(stage.worker().ask(Worker.epoch))
        await until(lambda: _waits(stage, old, 2))
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)

        await stage.open_gate("a")
        await stage.noted("told begins")
        await stage.open_gate("told")

        assert await asked == 2
        await stopping
        assert (await stage.diary()).count("told begins") == 1


async def _waits(stage: Stage, row: HostRow, letters: int) -> bool:
    incarnation = host_at(stage, row)._roster.get(stage.worker().id)
    return incarnation is not None and len(incarnation._mailbox) == letters


async def test_a_turn_still_hears_what_gets_through_while_its_host_leaves(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        turn = asyncio.create_task(stage.worker().ask(Worker.hold, "a"))
        await stage.noted("a begins")
        old = await home_of(stage, stage.worker())
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)
        assert await stage.give(old, Message(stage.worker().id, "peek", (), {})) == Answered(0)
        await stage.open_gate("a")
        assert await turn == "a"
        await stopping


async def test_unfinished_work_is_taken_up_elsewhere_at_the_next_step(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.begin_steps)
        await stage.noted("step 0")
        old = await home_of(stage, stage.worker())
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)

        for _ in range(STEPS):
            await stage.open_gate("step")
        await stage.noted("work done")

        await stopping
        assert (await home_of(stage, stage.worker())).id != old.id
        assert (await stage.diary()).count("wakes") == 2
        assert [entry for entry in await stage.diary() if entry.startswith("step")] == [
            f"step {step}" for step in range(STEPS)
        ]


async def test_a_turn_that_takes_too_long_is_told_that_it_is_overdue(
    stages: OpenStage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hosts, "DRAIN_SECONDS", 0.2)
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        await stage.worker().tell(Worker.hold_until_overdue, "a")
        await stage.noted("a begins")
        old = await home_of(stage, stage.worker())
        await host_at(stage, old).stop()
        assert await stage.diary() == ["wakes", "a begins", "a breaks off", "put away"]


async def test_a_turn_that_does_not_listen_is_cut_off_and_its_work_taken_up_elsewhere(
    stages: OpenStage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hosts, "DRAIN_SECONDS", 0.2)
    monkeypatch.setattr(hosts, "CUT_SECONDS", 0.2)
    async with stages(hosts=2, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.begin_work)
        await stage.noted(f"step {STEPS // 2 - 1}")
        await host_at(stage, await home_of(stage, stage.worker())).stop()
        await stage.noted("work done")
        assert len(await stage.committed()) == STEPS + 1


async def test_with_nowhere_to_go_a_turn_goes_on_to_its_end(stages: OpenStage):
    async with stages(hosts=1, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.begin_steps)
        await stage.noted("step 0")
        old = await home_of(stage, stage.worker())
        stopping = asyncio.create_task(host_at(stage, old).stop())
        await leaving(stage, old)
        for _ in range(STEPS):
            await stage.open_gate("step")
        await stopping
        assert (await stage.diary())[-2:] == ["work done", "put away"]


async def test_a_host_whose_row_says_so_leaves(stages: OpenStage):
    async with stages(hosts=2, lease_seconds=BRIEF) as stage:
        await stage.worker().ask(Worker.peek)
        old = await home_of(stage, stage.worker())
        async with stage.clients.db.as_nobody() as conn:
            await conn.execute("update hosts set draining = true where id = $1", old.id)
        await stage.noted("put away")
        await host_at(stage, old).ended.wait()
        assert [row.id for row in await stage.everywhere()] != [old.id]


async def test_a_message_in_a_newer_version_sends_its_actor_to_a_newer_host(stages: OpenStage):
    async with stages(hosts=1, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.peek)
        old = await home_of(stage, stage.worker())
        newer = b"%c%b\0and what only newer code can read" % (PROTOCOL + 1, str(stage.worker().id).encode())

        reply = decode_reply(await cast("Carrier", stage.runtime).send(old, "ask", newer))

        assert reply == Moved()
        await stage.noted("put away")


async def test_a_placement_of_newer_code_is_not_claimed_by_older(stages: OpenStage):
    async with stages(hosts=1, lease_seconds=LONG) as stage:
        await stage.worker().ask(Worker.peek)
        row = await home_of(stage, stage.worker())
        await until(lambda: _put_away(stage, row))
        async with stage.clients.db.as_nobody() as conn:
            await conn.execute("update placements set version = $1", PROTOCOL + 1)
        assert await stage.give(row, Message(stage.worker().id, "peek", (), {})) == Moved()
        assert await stage.host_of(stage.worker()) is None


async def _put_away(stage: Stage, row: HostRow) -> bool:
    await host_at(stage, row)._roster.put_idle_away(0.0)
    return await stage.host_of(stage.worker()) is None


async def test_actors_wake_in_hosts_that_read_what_their_callers_write(stages: OpenStage):
    async with stages(hosts=3, lease_seconds=LONG) as stage:
        rows = sorted(await stage.hosts(), key=lambda row: row.name)
        async with stage.clients.db.as_nobody() as conn:
            await conn.execute("update hosts set version = 1 where id = any($1::uuid[])", [row.id for row in rows[:2]])
        workers = [stage.worker(str(number)) for number in range(6)]
        await asyncio.gather(*(worker.ask(Worker.peek) for worker in workers))
        assert {(await home_of(stage, worker)).id for worker in workers} == {rows[2].id}


async def test_a_host_of_the_first_release_is_written_to_as_such(stages: OpenStage):
    async with stages(hosts=1, lease_seconds=LONG) as stage:
        async with stage.clients.db.as_nobody() as conn:
            await conn.execute("update hosts set version = 1")
        sent = sent_by(stage.runtime)
        assert await stage.worker().ask(Worker.add, 3) == 3
        assert [data[:1] for _, data in sent] == [b"\x80"]
