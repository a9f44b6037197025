"""`apex sandbox`: the jail's own door, for operators and for tests."""

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import click

from cluster.errors import ApexError
from sandbox.jail.jail import Jail
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Outcome, Run

Answer = TypeVar("Answer")


@click.group()
def sandbox() -> None:
    """Run untrusted code under limits, and see whether what confines it holds."""


@sandbox.command()
@click.option("--timeout", "seconds", type=click.FloatRange(0.1, 3600), default=30.0, help="Seconds of wall time.")
@click.option("--memory", "megabytes", type=click.IntRange(32, 65536), default=1024, help="Megabytes for all of it.")
@click.option("--shell", is_flag=True, help="A shell script instead of a Python program.")
def run(seconds: float, megabytes: int, shell: bool) -> None:
    """Run the program on standard input; print what it came to as one JSON object, files in base64."""
    limits = replace(Limits(), wall_seconds=seconds, memory_bytes=megabytes * MIB)
    code = sys.stdin.buffer.read().decode(errors="replace")
    outcome = _finish(Jail().run(Run(code=code, language="shell" if shell else "python", limits=limits)))
    click.echo(json.dumps(as_json(outcome)))


@sandbox.command()
def check() -> None:
    """Try to get out of a jail here. The status is not zero if a wall is missing."""
    walls = _finish(Jail().walls())
    for wall in walls:
        click.echo(f"{'holds' if wall.holds else 'MISSING':<8} {wall.name}{f': {wall.seen}' if wall.seen else ''}")
    if not all(wall.holds for wall in walls):
        raise click.ClickException("untrusted code does not run here")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome for people and programs outside of ours."""
    return {
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "exit": outcome.exit,
        "timed_out": outcome.timed_out,
        "killed_by": outcome.killed_by,
        "files": {name: b64encode(content).decode() for name, content in outcome.files.items()},
        "result": outcome.result,
    }


def _finish(work: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        return asyncio.run(work)
    except ApexError as error:
        raise click.ClickException(str(error)) from error
