"""What the commands have in common: how they are added, what a budget is, how answers are written."""

import argparse
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from apexaurum.shapes.agents import Allowance
from apexaurum.synchronous.client import Apex

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def opened(told: argparse.Namespace) -> Apex:
    """The server that is meant."""
    return Apex(told.url)


def add_budget(parser: argparse.ArgumentParser) -> None:
    """Say what may be used up."""
    parser.add_argument("--usd", type=float, help="the most that it may cost, in US dollars")
    parser.add_argument("--tokens", type=int, help="the most tokens")
    parser.add_argument("--minutes", type=float, help="the longest time")


def budget_of(told: argparse.Namespace) -> Allowance:
    """What was said about that."""
    return Allowance(usd=told.usd, tokens=told.tokens, seconds=None if told.minutes is None else told.minutes * 60)


def write_json(value: Any) -> None:
    """One line of JSON."""
    data = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    write(json.dumps(data, default=str, ensure_ascii=False))


def write(line: str = "") -> None:
    """One line of the answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """One line beside the answer."""
    sys.stderr.write(f"{line}\n")
