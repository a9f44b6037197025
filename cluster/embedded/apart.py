"""Runs a piece of work in a process of its own, so that what it imports does not stay in the supervisor for good."""

import importlib
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from cluster.errors import ApexError, Unavailable

PAUSE_SECONDS = 0.5


def apart(work: str, *args: object, meanwhile: Callable[[], None] | None = None, **kwargs: object) -> Any:
    """What the function `module:name` answers in a fresh process. Raises the ApexError that it raised, or Unavailable.

    The process has a group of its own: Ctrl-C reaches only the supervisor, which ends it. `meanwhile` is called twice
    a second; what it raises ends the process as well.
    """
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "cluster.embedded.apart", str(writing)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(writing,), process_group=0)
    os.close(writing)
    try:
        assert process.stdin is not None
        with process.stdin as questions:
            pickle.dump((work, args, kwargs), questions)
        answer = _read(reading, meanwhile)
        process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        os.close(reading)
    if not answer:
        raise Unavailable(f"{work} ended with status {process.returncode} and said nothing")
    value, error = pickle.loads(answer)
    if error is not None:
        raise error
    return value


def _read(reading: int, meanwhile: Callable[[], None] | None) -> bytes:
    answer = b""
    while True:
        ready, _, _ = select.select([reading], [], [], PAUSE_SECONDS)
        if not ready:
            if meanwhile is not None:
                meanwhile()
        elif part := os.read(reading, 65536):
            answer += part
        else:
            return answer


def _answer(writing: int) -> None:
    work, args, kwargs = pickle.load(sys.stdin.buffer)
    outcome: tuple[Any, BaseException | None]
    try:
        module, _, name = work.partition(":")
        outcome = (getattr(importlib.import_module(module), name)(*args, **kwargs), None)
    except ApexError as error:
        outcome = (None, error)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        outcome = (None, Unavailable(f"{work} failed: {type(error).__name__}: {reason}"))
    with os.fdopen(writing, "wb") as answers:
        pickle.dump(outcome, answers)


if __name__ == "__main__":
    _answer(int(sys.argv[1]))
