"""Takes an instance out of a Ray cluster: hosts put their actors away before the end.

It is a module of its own because it must be quick: without Serve, which it needs on a shared cluster only, it loads in
half the time.
"""

import asyncio
import importlib

from cluster.runtime.on_ray.driver import APPLICATION, connect
from cluster.runtime.on_ray.fleet import stop_hosts

STOP_SECONDS = 15.0


def withdraw(address: str, *, shared: bool) -> None:
    """Let the hosts put their actors away; close the door as well when the cluster is `shared` and goes on."""
    connect(address)
    asyncio.run(_withdraw(shared=shared))


async def _withdraw(*, shared: bool) -> None:
    async with asyncio.timeout(STOP_SECONDS):
        if shared:
            await asyncio.to_thread(importlib.import_module("ray.serve").delete, APPLICATION)
        await stop_hosts()
