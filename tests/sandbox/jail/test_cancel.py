"""Who does not want a program any more is left with nothing of it, in whatever phase that is.

When the cancelled call returns, no process that it started is there; how soon that is, `make bench` says.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psutil
import pytest

from sandbox.egress.guard import Guard
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail, KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import Limits
from sandbox.jail.run import Run
from sandbox.notebook.kernels import NOTEBOOK
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.session import Session

FOREVER = "import select\nselect.select([], [], [])"
DAEMONS = """
import os, subprocess, sys
for n in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            subprocess.Popen(['/usr/bin/tail', '-f', '/dev/null', '--pid=1', {mark!r}], start_new_session=True)
            os.execv('/usr/bin/tail', ['/usr/bin/tail', '-f', '/dev/null', '--pid=1', {mark!r}])
        os._exit(0)
"""
"""Six processes that have left their session and lost their parents."""
DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
LONG = Limits(wall_seconds=600)


@pytest.fixture
def tree(jail: Jail) -> Callable[[], list[psutil.Process]]:
    """What this process has started since the test began, with all that those have started."""
    before = set(psutil.Process().children(recursive=True))
    return lambda: [each for each in psutil.Process().children(recursive=True) if each not in before]


async def until(holds: Callable[[], object]) -> None:
    """Wait for a condition that nobody announces."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def marked(processes: list[psutil.Process], mark: str) -> list[str]:
    """The states of those of these that have this word in their command line."""
    states: list[str] = []
    for process in processes:
        with suppress(psutil.Error):
            states += [process.status()] if mark in process.cmdline() else []
    return states


async def begun(work: Coroutine[Any, Any, Any], holds: Callable[[], object]) -> "asyncio.Task[Any]":
    task = asyncio.create_task(work)
    await until(lambda: holds() or task.done())
    assert not task.done(), task.result()
    return task


async def test_while_it_waits_for_a_place(jail: Jail, tree: Callable[[], list[psutil.Process]]):
    mark = uuid4().hex
    async with InlinePool(jail, warm=0, at_once=1) as pool:
        first = await begun(pool.run(Run(code=FOREVER, limits=LONG)), tree)
        waiting = asyncio.create_task(pool.run(Run(code=DAEMONS.format(mark=mark), limits=LONG)))
        await asyncio.sleep(0)
        await cancelled(waiting)
        await cancelled(first)
        assert marked(tree(), mark) == []
        assert (await pool.run(Run(code="print(1)"))).stdout == "1\n"
    assert tree() == []


@pytest.mark.parametrize("processes", range(1, 6))
async def test_while_its_jail_is_built(processes: int, jail: Jail, tree: Callable[[], list[psutil.Process]]):
    """When its warden is there, bubblewrap, its child, and so on, or already the program."""
    await jail.walls()
    task = asyncio.create_task(jail.run(Run(code=FOREVER, limits=LONG)))
    await until(lambda: len(tree()) >= min(processes, 4))
    await cancelled(task)
    assert tree() == []


async def test_while_it_runs_with_what_has_left_its_family(jail: Jail, tree: Callable[[], list[psutil.Process]]):
    mark = uuid4().hex
    code = DAEMONS.format(mark=mark) + FOREVER
    task = await begun(jail.run(Run(code=code, limits=LONG)), lambda: len(marked(tree(), mark)) == 6)
    await cancelled(task)
    assert tree() == []


async def test_in_a_cell_that_does_not_listen(tree: Callable[[], list[psutil.Process]]):
    mark = uuid4().hex
    kernel = await KernelJail().start(NOTEBOOK)
    cell = CellRun(code=DAEMONS.format(mark=mark) + DEAF, seconds=600)
    task = await begun(kernel.run(cell), lambda: len(marked(tree(), mark)) == 6)
    await cancelled(task)
    assert not kernel.is_alive
    assert tree() == []


async def test_in_a_cell_that_listens_nothing_runs_on_and_all_ends_with_its_kernel(
    tree: Callable[[], list[psutil.Process]],
):
    mark = uuid4().hex
    kernel = await KernelJail().start(NOTEBOOK)
    cell = CellRun(code=DAEMONS.format(mark=mark) + "while True: pass", seconds=600)
    task = await begun(kernel.run(cell), lambda: len(marked(tree(), mark)) == 6)
    await cancelled(task)
    assert set(marked(tree(), mark)) == {psutil.STATUS_STOPPED}
    await kernel.close()
    assert tree() == []


def chromium(processes: list[psutil.Process]) -> bool:
    return bool(marked(processes, "--remote-debugging-pipe"))


async def never(browser: Browser) -> None:
    await browser.tab().evaluate("new Promise(() => {})")


async def test_in_a_browser_that_starts(jail: Jail, tree: Callable[[], list[psutil.Process]]):
    session = Session(jail, Guard(), idle_seconds=600)
    await cancelled(await begun(session.start(), lambda: chromium(tree())))
    assert tree() == []
    await session.close()


async def test_in_a_browser_the_deed_ends_and_all_ends_with_the_browser(
    jail: Jail, tree: Callable[[], list[psutil.Process]]
):
    session = Session(jail, Guard(), idle_seconds=600)
    await session.start()
    await cancelled(await begun(session.do(never), lambda: session.rest.wanted))
    assert chromium(tree())
    await session.close()
    assert tree() == []
