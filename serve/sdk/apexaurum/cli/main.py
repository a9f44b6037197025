"""Reads what was typed, and lets the command do it."""

import argparse
import os
import sys
from collections.abc import Sequence

from apexaurum.cli import chat, council, login, swarm, tools
from apexaurum.errors import ApexError, NotSignedIn

FAILED, INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; answers its exit status."""
    parser = argparse.ArgumentParser(prog="apexaurum", description="Agents, swarms and councils from the terminal.")
    parser.add_argument("--url", help="the server (or APEXAURUM_URL); the one of the last login when left out")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (login, chat, swarm, council, tools):
        command.add_to(commands)
    told = parser.parse_args(arguments)
    try:
        return told.run(told)
    except NotSignedIn as error:
        return _failed(f"{error}" if "login" in str(error) else f"{error}; run `apexaurum login`")
    except ApexError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _failed(why: str) -> int:
    sys.stderr.write(f"apexaurum: {why}\n")
    return FAILED
