"""What a start says while it goes on: one line for each thing that is waited for, with the seconds it took."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import click

WIDTH = 34


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
