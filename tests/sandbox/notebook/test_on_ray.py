"""Notebooks as Ray actors: found again by name, one cell after another, gone when idle, honest when lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, cast
from uuid import uuid4

import psutil
import pytest
import ray
from ray.util import list_named_actors

from cluster.errors import Busy
from sandbox.errors import FilesRefused, Interrupted
from sandbox.jail.kernel import CellRun
from sandbox.notebook.on_ray import RayKernels
from tests.sandbox.notebook.seeds import PRINTS, SPINS, Somebody

RAY: Any = ray
pytestmark = [pytest.mark.usefixtures("ray_cluster"), pytest.mark.timeout(240)]


@pytest.fixture
async def namespace() -> AsyncGenerator[str]:
    """Where a test's actors are; they end with it."""
    name = f"test-{uuid4().hex}"
    yield name
    for actor in named(name):
        RAY.kill(RAY.get_actor(actor, name))


@pytest.fixture
def someone(namespace: str) -> Somebody:
    """A user in a conversation."""
    return Somebody(RayKernels(namespace=namespace))


def named(namespace: str) -> list[str]:
    found = cast("list[dict[str, str]]", list_named_actors(all_namespaces=True))
    return [each["name"] for each in found if each["namespace"] == namespace]


def elsewhere(someone: Somebody, namespace: str) -> Somebody:
    """The same conversation in another process: it knows nothing but the names."""
    return Somebody(RayKernels(namespace=namespace), someone.user, someone.conversation)


async def test_variables_are_kept_and_found_from_everywhere(someone: Somebody, namespace: str):
    first = await someone.ran("x = open('kept.txt').read()")
    assert (first.fresh, first.outcome.said.error) == (True, None)
    second = await elsewhere(someone, namespace).ran("x")
    assert (second.outcome.said.value, second.fresh) == ("'kept'", False)
    assert someone.seeded == 1
    state = await someone.kernels.state(someone.user, someone.conversation)
    assert state is not None
    assert state.variables is not None
    assert [each.name for each in state.variables.variables] == ["x"]


async def test_a_reset_and_a_killed_kernel_are_told_of_and_errors_keep_their_kind(someone: Somebody):
    assert not await someone.end()
    await someone.ran("x = 1")
    assert await someone.end()
    assert (await someone.ran("1")).lost == "it was reset"
    await someone.ran("import os\nos._exit(3)")
    assert (await someone.ran("1")).lost == "the cell ended its process with status 3"
    with pytest.raises(FilesRefused):
        await someone.kernels.run_cell(
            someone.user, someone.conversation, CellRun(code="", files={"../up": b""}), someone.seed
        )


async def test_a_cancelled_cell_is_interrupted_and_the_variables_stay(someone: Somebody):
    await someone.ran("x = 1")
    running = asyncio.create_task(someone.ran(SPINS))
    async with asyncio.timeout(30):
        while not (await told(someone)).busy:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    after = await someone.ran("x")
    assert (after.outcome.said.value, after.fresh) == ("1", False)


def keepers(of: psutil.Process) -> list[psutil.Process]:
    """The actors of this process's cluster that keep kernels which run."""
    found: list[psutil.Process] = []
    for each in of.children(recursive=True):
        with suppress(psutil.Error):
            kept = "KernelActor" in " ".join(each.cmdline()) and each.children()
            found += [each] if kept else []
    return found


async def told(somebody: Somebody):
    state = await somebody.kernels.state(somebody.user, somebody.conversation)
    assert state is not None
    return state


async def test_an_idle_actor_ends_itself_and_its_successor_is_new(namespace: str):
    someone = Somebody(RayKernels(namespace=namespace, idle_seconds=0.3))
    await someone.ran("x = 1")
    async with asyncio.timeout(30):
        while named(namespace):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    again = await someone.ran("open('kept.txt').read(), 'x' in dir()")
    assert (again.outcome.said.value, again.fresh) == ("('kept', False)", True)


async def test_a_user_has_so_many_and_busy_ones_do_not_give_way(namespace: str):
    kernels = RayKernels(namespace=namespace, most_of_user=1)
    someone = Somebody(kernels)
    stranger, other = Somebody(kernels), someone.elsewhere()
    await stranger.ran("x = 1")
    await someone.ran("x = 1")
    await other.ran("x = 1")
    assert set(named(namespace)) == {f"{each.user}/{each.conversation}" for each in (stranger, other)}
    running = asyncio.create_task(other.ran(SPINS))
    async with asyncio.timeout(30):
        while not (await told(other)).busy:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    with pytest.raises(Busy):
        await someone.ran("1")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_whoever_waits_hears_what_a_long_cell_prints(someone: Somebody):
    heard = await someone.heard_of(PRINTS, "step")
    assert heard[-1].startswith("step ")
    assert (await someone.ran("n > 0")).fresh is False


async def test_a_lost_actor_is_told_of_and_followed_by_a_new_one(someone: Somebody):
    await someone.ran("x = 1")
    running = asyncio.create_task(someone.ran(SPINS))
    async with asyncio.timeout(30):
        while not (await told(someone)).busy:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    keepers(psutil.Process())[0].kill()
    with pytest.raises(Interrupted):
        await running
    again = await someone.ran("'x' in dir()")
    assert (again.outcome.said.value, again.fresh) == ("False", True)
