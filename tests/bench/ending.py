"""How soon nothing is left of a program that is not wanted any more, with five that have left its family."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psutil

from cluster.ids import UserId
from sandbox.jail.jail import Jail
from sandbox.jail.limits import Limits
from sandbox.jail.run import Run
from sandbox.pool import RayPool

LOOK_SECONDS = 0.001
CODE = """
import os, select
for n in range(5):
    if os.fork() == 0:
        os.setsid()
        os.execv('/usr/bin/tail', ['/usr/bin/tail', '-f', '/dev/null', '--pid=1', {mark!r}])
os.execv('/usr/bin/tail', ['/usr/bin/tail', '-f', '/dev/null', '--pid=1', {mark!r}])
"""


async def of_jails(jail: Jail, count: int) -> list[float]:
    """In this process."""
    return [await _ended(jail.run) for _ in range(count)]


async def of_pool(pool: RayPool, user: UserId, count: int) -> list[float]:
    """As Ray tasks."""
    return [await _ended(lambda run: pool.run(run, user)) for _ in range(count)]


async def _ended(start: Callable[[Run], Awaitable[Any]]) -> float:
    mark = uuid4().hex
    run = Run(code=CODE.format(mark=mark), limits=replace(Limits(), wall_seconds=600))
    task = asyncio.ensure_future(start(run))
    while len(pids := _marked(mark)) < 6:  # noqa: ASYNC110 (nothing tells of it)
        await asyncio.sleep(0.05)
    began = time.perf_counter()
    task.cancel()
    while any(map(psutil.pid_exists, pids)):  # noqa: ASYNC110 (nor of that)
        await asyncio.sleep(LOOK_SECONDS)
    took = time.perf_counter() - began
    await asyncio.gather(task, return_exceptions=True)
    return took


def _marked(mark: str) -> list[int]:
    return [each.pid for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or ())]
