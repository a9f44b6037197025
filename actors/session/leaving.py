"""Hands work over when the host leaves: at the next step, or, once the time for steps is over, in the middle of one.

A turn that is handed over stays as it is in the database, marked so that this counts as no attempt and worries nobody:
whoever takes it up says nothing of a recovery. The host then has the session woken elsewhere.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from actors.session.stop import Leaving, Stop, put_down
from cluster.runtime.departure import Departure


@asynccontextmanager
async def cut_when_overdue(stop: Stop, departure: Departure) -> AsyncGenerator[None]:
    """End what the turn waits for when the host can wait no longer."""
    watch = asyncio.create_task(_cut(stop, departure))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.wait({watch})


async def done_before_leaving(work: Coroutine[Any, Any, None], departure: Departure) -> bool:
    """Do something that can be done elsewhere as well. False when the host left before it was done."""
    task, asked = asyncio.create_task(work), asyncio.create_task(departure.asked.wait())
    try:
        await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task.done()
    finally:
        await put_down({task, asked})


async def _cut(stop: Stop, departure: Departure) -> None:
    await departure.overdue.wait()
    stop.end(Leaving())
