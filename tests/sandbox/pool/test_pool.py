"""Programs as Ray tasks: what comes back, what is told when their worker dies, and that a cancelled one ends."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace

import psutil
import pytest

from cluster.ids import UserId, new_id
from sandbox import pool as pools
from sandbox.errors import FilesRefused, Interrupted
from sandbox.fair_queue import FairQueue
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Run
from sandbox.pool import RayPool
from tests.sandbox.pool.looking import HANG, above, begun

PATIENCE = 60.0

pytestmark = pytest.mark.usefixtures("ray_cluster")


@pytest.fixture
def pool() -> RayPool:
    """A pool as each process has one."""
    return RayPool()


@pytest.fixture
def someone() -> UserId:
    """A user."""
    return UserId(new_id())


async def test_a_program_runs_with_its_files_and_what_it_changed_comes_back(pool: RayPool, someone: UserId):
    code = "text = open('in.txt').read()\nopen('out.txt', 'w').write(text * 2)\nprint(text)\ngive_result(len(text))"
    outcome = await pool.run(Run(code=code, files={"in.txt": b"abc"}), someone)
    assert (outcome.stdout, outcome.exit, outcome.files, outcome.result) == ("abc\n", 0, {"out.txt": b"abcabc"}, 3)


async def test_errors_keep_their_kind(pool: RayPool, someone: UserId):
    with pytest.raises(FilesRefused, match="not a path"):
        await pool.run(Run(code="", files={"../x": b""}), someone)
    outcome = await pool.run(Run(code="1/0"), someone)
    assert "ZeroDivisionError" in outcome.stderr
    outcome = await pool.run(Run(code=HANG, limits=replace(Limits(), wall_seconds=0.5)), someone)
    assert outcome.timed_out


async def test_nothing_is_left_of_a_cancelled_run(pool: RayPool, someone: UserId):
    """Its own time would end it only after the test's."""
    await pool.run(Run(code=""), someone)
    others = begun()
    task = asyncio.create_task(pool.run(Run(code=HANG, limits=replace(Limits(), wall_seconds=600)), someone))
    mine = await appeared(others)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not any(psutil.pid_exists(pid) for pid in mine))
    assert (await pool.run(Run(code="print(1)"), someone)).stdout == "1\n"


async def test_a_run_whose_worker_dies_is_interrupted_and_says_so(pool: RayPool, someone: UserId):
    await pool.run(Run(code=""), someone)
    others = begun()
    task = asyncio.create_task(pool.run(Run(code=HANG), someone))
    mine = await appeared(others)
    above(mine[0], "ray::").kill()
    with pytest.raises(Interrupted):
        await task
    await until(lambda: not any(psutil.pid_exists(pid) for pid in mine))
    assert (await pool.run(Run(code="print(1)"), someone)).stdout == "1\n"


async def test_a_program_that_takes_all_memory_does_not_take_its_worker(pool: RayPool, someone: UserId):
    outcome = await pool.run(
        Run(code="x = bytearray(1 << 40)", limits=replace(Limits(), memory_bytes=300 * MIB)), someone
    )
    assert outcome.exit == 1
    assert "MemoryError" in outcome.stderr


async def test_beyond_its_queue_it_says_that_it_is_busy(pool: RayPool, someone: UserId):
    pool._places = FairQueue(at_once=1, of_one=1, waiting_of_one=1, waiting=1)  # pyright: ignore[reportPrivateUsage]
    tasks = [asyncio.create_task(pool.run(Run(code="print(1)"), someone)) for _ in range(3)]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Busy", "Outcome", "Outcome"]


async def test_a_program_sees_no_environment_of_its_worker(pool: RayPool, someone: UserId):
    code = "import os\nprint(sorted(os.environ))\nprint(open('/proc/1/environ').read())"
    outcome = await pool.run(Run(code=code), someone)
    assert "RAY" not in outcome.stdout
    assert "APEX" not in outcome.stdout
    assert "HOME" in outcome.stdout


def test_a_task_asks_for_a_sandbox_and_for_what_its_limits_say():
    assert pools.RESOURCE == "sandbox"
    assert pools.RAY_TASK._default_options["max_retries"] == 0


async def appeared(others: Collection[int]) -> list[int]:
    """Wait until the program runs; its processes. A node that another test has lost may keep `others` for a while."""
    await until(lambda: not set(begun()) <= set(others))
    return [pid for pid in begun() if pid not in others]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)
