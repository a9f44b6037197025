"""Sandbox nodes come by Ray's autoscaler when programs wait, run them, and go when idle; one is killed under a run.

A program of its own, since a process speaks to one Ray cluster only. What happened goes as JSON to its output.
"""

from tests.cluster.runtime import cloud  # isort: skip (it sets what Ray reads when it is imported)

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray

from cluster.embedded import family
from cluster.ids import UserId, new_id
from sandbox.errors import Interrupted
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Run
from sandbox.pool import RESOURCE, RayPool
from tests.sandbox.pool.looking import HANG, above, begun

RAY: Any = ray
PATIENCE = 90.0
SMALL = replace(Limits(), memory_bytes=256 * MIB)
ASK = "import os\nprint(sorted(os.listdir('/work')))"


async def main() -> dict[str, Any]:
    """What happened."""
    pool, someone = RayPool(), UserId(new_id())
    report: dict[str, Any] = {"began with": len(alive())}
    outcomes = await asyncio.gather(*(pool.run(Run(code=ASK, limits=SMALL), someone) for _ in range(4)))
    report |= {"said": [outcome.stdout for outcome in outcomes], "grew to": len(alive())}
    sandbox = next(node for node in alive() if RESOURCE in node["Resources"])
    report["hosts on the sandbox node"] = sandbox["Resources"].get("hosts", 0)
    await seen("the node go", lambda: len(alive()) == 1)
    report["shrank to"] = len(alive())
    task = asyncio.create_task(pool.run(Run(code=HANG, limits=replace(SMALL, wall_seconds=80)), someone))
    await seen("the program begin", lambda: bool(begun()))
    above(begun()[0], "raylet/raylet").kill()
    try:
        await task
    except Interrupted as interrupted:
        report["lost"] = str(interrupted)
    await seen("its processes die", lambda: not begun())
    return report


def alive() -> list[dict[str, Any]]:
    """The nodes there are."""
    return [node for node in RAY.nodes() if node["Alive"]]


async def seen(what: str, condition: Callable[[], bool]) -> None:
    """Wait until it holds; says what was waited for in vain."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        raise TimeoutError(f"waited to see {what} in vain") from error


def run() -> dict[str, Any]:
    """Start a cluster of one node that runs no programs, and end it."""
    family.adopt_orphans()
    node = {"CPU": 1, RESOURCE: 2, "memory": 2**30}
    with tempfile.TemporaryDirectory(prefix="apex-", ignore_cleanup_errors=True) as folder:
        cluster = cloud.Cloud(Path(folder), head={"CPU": 1, "hosts": 1, "memory": 2**30}, node=node, most=1)
        try:
            cluster.start()
            RAY.init(address=cluster.address, log_to_driver=False, logging_level="error")
            return asyncio.run(main())
        finally:
            RAY.shutdown()
            cluster.shutdown()
            family.end_descendants()


if __name__ == "__main__":
    json.dump(run(), sys.stdout)
