"""Lists tools, shows one, and runs one."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from apexaurum.cli.commands import opened, write, write_json

if TYPE_CHECKING:
    from apexaurum.cli.commands import Commands


def add_to(commands: "Commands") -> None:
    """Say what it takes."""
    parser = commands.add_parser("tools", help="list tools, show one, run one")
    parser.add_argument("--find", metavar="WORDS", help="only those that have these words, best first")
    parser.add_argument("name", nargs="?", help="show this one")
    parser.add_argument("arguments", nargs="?", help="run it with these, a JSON object; - reads it from a pipe")
    parser.set_defaults(run=run, parser=parser)


def run(told: argparse.Namespace) -> int:
    """List, show or run."""
    with opened(told) as apex:
        if told.name is None:
            for tool in apex.tools.all(told.find):
                write(f"{tool.name:32} {tool.summary}{f' (missing: {tool.missing})' if tool.missing else ''}")
            return 0
        if told.arguments is None:
            write_json(apex.tools.schema(told.name))
            return 0
        run = apex.tools.execute(told.name, _json(told))
    write(run.content)
    return 1 if run.is_error else 0


def _json(told: argparse.Namespace) -> dict[str, Any]:
    try:
        return json.loads(sys.stdin.read() if told.arguments == "-" else told.arguments)
    except ValueError as error:
        return told.parser.error(f"the arguments are not JSON: {error}")
