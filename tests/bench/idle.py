"""What it costs to do nothing: the whole system, and each open socket."""

import asyncio
from contextlib import AsyncExitStack

from tests.bench.figures import MIB, row, say
from tests.bench.memory import total_pss
from tests.bench.people import open_socket, person
from tests.instance import Instance

SOCKETS = 300
PARTS = {
    "hosts": "ray::RayHost",
    "gateway": "Gateway",
    "Serve controller": "ray::ServeController",
    "Serve proxies": "roxy",
    "PostgreSQL": "postgres",
    "Valkey": "valkey",
}


async def settled(instance: Instance, word: str = "") -> int:
    """The memory of processes once it no longer changes (bytes)."""
    before = 0
    while abs((now := total_pss(instance.named(word))) - before) > now // 500:
        before = now
        await asyncio.sleep(2)
    return now


async def measure(instance: Instance) -> None:
    """Print the memory of the whole and its larger parts, and of an open idle socket."""
    say("Idle")
    row("whole system (PSS, without the local model)", f"{await settled(instance) / MIB:7.0f} MiB")
    for part, word in PARTS.items():
        found = instance.named(word)
        row(f"  {part} ({len(found)} processes)", f"{total_pss(found) / MIB:7.0f} MiB")
    async with person(instance.url) as someone, AsyncExitStack() as sockets:
        for _ in range(20):
            await sockets.enter_async_context(open_socket(instance.url, someone.http))
        before = await settled(instance, "Gateway")
        for _ in range(SOCKETS):
            await sockets.enter_async_context(open_socket(instance.url, someone.http))
        after = await settled(instance, "Gateway")
    row(f"an open idle socket ({SOCKETS} of them)", f"{(after - before) / SOCKETS / 1024:7.1f} KiB in the gateway")
    say()
