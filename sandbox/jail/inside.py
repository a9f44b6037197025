"""Runs in the jail: imports what was asked for, waits for one order, and becomes the program that it names.

It is the last code of ours before a stranger's, and nothing that it knows is a secret: the order's marker only keeps
what a program *prints* from being taken for its result. It never returns: the jail ends with it.

Every import here is time that each run waits for, so what only some programs need is imported when they need it.
"""

from __future__ import annotations

import atexit
import importlib
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ORDER, REPORT = 3, 4
"""The pipes to and from the warden."""
SITE = "/opt/site"
PYTHON_CODE, SHELL_CODE = "/run/main.py", "/run/main.sh"


def main() -> None:
    """Wait for the order and obey it."""
    processes, cpu_seconds, result_bytes, preload = sys.argv[1:5]
    sys.path.append(SITE)
    for name in filter(None, preload.split(",")):
        importlib.import_module(name)
    lower(resource.RLIMIT_NPROC, int(processes))
    os.set_inheritable(ORDER, False)
    os.set_inheritable(REPORT, False)
    os.write(REPORT, b"ready\n")
    marker, language = line().decode().split()
    os.close(ORDER)
    used = resource.getrusage(resource.RUSAGE_SELF)
    lower(resource.RLIMIT_CPU, int(cpu_seconds) + int(used.ru_utime + used.ru_stime) + 1)
    if language == "shell":
        os.execv("/bin/bash", ["bash", SHELL_CODE])
    _become(marker, int(result_bytes))


def line() -> bytes:
    """One line from the warden; nothing at all means that this jail is not needed any more."""
    received = b""
    while not received.endswith(b"\n"):
        more = os.read(ORDER, 4096)
        if not more:
            os._exit(0)
        received += more
    return received


def lower(which: int, most: int) -> None:
    """Bound what this process and those it starts may take, for good."""
    hard = resource.getrlimit(which)[1]
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    # A program that exceeds its processor time hears of it first, so that we can tell that end from others.
    resource.setrlimit(which, (max(1, bound - 1) if which == resource.RLIMIT_CPU else bound, bound))


def _become(marker: str, result_bytes: int) -> None:
    """Run the program as `__main__`, and leave as an interpreter would, without its slow tidying up."""
    module = type(sys)("__main__")
    module.__dict__.update(__file__=PYTHON_CODE, give_result=_giver(marker, result_bytes))
    sys.modules["__main__"] = module
    sys.argv = ["main.py"]
    with open(PYTHON_CODE, "rb") as file:
        code = file.read()
    status = 0
    try:
        exec(compile(code, PYTHON_CODE, "exec"), module.__dict__)
    except SystemExit as left:
        status = _status(left.code)
    except BaseException as error:
        status = 130 if isinstance(error, KeyboardInterrupt) else 1
        _show(error)
    _leave(status)


def _show(error: BaseException) -> None:
    """The traceback, from the program's own first line."""
    import traceback

    frames = error.__traceback__.tb_next if error.__traceback__ else None
    traceback.print_exception(type(error), error, frames)


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _leave(status: int) -> None:
    try:
        if "threading" in sys.modules:
            _join_threads()
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - the interpreter's own way out is slow
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                status = status or 1
        os._exit(status)


def _join_threads() -> None:
    import threading

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _giver(marker: str, most: int) -> Callable[[object], None]:
    def give_result(value: object) -> None:
        """Hand this value, as JSON, to whoever started the program. The last one counts."""
        import json

        payload = json.dumps(value).encode()
        if len(payload) > most:
            raise ValueError(f"a result has at most {most} bytes as JSON; this one has {len(payload)}")
        frame = f"{marker}{len(payload):08x}".encode() + payload
        while frame:
            frame = frame[os.write(REPORT, frame) :]

    return give_result


if __name__ == "__main__":
    main()
