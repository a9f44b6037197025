"""What a program gets in the jail, what comes back from it, and that nothing of it stays."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from uuid import uuid4

import psutil
import pytest

from cluster.errors import Busy
from sandbox.errors import FilesRefused, JailUnavailable
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Outcome, Run

BRIEF = Limits(wall_seconds=0.5)
FOREVER = "import select\nselect.select([], [], [])"


@pytest.fixture
async def pool(jail: Jail) -> AsyncIterator[InlinePool]:
    """Two jails started ahead, two runs at once, two more waiting."""
    async with InlinePool(jail, warm=2, at_once=2, waiting=2) as opened:
        yield opened


async def ran(jail: Jail, code: str, **more: object) -> Outcome:
    return await jail.run(Run(code=code, **more))  # pyright: ignore[reportArgumentType]


def lasting(mark: str) -> str:
    """A line that starts a process which ends only if it is ended, and which the machine can recognize."""
    return f"import subprocess; subprocess.Popen(['/usr/bin/tail', '-f', '/dev/null', '--pid=1', '{mark}'])"


def marked(mark: str) -> list[psutil.Process]:
    """The machine's processes with this word in their command line."""
    return [each for each in psutil.process_iter(["cmdline"]) if "/usr/bin/tail" in words(each) and mark in words(each)]


def words(process: psutil.Process) -> list[str]:
    return process.info["cmdline"] or []


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for a condition that nobody announces."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - the kernel's processes set no events
            await asyncio.sleep(0.01)


async def appeared(mark: str) -> None:
    """Wait until such a process runs."""
    await until(lambda: bool(marked(mark)), seconds=20)


async def test_what_is_printed_comes_back_with_the_status(jail: Jail):
    outcome = await ran(jail, "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)")
    assert (outcome.stdout, outcome.stderr, outcome.exit, outcome.killed_by) == ("out\n", "err\n", 3, None)


async def test_a_traceback_shows_the_programs_own_line(jail: Jail):
    outcome = await ran(jail, "def divide():\n    return 1 / 0\ndivide()")
    assert outcome.exit == 1
    assert "return 1 / 0" in outcome.stderr
    assert "inside.py" not in outcome.stderr


async def test_files_go_in_and_only_changed_ones_come_out(jail: Jail):
    files = {"data/in.txt": b"given", "kept.txt": b"kept"}
    code = "text = open('data/in.txt').read()\nopen('data/in.txt', 'a').write('!')\nopen('new.txt', 'w').write(text)"
    outcome = await ran(jail, code, files=files)
    assert outcome.files == {"data/in.txt": b"given!", "new.txt": b"given"}


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/../b", "", ".", "a//b", "a\\b", "new\nline", "x" * 200])
async def test_a_name_that_leads_elsewhere_is_refused(jail: Jail, name: str):
    with pytest.raises(FilesRefused):
        await ran(jail, "", files={name: b""})


async def test_files_that_do_not_fit_are_refused(jail: Jail):
    with pytest.raises(FilesRefused):
        await ran(jail, "", files={"large": bytes(2 * MIB)}, limits=Limits(work_bytes=MIB))


async def test_a_result_comes_through_its_own_channel(jail: Jail):
    outcome = await ran(jail, "print('noise')\ngive_result({'answer': [42, None, 'ü']})")
    assert outcome.result == {"answer": [42, None, "ü"]}


async def test_a_shell_script_has_pipes_and_its_own_status(jail: Jail):
    outcome = await ran(jail, "printf 'b\\na\\n' | sort | head -n 1; exit 4", language="shell")
    assert (outcome.stdout, outcome.exit) == ("a\n", 4)


async def test_libraries_are_there(jail: Jail):
    code = (
        "import io, duckdb, openpyxl, PIL.Image, numpy, pandas\nimport matplotlib.pyplot as plot\n"
        "plot.plot(numpy.arange(3)).clear()\nplot.savefig('plot.png')\n"
        "print(pandas.DataFrame({'a': [1, 2]})['a'].sum(), duckdb.sql('select 6 * 7').fetchall()[0][0])"
    )
    outcome = await ran(jail, code, limits=Limits(wall_seconds=60))
    assert outcome.stdout == "3 42\n", outcome.stderr
    assert outcome.files["plot.png"].startswith(b"\x89PNG")


async def test_a_program_may_use_processes_threads_and_local_servers(jail: Jail):
    code = (
        "import multiprocessing, socket, subprocess, threading, sqlite3\n"
        "def double(x): return 2 * x\n"
        "print(multiprocessing.get_context('fork').Pool(2).map(double, [1, 2]))\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "threading.Thread(target=lambda: server.accept()[0].sendall(b'hello')).start()\n"
        "print(socket.create_connection(server.getsockname()).recv(10))\n"
        "print(subprocess.run('echo sub', shell=True, capture_output=True).stdout)\n"
        "print(sqlite3.connect('x.db').execute('select 1').fetchone())"
    )
    outcome = await ran(jail, code)
    assert outcome.stdout.splitlines() == ["[2, 4]", "b'hello'", "b'sub\\n'", "(1,)"], outcome.stderr


