"""The inside of a whole instance as an attacker finds it: its processes, and its servers with the owner's keys."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from redis.asyncio import Redis

from cluster.embedded.home import Home
from cluster.embedded.parts import DATABASE
from cluster.embedded.postgres import OWNER
from tests.instance import Instance

HOST = "ray::RayHost"
GATEWAY = "Gateway"
CONTROLLER = "ServeController"
PROXY = "haproxy"
POSTGRES = "bin/postgres -D"
VALKEY = "valkey-server"


class Inside:
    """What can be reached of an instance that runs."""

    def __init__(self, instance: Instance) -> None:
        self.home = instance.home
        self.output = instance.output
        """What the supervisor wrote to its terminal."""
        self._instance = instance

    @property
    def logs(self) -> Path:
        """Where the workers of Ray and Serve log."""
        return (Home(self.home).run / "session_latest/logs").resolve()

    async def processes(self, word: str) -> Sequence[psutil.Process]:
        """Processes with this in their title or command line, the eldest first."""
        found = await asyncio.to_thread(self._instance.named, word)
        return sorted(found, key=lambda each: each.pid)

    @asynccontextmanager
    async def database(self) -> AsyncGenerator["asyncpg.Connection[Any]"]:
        """A connection of the schema's owner, who passes row security by a role of the server's own."""
        port = (self.home / "postgres/cluster/postmaster.pid").read_text().splitlines()[3]
        password = (self.home / "secrets/postgres").read_text().strip()
        raw = await asyncpg.connect(f"postgresql://{OWNER}:{password}@127.0.0.1:{port}/{DATABASE}", timeout=10)
        try:
            yield raw
        finally:
            raw.terminate()

    @asynccontextmanager
    async def log(self) -> AsyncGenerator[Any]:
        """A client of the event log's server."""
        lines = (self.home / "valkey/valkey.conf").read_text().splitlines()
        settings = dict(line.split(" ", 1) for line in lines if " " in line)
        url = f"redis://:{settings['requirepass']}@127.0.0.1:{settings['port']}/0"
        client: Any = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
        try:
            yield client
        finally:
            await client.aclose()

    def logged(self, *phrases: str) -> dict[str, int]:
        """How often each phrase stands in the logs of Ray's workers."""
        counts = dict.fromkeys(phrases, 0)
        for file in self.logs.glob("worker-*"):
            with suppress(OSError):
                text = file.read_text(errors="replace")
                for phrase in phrases:
                    counts[phrase] += text.count(phrase)
        return counts
