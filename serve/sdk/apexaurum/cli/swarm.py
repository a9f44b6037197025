"""Lets many agents do one task, and writes each result as it comes."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from apexaurum.cli.commands import add_budget, budget_of, note, opened, write, write_json
from apexaurum.shapes.swarms import SwarmItem
from apexaurum.synchronous.swarms import Swarm

if TYPE_CHECKING:
    from apexaurum.cli.commands import Commands


def add_to(commands: "Commands") -> None:
    """Say what it takes."""
    parser = commands.add_parser("swarm", help="one task over many inputs")
    parser.add_argument("task", nargs="?", help="what each agent does; {input} stands for its input")
    parser.add_argument("inputs", nargs="*", help="the inputs")
    parser.add_argument("--inputs", dest="file", metavar="FILE", help="inputs, one a line, JSON or not; - for a pipe")
    parser.add_argument("--follow", metavar="ID", help="the results of a swarm that was started before")
    parser.add_argument("--reduce", metavar="TASK", help="make one answer of all results; {results} stands for them")
    parser.add_argument("--type", dest="agent_type", help="general, researcher, coder, analyst, writer, or yours")
    parser.add_argument("--model", help="which model they use")
    parser.add_argument("--parallelism", type=int, help="how many work at once")
    parser.add_argument("--retries", type=int, help="how often an item that fails is tried again")
    parser.add_argument("--json", action="store_true", help="write results as JSON Lines")
    add_budget(parser)
    parser.set_defaults(run=run, parser=parser)


def run(told: argparse.Namespace) -> int:
    """Start it, or find it, and write what comes."""
    if not told.follow and not (told.task and (told.inputs or told.file)):
        told.parser.error("a task and its inputs are needed, or --follow")
    with opened(told) as apex, _source(told.file) as lines:
        if told.follow:
            swarm = apex.swarms.get(told.follow)
        else:
            swarm = apex.swarms.start(
                told.task,
                told.inputs if lines is None else _read(lines),
                agent_type=told.agent_type,
                model=told.model,
                parallelism=told.parallelism,
                retries=told.retries,
                reduce=told.reduce,
                budget=budget_of(told),
            )
            note(f"swarm {swarm.id} (come back to it with --follow)")
        return _write_results(swarm, as_json=told.json)


def _write_results(swarm: Swarm, *, as_json: bool) -> int:
    for item in swarm.results(progress=not sys.stdout.isatty()):
        if as_json:
            write_json(item)
        else:
            write(f"{item.n}\t{_short(item.input)}\t{_outcome(item)}")
    state = swarm.state
    if state.result is not None:
        write_json({"result": state.result}) if as_json else write(f"\n{state.result}")
    note(f"{state.status}: {state.completed} completed, {state.failed} failed, ${state.cost_usd:.4f}")
    return 0 if state.status == "completed" and not state.failed else 1


def _source(file: str | None) -> Any:
    if file is None:
        return nullcontext(None)
    return nullcontext(sys.stdin) if file == "-" else Path(file).open(encoding="utf-8")


def _read(lines: TextIO) -> Iterator[Any]:
    """Each line as JSON, or as it is."""
    for line in lines:
        if text := line.strip():
            try:
                yield json.loads(text)
            except ValueError:
                yield text


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _outcome(item: SwarmItem) -> str:
    return item.result if item.result is not None else f"{item.status}: {item.error}"
