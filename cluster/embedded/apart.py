"""Runs a piece of work in a process of its own, so that what it imports does not stay in the supervisor for good."""

import importlib
import os
import pickle
import signal
import subprocess
import sys
from typing import Any

from cluster.errors import ApexError, Unavailable


def apart(work: str, *args: object, **kwargs: object) -> Any:
    """What the function `module:name` answers in a fresh process. Raises the ApexError that it raised, or Unavailable.

    The process has a group of its own: Ctrl-C reaches only the supervisor, which ends it.
    """
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "cluster.embedded.apart", str(writing)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(writing,), process_group=0)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as answers:
            assert process.stdin is not None
            with process.stdin as questions:
                pickle.dump((work, args, kwargs), questions)
            answer = answers.read()
        process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if not answer:
        raise Unavailable(f"{work} ended with status {process.returncode} and said nothing")
    value, error = pickle.loads(answer)
    if error is not None:
        raise error
    return value


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
