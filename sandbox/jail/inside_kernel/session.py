"""The names that cells share, and what is told of each cell: its last value, its plots, its error."""

import ast
import json
import linecache
import os
import signal
import sys
import traceback
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from types import CodeType
from typing import Any

from sandbox.jail.inside_kernel.show import Shown, figures, shown
from sandbox.jail.inside_kernel.state import variables

CELL = "/run/cell.py"
LONGEST_ERROR = 500


class Session:
    """One module, `__main__`, in which all cells run."""

    def __init__(self) -> None:
        self._count = 0
        self._module = type(sys)("__main__")
        self._names = self._module.__dict__
        sys.modules["__main__"] = self._module
        for stream in (sys.stdout, sys.stderr):
            # What a cell printed before it was killed is worth seeing.
            stream.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    def cell(self) -> bytes:
        """Run the cell that lies ready; answers, as JSON, what it came to."""
        self._count += 1
        seen, told = Shown(), dict[str, Any]()
        process = os.getpid()
        goes_on = self._guarded(told, lambda: seen.add(shown(self._value())))
        if goes_on and os.getpid() == process:
            self._guarded(told, lambda: seen.add(figures()))
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        if os.getpid() != process:
            # A child that the cell made and that came to the cell's end: it is no second kernel.
            os._exit(1 if "error" in told else 0)
        images = [b64encode(image).decode() for image in seen.images]
        told |= {"value": seen.value, "table": seen.table, "images": images, "notes": seen.notes}
        return json.dumps(told).encode()

    def state(self) -> bytes:
        """The variables there are, as JSON."""
        told = dict[str, Any]()
        self._guarded(told, lambda: told.update(variables(self._names)))
        return json.dumps({"cells": self._count, **told}).encode()

    def _value(self) -> object:
        """What the cell's last line comes to; nothing if that is no expression, or ends with a semicolon."""
        name = f"<cell {self._count}>"
        with open(CELL, encoding="utf-8") as file:
            code = file.read()
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        tree = ast.parse(code, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        self._run(compile(tree, name, "exec"))
        if not isinstance(last, ast.Expr):
            return None
        value = self._run(compile(ast.Expression(last.value), name, "eval"))
        self._names["_"] = value
        return None if code.rstrip().endswith(";") else value

    def _run(self, code: CodeType) -> Any:
        return eval(code, self._names)

    def _guarded(self, told: dict[str, Any], work: Callable[[], object]) -> bool:
        """Do this where an interruption reaches it. Answers whether there is more to do."""
        try:
            try:
                signal.signal(signal.SIGINT, signal.default_int_handler)
                work()
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        except SystemExit as left:
            if isinstance(left.code, str):
                _write(f"{left.code}\n")
        except BaseException as error:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            told["error"] = _told(error)
            with suppress(BaseException):
                _write("".join(traceback.format_exception(type(error), error, _own(error))))
            return isinstance(error, Exception)
        return True


def _write(text: str) -> None:
    sys.stderr.write(text)


def _told(error: BaseException) -> str:
    try:
        said = str(error)
    except BaseException:
        said = ""
    return f"{type(error).__name__}: {said}"[:LONGEST_ERROR].rstrip(": ")


def _own(error: BaseException) -> Any:
    """The traceback from the cell's own first line."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<cell "):
        trace = trace.tb_next
    return trace
