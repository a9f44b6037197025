"""How each kind of fault is done to a running instance. Each method of `Saboteur` is a kind, by its name."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg
import psutil
from redis.exceptions import RedisError

from tests.chaos.chatter import Chatter
from tests.chaos.parts import CONTROLLER, GATEWAY, HOST, POSTGRES, PROXY, VALKEY, Inside
from tests.chaos.plan import Fault

FROZEN_LEASES = 1.7
"""How long a host is frozen, in leases."""
FULL_SECONDS = 3.0
"""How long the disk is full."""
PASSING = (
    *(psutil.NoSuchProcess, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError),
    *(RedisError, IndexError),
)
"""What one meets while a part is dead or starting: the fault waits for it to be back."""
VICTIM_SECONDS = 10.0
"""How long a fault waits for somebody it can happen to."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that happened: when (`time.monotonic`), until when, and to whom."""

    kind: str
    at: float
    until: float
    detail: str


class Saboteur:
    """Does what a plan says, and keeps a record."""

    def __init__(self, inside: Inside, talkers: Sequence[Chatter], *, lease: float, volume: Path | None) -> None:
        self.done: list[Injected] = []
        self.missed: list[Fault] = []
        """Faults that found no victim in time, so they did not happen."""
        self._inside = inside
        self._talkers = talkers
        self._lease = lease
        self._volume = volume

    async def follow(self, faults: Sequence[Fault]) -> None:
        """Do all of it, each at its time; those that last overlap with the next ones."""
        start = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for fault in faults:
                await asyncio.sleep(max(0.0, start + fault.at - time.monotonic()))
                tasks.create_task(self._inject(fault), name=fault.kind)

    async def _inject(self, fault: Fault) -> None:
        deadline = time.monotonic() + VICTIM_SECONDS
        while time.monotonic() < deadline:
            at = time.monotonic()
            with suppress(*PASSING):
                detail = await getattr(self, fault.kind)(fault.lot)
                if detail:
                    self.done.append(Injected(fault.kind, at, time.monotonic(), detail))
                    return
            await asyncio.sleep(0.1)
        self.missed.append(fault)

    async def host_killed(self, lot: float) -> str:
        """Kill -9 of one host."""
        return await self._kill(HOST, lot)

    async def all_hosts_killed(self, lot: float) -> str:
        """Kill -9 of every host at once."""
        return " ".join([kill(one) for one in await self._inside.processes(HOST)])

    async def host_frozen(self, lot: float) -> str:
        """SIGSTOP of a host for longer than its lease, then SIGCONT: it wakes in the middle of what it was writing."""
        victim = chosen(await self._inside.processes(HOST), lot)
        if victim is None or victim.status() == psutil.STATUS_STOPPED:
            return ""
        victim.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(self._lease * FROZEN_LEASES)
        finally:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGCONT)
        return str(victim.pid)

    async def host_disowned(self, lot: float) -> str:
        """The database says that a host is dead, which is at work: others take its actors, and it writes on."""
        async with self._inside.database() as conn:
            hosts = await conn.fetch("select id, name from hosts where lease_until > now() order by started_at, id")
            if not hosts:
                return ""
            victim = hosts[int(lot * len(hosts))]
            await conn.execute("update hosts set lease_until = now() where id = $1", victim["id"])
        return str(victim["name"])

    async def gateway_killed(self, lot: float) -> str:
        """Kill -9 of a replica of the door."""
        return await self._kill(GATEWAY, lot)

    async def proxy_killed(self, lot: float) -> str:
        """Kill -9 of HAProxy, which holds every client's line."""
        return " ".join([kill(one) for one in await self._inside.processes(PROXY) if one.name() == PROXY])

    async def controller_killed(self, lot: float) -> str:
        """Kill -9 of Serve's controller."""
        return await self._kill(CONTROLLER, lot)

    async def database_killed(self, lot: float) -> str:
        """Kill -9 of the postmaster; the supervisor starts it again."""
        return await self._kill(POSTGRES, 0.0)

    async def database_lines_cut(self, lot: float) -> str:
        """Every connection of the application is ended by the server, in the middle of whatever it does."""
        async with self._inside.database() as conn:
            cut = await conn.fetchval(
                """select count(pg_terminate_backend(pid)) from pg_stat_activity
                    where pid <> pg_backend_pid() and application_name like 'apexaurum%'"""
            )
        return f"{cut} connections" if cut else ""

    async def log_lost(self, lot: float) -> str:
        """Kill -9 of Valkey and loss of all that it had on disk."""
        victims = await self._inside.processes(VALKEY)
        for file in (self._inside.home / "valkey").rglob("appendonly*"):
            if file.is_file():
                file.unlink()
        return " ".join([kill(one) for one in victims])

    async def log_emptied(self, lot: float) -> str:
        """Every stream is gone at once, while everybody is connected."""
        async with self._inside.log() as log:
            keys = await log.dbsize()
            await log.flushall()
        return f"{keys} keys"

    async def log_lines_cut(self, lot: float) -> str:
        """Every connection to Valkey is ended by the server."""
        async with self._inside.log() as log:
            return f"{await log.execute_command('CLIENT', 'KILL', 'SKIPME', 'yes')} connections"

    async def client_lines_cut(self, lot: float) -> str:
        """The network of about half of the clients breaks."""
        some = [talker for number, talker in enumerate(self._talkers) if (number + int(lot * 100)) % 2]
        for talker in some:
            talker.cut()
        return f"{len(some)} clients"

    async def disk_full(self, lot: float) -> str:
        """The database's volume is full for some seconds."""
        if self._volume is None:
            return ""
        filler = self._volume / "filler"
        try:
            size = await asyncio.to_thread(fill, filler)
            await asyncio.sleep(FULL_SECONDS)
        finally:
            filler.unlink(missing_ok=True)
        return f"{size // 2**20} MiB"

    async def _kill(self, word: str, lot: float) -> str:
        victim = chosen(await self._inside.processes(word), lot)
        return "" if victim is None else kill(victim)


def chosen(among: Sequence[psutil.Process], lot: float) -> psutil.Process | None:
    """The one that the lot falls on."""
    return among[int(lot * len(among))] if among else None


def kill(process: psutil.Process) -> str:
    """Kill -9; answers who it was."""
    process.kill()
    return str(process.pid)


def fill(file: Path) -> int:
    """Take all that is free; answers how many bytes that were."""
    about = os.statvfs(file.parent)
    with file.open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, about.f_bavail * about.f_frsize)
        return file.stat().st_size


def mounted_volume(folder: Path, mebibytes: int) -> Callable[[], None] | None:
    """Put a small file system of memory at a folder; answers how to take it away, or None where that is not allowed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = f"size={mebibytes}m,mode=0700"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "chaos", folder], capture_output=True, check=False)
    return None if done.returncode else partial(_unmount, folder)


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", folder], check=True)
