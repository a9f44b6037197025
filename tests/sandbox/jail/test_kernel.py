"""A kernel keeps its variables from cell to cell, behind the same walls as a run, and ends with all that it started."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from sandbox.errors import FilesRefused, JailUnavailable
from sandbox.jail.check import WALLS
from sandbox.jail.jail import KernelJail, kernel_planned
from sandbox.jail.kernel import CellOutcome, CellRun, Kernel
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Outcome
from tests.sandbox.jail.attacks.attack import SMALL, Attack
from tests.sandbox.jail.attacks.exhausting import EXHAUSTING
from tests.sandbox.jail.attacks.gaining import GAINING
from tests.sandbox.jail.attacks.looking import LOOKING
from tests.sandbox.jail.attacks.reaching import REACHING

SMALLER = replace(SMALL, memory_bytes=512 * MIB)
SPINS = "while True: pass"
DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
OF_RUNS = {"time on the way out", "time in a thread that never ends", "recursion"}
"""Attacks on how a program leaves; a cell does not."""

Open = Callable[..., AbstractAsyncContextManager[Kernel]]


@pytest.fixture(scope="session")
def kernels() -> KernelJail:
    """This machine's jail for kernels; its self-test runs once."""
    return KernelJail()


@asynccontextmanager
async def opened(jail: KernelJail, limits: Limits = SMALLER):
    kernel = await jail.start(limits)
    try:
        yield kernel
    finally:
        await kernel.close()


@pytest.fixture
def kernel_with(kernels: KernelJail) -> Open:
    """Opens a kernel with the limits that a test wants."""
    return partial(opened, kernels)


async def ran(kernel: Kernel, code: str, seconds: float = 20, **files: bytes) -> CellOutcome:
    return await kernel.run(CellRun(code=code, seconds=seconds, files=files))


def lasting(mark: str) -> str:
    """A line that starts a process which ends only if it is ended, and which the machine can recognize."""
    return f"import subprocess\nsubprocess.Popen(['/usr/bin/tail', '-f', '/dev/null', '--pid=1', '{mark}'])"


def marked(mark: str) -> list[psutil.Process]:
    """The machine's processes with this word in their command line."""
    return [each for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or [])]


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for a condition that nobody announces."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - the kernel's processes set no events
            await asyncio.sleep(0.01)


async def test_variables_stay_and_the_last_value_is_shown(kernel_with: Open):
    async with kernel_with() as kernel:
        assert (await ran(kernel, "x = 20\ndef double(n): return 2 * n")).said.value is None
        outcome = await ran(kernel, "print('once')\ndouble(x) + 2")
        assert (outcome.said.value, outcome.stdout) == ("42", "once\n")
        assert (await ran(kernel, "_ + 1")).said.value == "43"
        assert (await ran(kernel, "x;")).said.value is None


