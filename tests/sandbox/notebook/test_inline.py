"""Notebooks in one process: whose they are, how long they live, and who gives way to whom."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import pytest

from cluster.errors import Busy
from sandbox.errors import FilesRefused, Interrupted
from sandbox.jail.jail import KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import MIB
from sandbox.notebook.inline import InlineKernels
from sandbox.notebook.kernels import NOTEBOOK
from sandbox.runner import RUNS, WAITS
from tests.sandbox.notebook.seeds import PRINTS, SPINS, Somebody

JAIL = KernelJail()
"""Its self-test runs once for all tests of a process."""


@pytest.fixture
async def kernels() -> AsyncGenerator[InlineKernels]:
    """Two kernels of a user, three in all."""
    async with InlineKernels(JAIL, most=3, most_of_user=2) as opened:
        yield opened


@pytest.fixture
def someone(kernels: InlineKernels) -> Somebody:
    """A user in a conversation."""
    return Somebody(kernels)


async def busy(somebody: Somebody) -> asyncio.Task[object]:
    """Somebody's notebook, running a cell that does not end."""
    task = asyncio.create_task(somebody.ran(SPINS))
    await until(lambda: somebody.seeded > 0)
    return task


async def ended(task: asyncio.Task[object]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition that nobody announces."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - a kernel announces nothing
            await asyncio.sleep(0.01)


async def test_variables_are_kept_between_cells(someone: Somebody):
    first = await someone.ran("x = 1")
    assert (first.fresh, first.lost) == (True, "")
    second = await someone.ran("x + 1")
    assert (second.outcome.said.value, second.fresh, second.lost) == ("2", False, "")
    assert someone.seeded == 1


async def test_a_new_kernel_begins_with_the_notebooks_files(someone: Somebody):
    assert await someone.value("open('kept.txt').read()") == "'kept'"


async def test_conversations_are_apart_and_users_too(someone: Somebody, kernels: InlineKernels):
    await someone.ran("x = 1")
    stranger = Somebody(kernels, conversation=someone.conversation)
    for other in (someone.elsewhere(), stranger):
        assert (await other.ran("x")).outcome.said.error == "NameError: name 'x' is not defined"
    assert await someone.value("x") == "1"
    assert await stranger.end()
    assert await someone.value("x") == "1"


async def test_a_reset_forgets_variables_and_says_so(someone: Somebody):
    assert not await someone.end()
    await someone.ran("x = 1")
    assert await someone.end()
    again = await someone.ran("'x' in dir()")
    assert (again.outcome.said.value, again.fresh, again.lost) == ("False", True, "it was reset")


async def test_a_reset_ends_a_cell_that_runs(someone: Somebody):
    await someone.ran("1")
    running = asyncio.create_task(someone.ran(SPINS))
    await asyncio.sleep(0)
    assert await someone.end()
    with pytest.raises(Interrupted, match="it was reset"):
        await running
    assert (await someone.ran("1")).fresh


async def test_an_idle_kernel_is_put_away_and_its_successor_has_the_files():
    async with InlineKernels(JAIL, idle_seconds=0.2) as kernels:
        someone = Somebody(kernels)
        await someone.ran("x = 1")
        async with asyncio.timeout(20):
            while await kernels.state(someone.user, someone.conversation) is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        again = await someone.ran("open('kept.txt').read(), 'x' in dir()")
        assert (again.outcome.said.value, again.fresh) == ("('kept', False)", True)
        assert again.lost == "it was not used for 0.00333 minutes"


async def test_a_cell_that_runs_is_not_idle():
    async with InlineKernels(JAIL, idle_seconds=0.1) as kernels:
        someone = Somebody(kernels)
        await someone.ran("x = 1; from time import sleep; sleep(0.5)")
        running = await someone.ran("sleep(0.5); x")
        assert (running.outcome.said.value, running.fresh) == ("1", False)


async def test_a_killed_kernel_is_followed_by_a_new_one_that_knows_why(someone: Somebody):
    killed = await someone.ran("import os\nos._exit(3)")
    assert killed.outcome.ended_by == "exit"
    again = await someone.ran("1")
    assert (again.fresh, again.lost) == (True, "the cell ended its process with status 3")


async def test_a_kernel_that_takes_too_much_memory_is_followed_by_a_new_one():
    async with InlineKernels(JAIL, limits=replace(NOTEBOOK, memory_bytes=256 * MIB)) as kernels:
        someone = Somebody(kernels)
        forks = (
            "import os\nfrom time import sleep\nfor _ in range(4):\n"
            "    if os.fork() == 0:\n        own = b'y' * (100 << 20)\n"
        )
        killed = await someone.ran(f"x = 1\n{forks}        sleep(60)\nsleep(30)")
        assert killed.outcome.ended_by == "memory"
        assert (await someone.ran("1")).lost == "it used more than 256 MiB of memory"


async def test_whoever_waits_hears_what_a_long_cell_prints(someone: Somebody):
    heard = await someone.heard_of(PRINTS, "step")
    assert heard[0] == RUNS
    assert heard[-1].startswith("step ")
    assert heard[-1].isprintable()
    assert (await someone.ran("n > 0")).outcome.said.value == "True"


async def test_whoever_waits_hears_that_another_cell_runs_first(someone: Somebody):
    first = await busy(someone)
    heard = await someone.heard_of("1", WAITS)
    assert heard == [WAITS]
    await ended(first)


async def test_cells_of_one_notebook_run_one_after_another(someone: Somebody):
    code = "from time import sleep\nsteps = globals().get('steps', [])\nsteps += ['in']\nsleep(0.1)\nsteps += ['out']"
    await asyncio.gather(*(someone.ran(code) for _ in range(3)))
    assert await someone.value("steps") == str(["in", "out"] * 3)


async def test_a_crowd_before_one_notebook_is_told_so(someone: Somebody):
    running = await busy(someone)
    waiting = [asyncio.create_task(someone.ran("1")) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="wait for this notebook"):
        await someone.ran("1")
    await ended(running)
    assert {(await each).outcome.said.value for each in waiting} == {"1"}


async def test_a_cancelled_cell_is_interrupted_and_the_variables_stay(someone: Somebody):
    await someone.ran("x = 1")
    running = asyncio.create_task(someone.ran(SPINS))
    await asyncio.sleep(0)
    await ended(running)
    after = await someone.ran("x")
    assert (after.outcome.said.value, after.fresh) == ("1", False)


async def test_one_notebook_more_ends_the_users_own_that_was_idle_for_longest(someone: Somebody):
    other, third = someone.elsewhere(), someone.elsewhere()
    stranger = Somebody(someone.kernels)
    for each in (stranger, someone, other, someone):
        await each.ran("x = 1")
    await third.ran("x = 1")
    assert await someone.value("x") == "1"
    assert await stranger.value("x") == "1"
    assert (await other.ran("1")).lost == "its place was needed for another notebook"


async def test_a_process_has_so_many_kernels_and_no_more(kernels: InlineKernels):
    people = [Somebody(kernels) for _ in range(4)]
    for each in people:
        await each.ran("x = 1")
    held = [await kernels.state(each.user, each.conversation) is not None for each in people]
    assert held == [False, True, True, True]


async def test_who_is_busy_is_not_put_away(someone: Somebody):
    other = someone.elsewhere()
    running = [await busy(someone), await busy(other)]
    with pytest.raises(Busy, match="busy"):
        await someone.elsewhere().ran("1")
    for task in running:
        await ended(task)


async def test_the_state_tells_variables_and_idle_time(someone: Somebody, kernels: InlineKernels):
    assert await kernels.state(someone.user, someone.conversation) is None
    await someone.ran("x = [1, 2]")
    state = await kernels.state(someone.user, someone.conversation)
    assert state is not None
    assert state.variables is not None
    assert [(each.name, each.type, each.length) for each in state.variables.variables] == [("x", "list", 2)]
    assert 0 <= state.idle_seconds < 10
    running = await busy(someone)
    await asyncio.sleep(0)
    told = await kernels.state(someone.user, someone.conversation)
    assert told is not None
    assert (told.busy, told.variables) == (True, None)
    await ended(running)


async def test_files_that_are_refused_leave_no_half_a_notebook(someone: Somebody):
    cell = CellRun(code="1", files={"../up": b""})
    with pytest.raises(FilesRefused):
        await someone.kernels.run_cell(someone.user, someone.conversation, cell, someone.seed)
    assert await someone.value("open('kept.txt').read()") == "'kept'"
