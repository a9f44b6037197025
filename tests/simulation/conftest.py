"""`--seed N` replays one schedule, `--schedules N` plays so many."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this folder; they exist when it is named on the command line."""
    parser.addoption("--seed", type=int, help="replay this schedule, with everything that happened in it")
    parser.addoption("--schedules", type=int, help="how many schedules to play")