async def test_an_error_ends_the_cell_and_not_the_kernel(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await ran(kernel, "x = 1\nx / 0")
        assert outcome.said.error == "ZeroDivisionError: division by zero"
        assert 'File "<cell 1>", line 2' in outcome.stderr
        assert "session.py" not in outcome.stderr
        assert (await ran(kernel, "x +")).said.error is not None
        assert (await ran(kernel, "import sys\nsys.exit('leaving')")).stderr == "leaving\n"
        assert (await ran(kernel, "x")).said.value == "1"


async def test_a_cell_that_takes_too_long_is_interrupted_and_the_variables_stay(kernel_with: Open):
    async with kernel_with() as kernel:
        await ran(kernel, "x = 1")
        outcome = await ran(kernel, f"print('began')\n{SPINS}", seconds=0.3)
        assert (outcome.stopped_by, outcome.ended_by, outcome.stdout) == ("time", None, "began\n")
        assert outcome.said.error == "KeyboardInterrupt"
        assert (await ran(kernel, "x")).said.value == "1"


async def test_an_interruption_reaches_what_the_cell_waits_for(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await ran(kernel, "import os\nos.system('sleep 60')", seconds=0.3)
        assert (outcome.stopped_by, outcome.ended_by) == ("time", None)


async def test_a_cell_that_ignores_interruptions_is_killed_with_its_kernel(kernel_with: Open):
    async with kernel_with() as kernel:
        began = time.monotonic()
        outcome = await ran(kernel, f"print('began')\n{DEAF}", seconds=0.3)
        assert (outcome.stopped_by, outcome.ended_by, outcome.stdout) == ("time", "time", "began\n")
        assert time.monotonic() - began < 4
        assert not kernel.is_alive


async def test_too_much_output_interrupts_the_cell(kernel_with: Open):
    async with kernel_with() as kernel:
        await ran(kernel, "x = 1")
        outcome = await ran(kernel, "while True: print('y' * 1000)")
        assert (outcome.stopped_by, outcome.ended_by, len(outcome.stdout)) == ("output", None, SMALLER.output_bytes)
        after = await ran(kernel, "x")
        assert (after.said.value, after.stdout) == ("1", "")


async def test_nothing_runs_between_cells_and_all_goes_on_with_the_next(kernel_with: Open):
    counting = "import threading\nn = 0\ndef count():\n    global n\n    while True: n += 1\n"
    ticking = "import subprocess\nticks = subprocess.Popen(['/bin/sh', '-c', 'while :; do :; done'])\n"
    async with kernel_with() as kernel:
        await ran(kernel, f"{counting}{ticking}threading.Thread(target=count, daemon=True).start()")
        within = psutil.Process().children(recursive=True)
        stopped = [each for each in within if each.status() == psutil.STATUS_STOPPED]
        assert len(stopped) >= 2
        going = "was = n\nwhile n == was: threading.Event().wait(0.001)\nn > was"
        assert (await ran(kernel, going)).said.value == "True"


async def test_files_go_in_and_only_changed_ones_come_out(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await kernel.run(CellRun(code="open('data/in.txt').read()", files={"data/in.txt": b"given"}))
        assert (outcome.said.value, outcome.files) == ("'given'", {})
        assert (await ran(kernel, "open('data/in.txt', 'a').write('!')")).files == {"data/in.txt": b"given!"}
        assert (await ran(kernel, "open('new', 'w').write('x')")).files == {"new": b"x"}
        assert (await ran(kernel, "1")).files == {}
        assert (await ran(kernel, "open('new').read()", new=b"other")).said.value == "'other'"


async def test_files_left_by_an_ended_kernel_still_come_out(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await ran(kernel, "import os\nopen('last', 'w').write('x')\nos._exit(3)")
        assert (outcome.ended_by, outcome.exit, outcome.files) == ("exit", 3, {"last": b"x"})


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of this machine that anybody may write to; it must stay as it is."""
    tmp_path.chmod(0o777)
    (tmp_path / "kept").write_bytes(b"kept")
    yield tmp_path
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"kept": b"kept"}


async def test_what_is_given_does_not_follow_the_links_of_an_earlier_cell(kernel_with: Open, folder: Path):
    links = f"import os\nos.symlink({str(folder)!r}, 'folder')\nos.symlink({str(folder / 'kept')!r}, 'kept')"
    async with kernel_with() as kernel:
        await ran(kernel, f"{links}\nos.symlink('/etc', 'etc')")
        for name in ("folder/planted", "etc/planted"):
            with pytest.raises(FilesRefused):
                await kernel.run(CellRun(code="", files={name: b"planted"}))
        assert (await ran(kernel, "open('kept').read()", kept=b"given")).said.value == "'given'"


async def test_a_child_that_comes_to_the_end_of_its_cell_is_no_second_kernel(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await ran(kernel, "import os\nx = 'child' if os.fork() == 0 else 'parent'\nx")
        assert outcome.said.value == "'parent'"
        assert [(await ran(kernel, "x")).said.value for _ in range(3)] == ["'parent'"] * 3


async def test_a_table_is_shown_as_rows_within_caps(kernel_with: Open):
    code = (
        "import pandas as pd\n"
        "pd.DataFrame({f'c{n}': range(60) for n in range(30)} | {'c1': [float('nan')] * 60, 'c2': ['x' * 500] * 60})"
    )
    async with kernel_with(Limits()) as kernel:
        table = (await ran(kernel, code, seconds=60)).said.table
        assert table is not None
        assert (len(table.rows), len(table.columns), table.total_rows, table.total_columns) == (50, 20, 60, 30)
        assert table.rows[1][:3] == [1, None, "x" * 200]
        indexed = (await ran(kernel, "pd.Series([1, 2], index=['a', 'b'], name='n')")).said.table
        assert indexed is not None
        assert (indexed.columns, indexed.rows) == (["", "n"], [["a", 1], ["b", 2]])


async def test_open_plots_and_pictures_are_shown_once(kernel_with: Open):
    async with kernel_with(Limits()) as kernel:
        plots = await ran(kernel, "import matplotlib.pyplot as plt\nfor n in range(2): plt.figure(); plt.plot([n])", 60)
        assert [image[:4] for image in plots.said.images] == [b"\x89PNG"] * 2
        assert (await ran(kernel, "1")).said.images == []
        picture = await ran(kernel, "import PIL.Image\nPIL.Image.new('L', (3, 3))")
        assert len(picture.said.images) == 1


async def test_variables_are_told_with_type_and_size(kernel_with: Open):
    async with kernel_with(Limits()) as kernel:
        await ran(kernel, "import numpy as np\nwords = ['a', 'b']\ngrid = np.zeros((3, 4))\n_hidden = 1", seconds=60)
        told = await kernel.variables()
        assert (told.cells, told.count) == (1, 2)
        grid, words = told.variables
        assert (grid.name, grid.type, grid.shape, grid.bytes) == ("grid", "ndarray", [3, 4], 96)
        assert (words.name, words.type, words.length) == ("words", "list", 2)


async def test_the_memory_of_all_cells_together_is_bounded(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await ran(kernel, "held = bytearray(b'x') * (300 << 20)")
        assert outcome.said.error is None
        assert (await ran(kernel, "more = bytearray(b'x') * (300 << 20)")).said.error == "MemoryError"
        forks = (
            "import os\nfrom time import sleep\nfor n in range(4):\n"
            "    if os.fork() == 0:\n        own = b'y' * (100 << 20)\n"
        )
        ending = await ran(kernel, f"{forks}        sleep(60)\nsleep(30)")
        assert ending.ended_by == "memory"
        assert not kernel.is_alive


async def test_a_fork_bomb_ends_with_its_cell_or_with_the_kernel(kernel_with: Open):
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    deaf = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{bomb}"
    async with kernel_with() as kernel:
        assert (await ran(kernel, bomb, seconds=1)).stopped_by == "time"
        assert (await ran(kernel, "1 + 1")).said.value == "2"
        assert (await ran(kernel, deaf, seconds=1)).ended_by is not None
        assert not kernel.is_alive


async def test_a_bomb_that_goes_on_after_its_cell_does_not_go_on_between_cells(kernel_with: Open):
    bomb = "import os\nif os.fork() == 0:\n    while True:\n        try: os.fork()\n        except OSError: pass\n1"
    async with kernel_with() as kernel:
        outcome = await ran(kernel, bomb)
        within = [each for each in psutil.Process().children(recursive=True) if each.username() != "root"]
        # The bomb never rests by itself; others, such as the warden, may run for a moment.
        running = lambda: [o for o in within if o.is_running() and o.status() == psutil.STATUS_RUNNING]  # noqa: E731
        await until(lambda: outcome.ended_by is not None or not running())


@pytest.mark.parametrize("leave", ["", "\nimport os; os.kill(os.getpid(), 9)"])
async def test_all_that_a_kernel_started_ends_with_it(leave: str, kernel_with: Open):
    mark = uuid4().hex
    async with kernel_with() as kernel:
        await ran(kernel, f"import os\nif os.fork() == 0:\n    os.setsid()\n    {lasting(mark).splitlines()[0]}\n1")
        await ran(kernel, lasting(mark) + leave)
    await until(lambda: not marked(mark), seconds=1)


async def test_a_killed_warden_takes_its_kernel_along(kernel_with: Open):
    mark = uuid4().hex
    async with kernel_with() as kernel:
        await ran(kernel, lasting(mark))
        assert marked(mark)
        for process in psutil.Process().children():
            if any("sandbox.jail.warden" in word for word in process.cmdline()):
                process.kill()
        await until(lambda: not marked(mark), seconds=5)
        with pytest.raises(JailUnavailable):
            await ran(kernel, "1")


async def test_cancelling_interrupts_the_cell_and_keeps_what_it_made(kernel_with: Open):
    mark = uuid4().hex
    async with kernel_with() as kernel:
        await ran(kernel, "x = 1")
        code = f"open('made', 'w').write('x')\n{lasting(mark)}\n{SPINS}"
        running = asyncio.create_task(ran(kernel, code))
        await until(lambda: bool(marked(mark)))
        began = time.monotonic()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert time.monotonic() - began < 1
        after = await ran(kernel, "x")
        assert (after.said.value, after.files) == ("1", {"made": b"x"})


async def test_a_cell_that_ignores_its_cancelling_is_killed(kernel_with: Open):
    mark = uuid4().hex
    async with kernel_with() as kernel:
        running = asyncio.create_task(ran(kernel, f"{lasting(mark)}\n{DEAF}"))
        await until(lambda: bool(marked(mark)))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not kernel.is_alive
        assert marked(mark) == []


@pytest.mark.parametrize(
    "forged",
    [
        "print('0' * 32 + '00000011' + '{\"value\": \"forged\"}')",
        "import os\nos.write(4, b'0' * 32 + b'00000013' + b'{\"value\": \"forged\"}')",
    ],
)
async def test_what_is_printed_or_guessed_is_no_value(forged: str, kernel_with: Open):
    async with kernel_with() as kernel:
        assert (await ran(kernel, f"{forged};")).said.value is None
        assert (await ran(kernel, "1")).said.value == "1"


async def test_a_child_that_guesses_cannot_answer_for_a_later_cell(kernel_with: Open):
    code = (
        "import os\nfrom time import sleep\nif os.fork() == 0:\n    while True:\n"
        "        os.write(4, b'0' * 32 + b'00000013' + b'{\"value\": \"forged\"}')\n        sleep(0.01)\n1"
    )
    async with kernel_with() as kernel:
        await ran(kernel, code)
        assert (await ran(kernel, "from time import sleep\nsleep(0.2)\n6 * 7")).said.value == "42"


@pytest.mark.parametrize(
    "claim", ["b'no json'", "b'[' * 100000", '\'{"value": 1, "images": ["!"], "table": []}\'.encode()']
)
async def test_a_claim_without_form_is_refused_and_nothing_breaks(claim: str, kernel_with: Open):
    """A cell shares its process with what reports on it, so it can take that over; what it says is then read warily."""
    session = "sys.modules['sandbox.jail.inside_kernel.session']"
    overtake = f"import sys\n{session}.json.dumps = lambda _: ({claim}).decode()"
    async with kernel_with() as kernel:
        assert "did not say" in str((await ran(kernel, overtake)).said.error)


async def test_a_report_without_end_kills_the_kernel(kernel_with: Open):
    async with kernel_with() as kernel:
        outcome = await ran(kernel, "import os\nwhile True: os.write(4, b'x' * 65536)")
        assert outcome.ended_by == "output"


async def test_every_wall_holds_around_a_kernel(kernels: KernelJail):
    walls = await kernels.walls()
    assert [wall.name for wall in walls if not wall.holds] == []
    assert len(walls) == len(WALLS) + 1


async def test_no_kernel_starts_where_a_wall_is_missing():
    def planner(limits: Limits, preload: Sequence[str]) -> Plan:
        plan = kernel_planned(limits, preload)
        return replace(plan, options=tuple(word for word in plan.options if word != "--unshare-net"))

    with pytest.raises(JailUnavailable, match="network"):
        await KernelJail(planner).start(SMALLER)


@pytest.mark.parametrize(
    "attack", [each for each in EXHAUSTING if each.name not in OF_RUNS], ids=lambda each: each.name
)
async def test_what_exhausts_a_run_does_not_exhaust_more_in_a_cell(
    attack: Attack, kernel_with: Open, outside: dict[str, object]
):
    if attack.language != "python":
        pytest.skip("a cell is Python")
    async with kernel_with(attack.limits) as kernel:
        assert await contained(kernel, attack, outside)


@pytest.mark.parametrize("attacks", [LOOKING, REACHING, GAINING], ids=["looking", "reaching", "gaining"])
async def test_no_cell_after_another_gets_out(attacks: Sequence[Attack], kernels: KernelJail, outside: dict[str, Any]):
    failed: list[str] = []
    kernel = await kernels.start(SMALL)
    for attack in attacks:
        if attack.language == "python":
            if not kernel.is_alive:
                kernel = await kernels.start(SMALL)
            failed += [] if await contained(kernel, attack, outside) else [attack.name]
    await kernel.close()
    assert failed == []


async def contained(kernel: Kernel, attack: Attack, outside: dict[str, object]) -> bool:
    """Whether the attack, as a cell, comes to what it comes to as a program of its own."""
    outcome = await kernel.run(CellRun(code=attack.code(outside), seconds=attack.limits.wall_seconds))
    return attack.verdict(
        Outcome(
            stdout=outcome.stdout,
            stderr=outcome.stderr,
            exit=outcome.exit,
            killed_by=outcome.ended_by or outcome.stopped_by,  # pyright: ignore[reportArgumentType]
            files=outcome.files,
            left_out=outcome.left_out,
            result=None,
            seconds=outcome.seconds,
        )
    )
