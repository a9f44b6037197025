"""`make bench`: one run against the loopback provider, and what it measured."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import (
    agents,
    alone,
    asks,
    convergence,
    council,
    idle,
    jails,
    programs,
    recall,
    sessions,
    streams,
    waking,
)
from tests.bench.cluster import one_node
from tests.bench.disk import FLUSHES, flushes
from tests.bench.figures import row, say, spread
from tests.instance import Instance, free_port

SETTINGS = {
    "ANTHROPIC_API_KEY": "bench",
    "APEX_LOCAL_MODEL": "off",
    "APEX_MESSAGES_PER_MINUTE": "1000000",
    "APEX_IDLE_SECONDS": "20",
}


@contextmanager
def process(*command: str) -> Generator[subprocess.Popen[str]]:
    """A Python process that runs as long as the block."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.terminate()


@contextmanager
def provider() -> Generator[str]:
    """The loopback provider; answers its URL."""
    with process("-m", "tests.provider", "--port", "0", "--no-record") as started:
        assert started.stdout is not None
        yield started.stdout.readline().strip()


@contextmanager
def relay(upstream: str) -> Generator[tuple[str, int]]:
    """The bare relay; answers its URL and its process id."""
    port = free_port()
    with process("-m", "tests.bench.relay", upstream, str(port)) as started:
        yield f"http://127.0.0.1:{port}", started.pid


async def run(home: Path) -> None:
    """Measure everything, from the quiet to the loud."""
    say(f"{os.cpu_count()} processors, one run")
    row(f"the disk alone, {FLUSHES} flushes of 8 KiB", spread(flushes(home.parent / "flushed")))
    say()
    with provider() as upstream, relay(upstream) as bare:
        async with Instance(home, settings={**SETTINGS, "ANTHROPIC_BASE_URL": upstream}) as instance:
            await idle.measure(instance)
            await waking.measure(instance)
            await streams.first_token(instance, upstream)
            await streams.relayed(instance, bare)


async def run_runtime(folder: Path) -> None:
    """Measure the runtime by itself, without the door."""
    async with one_node(folder / "shared") as nodes:
        await asks.measure(nodes)
        await sessions.measure(nodes)
        await agents.measure(nodes)
    async with one_node(folder / "alone", actors_per_host=1) as nodes:
        await alone.measure(nodes)


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp(prefix="apex-bench-"))
    try:
        asyncio.run(jails.measure())
        asyncio.run(programs.measure())
        asyncio.run(recall.measure(folder / "recall"))
        asyncio.run(convergence.measure(folder / "convergence"))
        asyncio.run(council.measure(folder / "council"))
        asyncio.run(run(folder / "home"))
        asyncio.run(run_runtime(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