async def test_the_clock_ends_a_program_and_all_that_it_started(jail: Jail):
    mark = uuid4().hex
    outcome = await ran(jail, f"{lasting(mark)}\n{FOREVER}", limits=BRIEF)
    assert outcome.timed_out
    assert outcome.seconds < 2
    assert marked(mark) == []


async def test_a_warden_that_is_killed_takes_its_run_along(jail: Jail):
    mark = uuid4().hex
    running = asyncio.create_task(ran(jail, f"{lasting(mark)}\n{FOREVER}"))
    await appeared(mark)
    for process in psutil.Process().children():
        if any("sandbox.jail.warden" in word for word in process.cmdline()):
            process.kill()
    with pytest.raises(JailUnavailable, match="warden"):
        await running
    await until(lambda: not marked(mark), seconds=5)


async def test_runs_side_by_side_do_not_see_each_other(jail: Jail):
    code = (
        "import glob, os, socket\nopen('/tmp/mine', 'x').write('x')\nopen('mine', 'x').write('x')\n"
        "listener = socket.socket(socket.AF_UNIX)\nlistener.bind('\\0apex')\n"
        "socket.create_server(('127.0.0.1', 4000))\n"
        "print(len(glob.glob('/proc/[0-9]*')), sorted(os.listdir('/tmp')))"
    )
    outcomes = await asyncio.gather(*(ran(jail, code) for _ in range(4)))
    assert {outcome.stdout for outcome in outcomes} == {"2 ['mine']\n"}, outcomes


async def test_a_fork_bomb_does_not_starve_its_neighbour(jail: Jail):
    forking = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    bomb = asyncio.create_task(ran(jail, forking, limits=Limits(wall_seconds=3)))
    neighbour = await ran(
        jail, "import subprocess as s\nprint(s.run(['/bin/echo', 'fine'], capture_output=True).stdout)"
    )
    assert neighbour.stdout == "b'fine\\n'\n", neighbour
    assert (await bomb).killed_by is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give each jail a user of its own")
async def test_each_jail_has_a_user_of_its_own(jail: Jail):
    mark = uuid4().hex
    running = [asyncio.create_task(ran(jail, f"{lasting(mark)}\n{FOREVER}")) for _ in range(2)]
    await until(lambda: len(marked(mark)) == 2, seconds=20)
    users = [process.uids().real for process in marked(mark)]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert len(set(users)) == 2
    assert 0 not in users


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a pool of users")
async def test_what_a_killed_warden_left_is_swept_before_its_user_serves_again():
    take = "import os; from sandbox.jail.warden import users; user, _ = users.take(); print(user, flush=True); "
    command = (sys.executable, "-c", take + "input()")
    first = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert first.stdout is not None
    user = int(await first.stdout.readline())
    left = await asyncio.create_subprocess_exec("/usr/bin/tail", "-f", "/dev/null", user=user, group=user)
    again = "import os; from sandbox.jail.warden import users; users.os.getpid = lambda: "
    first.kill()
    await first.wait()
    offset = f"{user} - users._first(); print(users.take()[0])"
    second = await asyncio.create_subprocess_exec(sys.executable, "-c", again + offset, stdout=PIPE)
    said, _ = await second.communicate()
    assert int(said) == user
    assert await left.wait() == -9


async def test_a_pool_leaves_nothing_of_one_run_to_the_next(pool: InlinePool):
    code = "import os, sys\nprint(hasattr(sys, 'seen'), os.listdir('/work'), os.listdir('/tmp'))\nsys.seen = True\n" + (
        "open('left', 'w').close()\nopen('/tmp/left', 'w').close()"
    )
    said = [(await pool.run(Run(code=code))).stdout for _ in range(4)]
    assert said == ["False [] []\n"] * 4


async def test_a_pool_has_jails_ready_again_after_use(pool: InlinePool):
    assert pool.warm == 2
    await pool.run(Run(code=""))
    await until(lambda: pool.warm == 2, seconds=20)


async def test_a_pool_with_a_full_queue_says_so(pool: InlinePool):
    running = [asyncio.create_task(pool.run(Run(code=FOREVER))) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await pool.run(Run(code=""))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_other_limits_than_the_pools_get_a_jail_of_their_own(pool: InlinePool):
    code = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[1])"
    outcome = await pool.run(Run(code=code, limits=replace(Limits(), open_files=100)))
    assert outcome.stdout == "100\n"
