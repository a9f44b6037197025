"""The parts that are ours to run: each is started where no real one is set, watched, and started again when it dies."""

import time
from collections import deque
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from cluster.embedded.home import Home
from cluster.embedded.postgres import PostgresServer
from cluster.embedded.progress import Progress
from cluster.embedded.valkey import ValkeyServer
from cluster.errors import Unavailable
from cluster.settings import Settings

RESTARTS = 3
"""How often a part may be started again within WINDOW seconds before the whole stops."""
WINDOW = 120.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
"""Seconds between attempts at starting what does not start, while a disk is full, say."""
DATABASE = "apexaurum"


class Part(Protocol):
    """A server that we run."""

    log: Path

    def start(self, port: int | None = None) -> None:
        """Start it, again on the port that it had."""
        ...

    def stop(self) -> None:
        """Stop it; its data are kept."""
        ...

    def alive(self) -> bool:
        """Whether it runs."""
        ...


class Parts:
    """The embedded servers of one instance."""

    def __init__(self, home: Home, progress: Progress) -> None:
        self._home = home
        self._progress = progress
        self._running: dict[str, Part] = {}
        self._restarted: dict[str, deque[float]] = {}
        self._pauses: dict[str, tuple[float, float]] = {}
        """Until when a part that did not start is left alone, and how long that is."""

    def start(self, settings: Settings) -> Settings:
        """Start what is not set; answers the settings with everything set."""
        found: dict[str, object] = {}
        if settings.database_url is None:
            postgres = PostgresServer(self._home.path / "postgres", password=self._home.secret("postgres"))
            self._start("PostgreSQL", postgres)
            found["database_url"] = SecretStr(postgres.url(DATABASE))
        if settings.redis_url is None:
            valkey = ValkeyServer(self._home.path / "valkey", password=self._home.secret("valkey"))
            self._start("Valkey", valkey)
            found["redis_url"] = SecretStr(valkey.url())
        if settings.objects_url is None:
            self._home.objects.mkdir(mode=0o700, exist_ok=True)
            found["objects_url"] = self._home.objects.as_uri()
        return settings.model_copy(update=found)

    def revive(self) -> None:
        """Start again what has died. Raises Unavailable when something keeps dying.

        What does not start now is tried again, ever less often: whoever watches the door decides how long.
        """
        for name, part in self._running.items():
            if part.alive() or time.monotonic() < self._pauses.get(name, (0.0, 0.0))[0]:
                continue
            times = self._restarted.setdefault(name, deque())
            while times and times[0] < time.monotonic() - WINDOW:
                times.popleft()
            if len(times) >= RESTARTS:
                raise Unavailable(f"{name} keeps dying; its log is {part.log}")
            try:
                with self._progress.step(f"{name} died; starting it again"):
                    part.start()
            except Unavailable as error:
                pause = min(LONGEST_PAUSE, self._pauses.get(name, (0.0, FIRST_PAUSE / 2))[1] * 2)
                self._pauses[name] = time.monotonic() + pause, pause
                self._progress.say(f"  {error}\n  trying again in {pause:.0f} s")
            else:
                times.append(time.monotonic())
                self._pauses.pop(name, None)

    def stop(self) -> None:
        """Stop everything, the last started first."""
        for name, part in reversed(self._running.items()):
            with self._progress.step(f"stopping {name}"):
                part.stop()
        self._running.clear()

    def _start(self, name: str, part: Part) -> None:
        # Known before it is started, so that a start that is interrupted is stopped as well.
        self._running[name] = part
        with self._progress.step(f"starting {name}"):
            part.start()
