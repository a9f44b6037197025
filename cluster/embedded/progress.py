"""What a start says while it goes on: one line for each thing that is waited for, with the seconds it took."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager

import click

WIDTH = 34
log = logging.getLogger(__name__)


class Progress:
    """Lines on the terminal."""

    @contextmanager
    def step(self, what: str) -> Generator[None]:
        """Say what begins now, and how long it took when it is done."""
        click.echo(f"  {what:<{WIDTH}}", nl=False)
        start = time.monotonic()
        try:
            yield
        except BaseException:
            click.echo("  not done")
            raise
        click.echo(f"{time.monotonic() - start:6.1f} s")

    def say(self, text: str) -> None:
        """A line of its own."""
        click.echo(text)


class LoggedProgress(Progress):
    """The same as lines of the log, for where nobody sits before the terminal."""

    @contextmanager
    def step(self, what: str) -> Generator[None]:
        """Log when it is done, and how long it took."""
        start = time.monotonic()
        try:
            yield
        except BaseException:
            log.error("%s: not done after %.1f s", what, time.monotonic() - start)
            raise
        log.info("%s: done in %.1f s", what, time.monotonic() - start)

    def say(self, text: str) -> None:
        """A line for each line that says something."""
        for line in filter(None, map(str.strip, text.splitlines())):
            log.info("%s", line)
