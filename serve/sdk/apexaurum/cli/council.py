"""Lets several deliberate on a question, and writes how they came to their answer."""

import argparse
from typing import TYPE_CHECKING

from apexaurum.cli.commands import add_budget, budget_of, note, opened, write, write_json
from apexaurum.shapes.agents import Allowance
from apexaurum.shapes.councils import CouncilState, OneShotAnswer
from apexaurum.synchronous.client import Apex
from apexaurum.synchronous.councils import Council

if TYPE_CHECKING:
    from apexaurum.cli.commands import Commands


def add_to(commands: "Commands") -> None:
    """Say what it takes."""
    parser = commands.add_parser("council", help="several minds on one question")
    parser.add_argument("question", nargs="?", help="what they are to answer")
    parser.add_argument("--option", action="append", default=[], help="something that may be voted for; several times")
    parser.add_argument("--members", type=int, help="so many, instead of the four founders")
    parser.add_argument("--rounds", type=int, help="the most rounds")
    parser.add_argument("--model", help="which model they use")
    parser.add_argument("--once", action="store_true", help="each answers once, without a debate")
    parser.add_argument("--follow", metavar="ID", help="a council that was started before")
    parser.add_argument("--json", action="store_true", help="write all of it as JSON")
    add_budget(parser)
    parser.set_defaults(run=run, parser=parser)


def run(told: argparse.Namespace) -> int:
    """Start it, or find it, and wait for its end."""
    if not told.follow and not told.question:
        told.parser.error("a question is needed, or --follow")
    with opened(told) as apex:
        if told.once:
            return _once(apex, told)
        council = _found(apex, told)
        for event in council.follow():
            member = "" if event.member is None else f" {council.state.name_of(event.member)}"
            note(f"round {event.round}: {event.event.replace('_', ' ')}{member}")
        state = council.status()
    write_json(state) if told.json else _write(state)
    return 0 if state.outcome is not None else 1


def _found(apex: Apex, told: argparse.Namespace) -> Council:
    if told.follow:
        return apex.councils.get(told.follow)
    council = apex.councils.start(
        told.question,
        told.option,
        members=told.members,
        max_rounds=told.rounds,
        model=told.model,
        budget=budget_of(told),
    )
    note(f"council {council.id} (come back to it with --follow)")
    return council


def _once(apex: Apex, told: argparse.Namespace) -> int:
    budget: Allowance = budget_of(told)
    answer = apex.councils.ask(told.question, told.option, members=told.members, model=told.model, budget=budget)
    write_json(answer) if told.json else _write_once(answer)
    return 0


def _write_once(answer: OneShotAnswer) -> None:
    for option, votes in answer.votes.items():
        write(f"{votes:3}  {option}")
    write(f"\n{answer.winner or 'No winner'}{' (consensus)' if answer.consensus else ''}")
    note(f"${answer.cost_usd:.4f}")


def _write(state: CouncilState) -> None:
    for answer in state.answers:
        said = answer.vote or answer.position or answer.status
        write(f"{answer.round}  {state.name_of(answer.member)}: {said}")
    outcome = state.outcome
    if outcome is not None:
        write(f"\n{outcome.winner or 'No winner'}{' (consensus)' if outcome.consensus else ''}")
        write(f"Without debate: {outcome.baseline or 'no winner'}")
        for voice in outcome.minority:
            write(f"{voice.name} thinks otherwise: {voice.vote or voice.position}. {voice.reasoning or ''}".rstrip())
    note(f"{state.status}{f' ({state.reason})' if state.reason else ''}: ${state.cost_usd:.4f}")
