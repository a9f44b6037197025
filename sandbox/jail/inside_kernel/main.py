"""Runs in the jail: one Python session that runs cell after cell and keeps what they define.

It shares its process with the strangers' code, so all it says is that code's claim: the warden attests time, ends and
files. Between cells it cannot be interrupted; within one, an interruption is a KeyboardInterrupt.
"""

import importlib
import os
import resource
import signal
import sys

sys.path.append("/opt/ours")

from sandbox.jail.inside import ORDER, REPORT, SITE, line, lower
from sandbox.jail.inside_kernel.session import Session


def main() -> None:
    """Serve orders until there are none."""
    processes, cpu_seconds, _, preload = sys.argv[1:5]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path.append(SITE)
    for name in filter(None, preload.split(",")):
        importlib.import_module(name)
    lower(resource.RLIMIT_NPROC, int(processes))
    lower(resource.RLIMIT_CPU, int(cpu_seconds))
    os.setpgid(0, 0)
    os.set_inheritable(ORDER, False)
    os.set_inheritable(REPORT, False)
    sys.argv = ["notebook"]
    session = Session()
    os.write(REPORT, b"ready\n")
    while True:
        marker, what = line().decode().split()
        say(marker, session.cell() if what == "cell" else session.state())


def say(marker: str, payload: bytes) -> None:
    """Answer the order with this marker."""
    frame = f"{marker}{len(payload):08x}".encode() + payload
    while frame:
        frame = frame[os.write(REPORT, frame) :]


if __name__ == "__main__":
    main()
