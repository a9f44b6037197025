"""The command `apex council`: councils by the file."""

import asyncio
import sys
from collections.abc import Sequence

import click

from actors.batch.councils import CouncilWork
from actors.batch.door import opened
from actors.batch.files import Results, read_tasks
from actors.batch.running import Progress, run
from actors.batch.work import Result, Work
from cluster.errors import ApexError

URL = "http://127.0.0.1:8000"


@click.group()
def council() -> None:
    """Have councils deliberate."""


@council.command()
@click.argument("source")
@click.option("--out", required=True, help="The folder of the results; s3:// works, too.")
@click.option("--parallelism", type=click.IntRange(1, 200), default=8, show_default=True, help="Councils at once.")
@click.option("--rounds", type=click.IntRange(1, 20), help="Most rounds of a council, unless its line says.")
@click.option("--num-agents", type=click.IntRange(1, 12), help="Members of a council, unless its line names them.")
@click.option("--model", help="The members' model, unless a line says.")
@click.option("--url", envvar="APEX_URL", default=URL, show_default=True, help="The instance (APEX_URL).")
@click.option("--key", envvar="APEX_API_KEY", help="An API key or access token of the user who pays (APEX_API_KEY).")
def batch(
    source: str,
    out: str,
    parallelism: int,
    rounds: int | None,
    num_agents: int | None,
    model: str | None,
    url: str,
    key: str | None,
) -> None:
    """Hold a council on each line of SOURCE, JSON Lines in a file or on S3.

    A line is an object: question, and if wanted options, members, max_rounds, budget, id, and answer, the right option.
    Submitted again, it goes on where it stopped.
    """
    work = CouncilWork({"max_rounds": rounds, "num_agents": num_agents, "model": model})
    results = work_off(work, source, out, parallelism=parallelism, url=url, key=key)
    click.echo(f"{out.rstrip('/')}/summary.md tells what came of it.")
    sys.exit(0 if all(result["status"] == "completed" for result in results) else 2)


def work_off(work: Work, source: str, out: str, *, parallelism: int, url: str, key: str | None) -> Sequence[Result]:
    """Work off a file under a user's key, and show how it goes."""
    if not key:
        raise click.UsageError("whose ledger pays? Give --key or APEX_API_KEY")

    async def working() -> Sequence[Result]:
        results = Results(out)
        tasks = await asyncio.to_thread(read_tasks, source, results)
        async with opened(url, key) as door:
            return await run(work, door, tasks, results, parallelism=parallelism, tell=_show)

    try:
        return asyncio.run(working())
    except ApexError as error:
        raise click.ClickException(f"{error} Submit it again to go on.") from error
    except KeyboardInterrupt:
        raise click.ClickException("Stopped; what was begun goes on. Submit it again to fetch it.") from None


def _show(progress: Progress) -> None:
    """One line that is written over in a terminal; a line each in a job's log."""
    if sys.stderr.isatty():
        click.echo(f"\r{_bar(progress)} {progress}\x1b[K", err=True, nl=progress.done == progress.total)
    else:
        click.echo(str(progress), err=True)


def _bar(progress: Progress) -> str:
    filled = 30 * progress.done // max(1, progress.total)
    return "█" * filled + "░" * (30 - filled)
