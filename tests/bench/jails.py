"""What a jail costs: from the order to the answer, cold and from a pool, beside a bare interpreter in the same run."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import psutil

from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail, KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.libraries import FOLDER
from sandbox.jail.run import Run
from sandbox.notebook.kernels import NOTEBOOK
from tests.bench import ending
from tests.bench.figures import MIB, median, row, say, tail
from tests.bench.memory import total_pss

RUNS = 30
PRINT = "print(1)"
FRAME = "import numpy, pandas\nprint(pandas.DataFrame({'a': numpy.arange(3)})['a'].sum())"
LIBRARIES = ("numpy", "pandas")
THERE = f"import sys\nsys.path.append({str(FOLDER)!r})\n"


async def measure() -> None:
    """Print it."""
    say("The jail")
    jail = Jail()
    await jail.walls()
    bare = await _timed(RUNS, lambda: _bare(PRINT))
    row("a bare `python -c 'print(1)'`", tail(bare))
    row("cold", _beside(await _timed(RUNS, lambda: jail.run(Run(code=PRINT))), bare))
    async with InlinePool(jail, warm=2) as pool:
        row("warm", _beside(await _timed(RUNS, lambda: pool.run(Run(code=PRINT)), ready=lambda: pool.warm == 2), bare))
        row("memory of one that waits", f"{_waiting(2) / MIB:7.1f} MiB")
        row("cancelled, until all six processes are gone", tail(await ending.of_jails(jail, RUNS)))
        for at_once in (2, 4):
            row(f"runs a second, cold, {at_once} at once", f"{await _rate(jail, at_once):7.1f}")
    await _kernels(bare)
    bare = await _timed(5, lambda: _bare(THERE + FRAME))
    row("a bare python with numpy and pandas", tail(bare))
    async with InlinePool(jail, warm=2, preload=LIBRARIES) as pool:
        warm = await _timed(10, lambda: pool.run(Run(code=FRAME)), ready=lambda: pool.warm == 2)
        row("warm, with numpy and pandas", _beside(warm, bare))
        row("memory of one that waits, with them", f"{_waiting(2) / MIB:7.1f} MiB")
    say()


async def _kernels(bare: list[float]) -> None:
    """Notebooks: a new kernel with its first cell, and a cell in one that is there."""
    jail = KernelJail()
    await jail.walls()

    async def fresh() -> None:
        kernel = await jail.start(NOTEBOOK)
        await kernel.run(CellRun(code="1 + 1"))
        await kernel.close()

    row("a new kernel, a cell, and its end", _beside(await _timed(10, fresh), bare))
    kernel = await jail.start(NOTEBOOK)
    row("a cell in a kernel", _beside(await _timed(RUNS, lambda: kernel.run(CellRun(code="1 + 1"))), bare))
    await kernel.close()


async def _timed(
    count: int, work: Callable[[], Awaitable[object]], ready: Callable[[], bool] = lambda: True
) -> list[float]:
    """How long each took, one after the other, each begun when everything is ready for it."""
    taken: list[float] = []
    for _ in range(count):
        while not ready():  # noqa: ASYNC110 (a pool announces nothing)
            await asyncio.sleep(0.01)
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return taken


async def _bare(code: str) -> None:
    started = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.DEVNULL)
    await started.wait()


async def _rate(jail: Jail, at_once: int) -> float:
    began = time.perf_counter()

    async def several() -> None:
        for _ in range(RUNS // at_once):
            await jail.run(Run(code=PRINT))

    await asyncio.gather(*(several() for _ in range(at_once)))
    return RUNS // at_once * at_once / (time.perf_counter() - began)


def _waiting(count: int) -> float:
    """The memory of each waiting jail with its warden."""
    return total_pss(psutil.Process().children(recursive=True)) / count


def _beside(seconds: list[float], bare: list[float]) -> str:
    return f"{tail(seconds)}   {median(seconds) / median(bare):.1f} times bare"
