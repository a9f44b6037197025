"""How processes log: lines for people, or JSON for collectors, both with the ids of what they are about.

What code is about travels in a context variable, so that a line deep in a store carries its turn without being told.
"""

import logging
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TextIO

import orjson

from cluster.settings import Settings
from cluster.telemetry import traces

NOTHING: Mapping[str, object] = MappingProxyType({})
ABOUT: ContextVar[Mapping[str, object]] = ContextVar("log_about", default=NOTHING)
"""What the code that runs is about: actor, turn, conversation, by id."""
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def about(**ids: object) -> Generator[None]:
    """Lines that are logged in this block carry these ids as well."""
    token = ABOUT.set({**ABOUT.get(), **ids})
    try:
        yield
    finally:
        ABOUT.reset(token)


def start_logging(settings: Settings, process: str) -> None:
    """Log to standard error as the settings say. `process` names this process in each JSON line."""
    handler = _OurHandler(sys.stderr)
    handler.setFormatter(JsonLines(process) if settings.log_format == "json" else TextLines(TEXT))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _OurHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())


class _OurHandler(logging.StreamHandler[TextIO]):
    """A handler that is known again."""


class TextLines(logging.Formatter):
    """A line for people, the ids at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        ids = " ".join(f"{name}={value}" for name, value in ABOUT.get().items())
        line = super().format(record)
        return f"{line} [{ids}]" if ids else line


class JsonLines(logging.Formatter):
    """One JSON object for each record, on one line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": self._process,
            "pid": record.process,
            **{name: str(value) for name, value in ABOUT.get().items()},
        }
        if (place := traces.place()) is not None:
            fields["traceparent"] = place
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return orjson.dumps(fields, default=str).decode()
