"""`apex up`: starts every part that is not set, watches them, and ends them all. Nothing is left half alive."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from urllib.parse import urlsplit

from pydantic import SecretStr

from cluster.embedded import family
from cluster.embedded.apart import apart
from cluster.embedded.door import address_of, is_ready
from cluster.embedded.home import Home
from cluster.embedded.parts import Parts
from cluster.embedded.ports import check_port, free_ports
from cluster.embedded.progress import Progress
from cluster.errors import ApexError, SettingsError, Unavailable
from cluster.runtime.on_ray.head import RayHead
from cluster.settings import Settings

WATCH_SECONDS = 0.5
SILENT_SECONDS = 90.0
"""How long the door may not answer before the whole stops."""
WITHDRAW_SECONDS = 45.0
"""How long putting actors away may take: hosts give their turns ten seconds, and Serve its requests three."""
SESSIONS_KEPT = 2
"""Folders with Ray's logs of earlier runs that are kept."""
PREPARE = "cluster.embedded.outside:prepare"
DEPLOY = "cluster.runtime.on_ray.deployment:deploy"
WITHDRAW = "cluster.runtime.on_ray.withdrawal:withdraw"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked the instance to stop."""


class Instance:
    """Everything that one `apex up` runs."""

    def __init__(self, settings: Settings, home: Home, progress: Progress) -> None:
        self._settings = settings
        self._home = home
        self._progress = progress
        self._parts = Parts(home, progress)
        self._record = family.FamilyRecord(home.path / "processes.json")
        self._head: RayHead | None = None
        self._address = settings.ray_address
        self._deployed = False

    def clean(self) -> None:
        """End what a killed supervisor left, and throw away what earlier runs left in the run folder."""
        ended = self._record.end_leftovers()
        if ended:
            self._progress.say(f"  ended {ended} processes that an earlier run left behind")
        sessions = sorted(self._home.run.glob("session_2*"), key=lambda each: each.stat().st_mtime)
        for session in sessions[:-SESSIONS_KEPT]:
            shutil.rmtree(session, ignore_errors=True)

    def start(self) -> None:
        """Start everything. Raises what made it impossible, with what to do."""
        settings = self._parts.start(self._settings)
        secret = settings.jwt_secret or SecretStr(self._home.secret("jwt"))
        settings = settings.model_copy(update={"jwt_secret": secret})
        embedded = self._settings.database_url is None
        with self._progress.step("checking and migrating the data"):
            settings = apart(PREPARE, settings, secret=self._home.secret("login"), embedded=embedded)
        self._record.write()
        if self._address is None:
            with self._progress.step("starting Ray"):
                self._head = self._start_head()
                self._address = self._head.address
            if settings.dashboard_url is None:
                settings = settings.model_copy(update={"dashboard_url": self._head.dashboard_url})
            self._record.write()
        with self._progress.step("starting hosts and the door"):
            self._deployed = True
            apart(DEPLOY, self._address, settings, meanwhile=self._revive)
        if self._head is not None:
            self._head.start_dashboard()
        self._record.write()

    def watch(self) -> None:
        """Keep everything alive. Raises Unavailable when that cannot be done, and Stopped when somebody asks for it."""
        url = address_of(self._settings)
        answered = time.monotonic()
        while True:
            time.sleep(WATCH_SECONDS)
            self._revive()
            if is_ready(url):
                answered = time.monotonic()
            elif time.monotonic() - answered > SILENT_SECONDS:
                raise Unavailable(f"the door has not answered /readyz for {SILENT_SECONDS:.0f} s; {self._logs()}")
            self._record.write()

    def stop(self) -> None:
        """End everything, in the order that lets work be put away. A second Ctrl-C does not cut it short."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self._deployed:
            with self._progress.step("putting actors away"):
                self._withdraw()
        if self._head is not None:
            with self._progress.step("stopping Ray"):
                self._head.stop()
        self._parts.stop()
        family.end_descendants()
        self._record.clear()

    def announce(self) -> None:
        """Say where everything is."""
        url = self._settings.url
        self._progress.say(f"\nApexAurum is ready.\n\n  page           {url}\n  API            {url}/docs")
        if self._head is not None:
            token = self._home.secret_file("ray")
            self._progress.say(f"  Ray dashboard  {self._head.dashboard_url}  (it asks for the token in {token})")
            self._progress.say("  programs       run in jails on this machine too; `apex sandbox check` tries their walls")
        self._progress.say(f"  data           {self._home.path}\n\nCtrl-C stops everything; the data are kept.\n")

    def _revive(self) -> None:
        self._parts.revive()
        if self._head is not None:
            self._head.revive()

    def _start_head(self) -> RayHead:
        cpus = max(os.cpu_count() or 1, 2)
        # Twice as many hosts as there are to be: in an upgrade new ones start beside the old. One is for single actors.
        hosts = 2 * max(cpus, self._settings.hosts, self._settings.most_hosts) + 1
        resources = {"hosts": float(hosts), "sandbox": float(cpus)}
        return RayHead(folder=self._home.run, ports=free_ports(6), cpus=cpus, resources=resources)

    def _withdraw(self) -> None:
        if self._address is None or (self._head is not None and not self._head.alive()):
            return
        try:
            apart(WITHDRAW, self._address, shared=self._head is None, meanwhile=self._patience())
        except ApexError as error:
            # No data are lost by that: whatever was not put away is found again by its journal.
            self._progress.say(f"  not everything was put away: {error}")

    def _patience(self) -> Callable[[], None]:
        """What raises Unavailable once Ray is gone (it may have got the same signal), or the time is up."""
        until = time.monotonic() + WITHDRAW_SECONDS

        def look() -> None:
            if self._head is not None and not self._head.alive():
                raise Unavailable("Ray has ended")
            if time.monotonic() > until:
                raise Unavailable(f"it took longer than {WITHDRAW_SECONDS:.0f} s")

        return look

    def _logs(self) -> str:
        return (
            f"the logs are in {self._home.run}/session_latest/logs" if self._head else "see the logs of the Ray cluster"
        )


def run(settings: Settings, home: Home, progress: Progress) -> None:
    """Run an instance until somebody stops it. Raises what went wrong; everything is ended then as well."""
    _check_reach(settings)
    family.adopt_orphans()
    instance = Instance(settings, home, progress)
    instance.clean()
    check_port(settings.host, settings.port)
    for number in SIGNALS:
        signal.signal(number, _raise_stopped)
    with ExitStack() as stack:
        stack.callback(instance.stop)
        try:
            instance.start()
            instance.announce()
            instance.watch()
        except Stopped:
            progress.say("")
    home.tidy()


def _check_reach(settings: Settings) -> None:
    """With a Ray cluster elsewhere, its nodes must reach the data. Raises SettingsError."""
    if settings.ray_address is None:
        return
    if urlsplit(f"//{settings.ray_address}").hostname in LOOPBACK:
        return
    names = ("database_url", "redis_url", "objects_url")
    missing = [f"APEX_{name.upper()}" for name in names if getattr(settings, name) is None]
    if missing:
        raise SettingsError(
            f"RAY_ADDRESS names a cluster elsewhere, which cannot reach embedded parts; set {', '.join(missing)}"
        )


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped
