"""The command `apex`."""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import entry_points

import click

from cluster.embedded.files import held
from cluster.embedded.home import Home
from cluster.embedded.progress import LoggedProgress, Progress
from cluster.embedded.ray_environment import ray_environment
from cluster.errors import ApexError, SettingsError
from cluster.settings import Settings
from cluster.telemetry.logs import start_logging

COMMANDS = "apexaurum.commands"
"""Where the floors above announce commands of their own: this one imports nothing from them."""


class Announced(click.Group):
    """Our own commands, and those that were announced, which are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted({*super().list_commands(ctx), *entry_points(group=COMMANDS).names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        return super().get_command(ctx, cmd_name) or next(
            (found.load() for found in entry_points(group=COMMANDS, name=cmd_name)), None
        )


@click.group(cls=Announced)
def main() -> None:
    """ApexAurum: a cloud of AI agents. Settings come from environment variables; the README lists them."""


@main.command()
def up() -> None:
    """Start everything, and stop it with Ctrl-C."""
    with _told():
        settings = Settings.load()
        with _home(settings) as home:
            if settings.ray_address is None:
                home.secret("ray")
                os.environ.update(ray_environment(token=home.secret_file("ray"), run=home.run))
            # Ray reads its environment while it is imported.
            from cluster.up import run

            run(settings, home, _progress(settings))


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema, under the owner's role."""
    with _told():
        settings = Settings.load()
        with _home(settings) as home:
            from cluster.embedded.migration import migrate_once

            asyncio.run(migrate_once(settings, home, Progress()))


@main.command()
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Take the rights away again.")
def admin(email: str, revoke: bool) -> None:
    """Make the account with this EMAIL an administrator, who sees the runtime. The first account is one already."""
    with _told():
        settings = Settings.load()
        from cluster.embedded.administrators import appoint

        asyncio.run(appoint(settings, Home.open(settings.home), email, admin=not revoke))
        click.echo(f"{email} is {'no longer' if revoke else 'now'} an administrator.")


def _progress(settings: Settings) -> Progress:
    """Lines for a person, or lines of a log where the settings ask for JSON."""
    if settings.log_format == "text":
        return Progress()
    start_logging(settings, "supervisor")
    return LoggedProgress()


@contextmanager
def _home(settings: Settings) -> Generator[Home]:
    """The data folder, held by this process."""
    home = Home.open(settings.home)
    with held(home.lock, wait=False) as ours:
        if not ours:
            raise SettingsError(
                f"another `apex up` is running on {home.path}; stop it, or set APEX_HOME and APEX_PORT for a second one"
            )
        yield home


@contextmanager
def _told() -> Generator[None]:
    """Turn an error into a message that says what is wrong and what to do, and a status that is not zero."""
    try:
        yield
    except ApexError as error:
        click.echo(f"\nApexAurum stopped: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
