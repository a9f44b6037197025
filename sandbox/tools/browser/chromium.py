"""Finds the Chromium of this machine, and says how it is started inside a jail."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from sandbox.jail.limits import MIB, Limits
from sandbox.programs.browser import PROXY_PORT

INSIDE = "browser"
"""Where a Chromium that is not the system's own appears, below /run."""
SYSTEM = ("/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser", "/usr/lib64/chromium/chromium")
ELSEWHERE = ("/opt/google/chrome/chrome", "/opt/chromium/chrome")
PLAYWRIGHT = ("chromium_headless_shell-*/chrome-*/*headless?shell", "chromium-*/chrome-linux*/chrome")
LIFE_SECONDS = 900.0
LIMITS = Limits(
    wall_seconds=LIFE_SECONDS,
    cpu_seconds=600,
    memory_bytes=1536 * MIB,
    # V8 reserves more than a terabyte for each renderer, and uses next to nothing of it.
    address_bytes=4 * 1024 * 1024 * MIB,
    processes=512,
    open_files=2048,
    file_bytes=128 * MIB,
    scratch_bytes=384 * MIB,
    scratch_inodes=20_000,
)
FLAGS = (
    "--headless=new",
    # The jail is the sandbox: within it nobody may make the namespaces that Chromium's own would need.
    "--no-sandbox",
    "--remote-debugging-pipe",
    "--user-data-dir=/tmp/profile",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    f"--proxy-server=http://127.0.0.1:{PROXY_PORT}",
    "--proxy-bypass-list=<-loopback>",
    *("--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--disable-domain-reliability", "--disable-client-side-phishing-detection"),
    *("--disable-default-apps", "--disable-extensions", "--disable-breakpad", "--disable-crash-reporter"),
    *("--metrics-recording-only", "--no-pings", "--mute-audio", "--hide-scrollbars", "--password-store=basic"),
    # What Chromium would tell its maker, it tells nobody: the proxy knows no such host.
    *("--gaia-url=http://localhost:9", "--component-updater=url-source=http://localhost:9/"),
    "--disable-features=NetworkTimeServiceQuerying,HttpsUpgrades,Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,DialMediaRouteProvider",
)


@cache
def find_chromium() -> Path | None:
    """The program, or None if there is none."""
    for place in (*SYSTEM, *ELSEWHERE):
        if os.access(place, os.X_OK):
            return Path(place)
    folder = Path.home() / ".cache/ms-playwright"
    found = [path for pattern in PLAYWRIGHT for path in sorted(folder.glob(pattern), reverse=True)]
    return next(iter(found), None)


def shown(program: Path) -> Mapping[str, Path]:
    """What must be shown in the jail beside the system's own folders."""
    return {} if str(program) in SYSTEM else {INSIDE: program.parent}


def command(program: Path, width: int, height: int) -> Sequence[str]:
    """What is run inside."""
    inside = str(program) if str(program) in SYSTEM else f"/run/{INSIDE}/{program.name}"
    return (inside, *FLAGS, f"--window-size={width},{height}", "about:blank")
