"""Lines of logs carry the ids of what they are about, as text and as JSON."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from cluster.settings import Settings
from cluster.telemetry.logs import about, start_logging

log = logging.getLogger("cluster.test")
Start = Callable[[Literal["text", "json"]], None]


@pytest.fixture
def start() -> Iterator[Start]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield lambda format: start_logging(Settings(log_format=format), "host/n/0")
    root.handlers[:] = before
    root.setLevel(level)


def test_a_json_line_has_the_message_and_the_ids(start: Start, capsys: pytest.CaptureFixture[str]):
    start("json")
    with about(conversation="c"), about(turn="t"):
        log.warning("it took %d s", 3)
    line = json.loads(capsys.readouterr().err)
    assert {name: line[name] for name in ("level", "message", "process", "conversation", "turn")} == {
        "level": "warning",
        "message": "it took 3 s",
        "process": "host/n/0",
        "conversation": "c",
        "turn": "t",
    }


def test_a_failure_with_its_traceback_is_one_line_of_json(start: Start, capsys: pytest.CaptureFixture[str]):
    start("json")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("failed")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "ValueError: two\nlines" in json.loads(lines[0])["error"]


def test_a_line_for_people_ends_with_the_ids(start: Start, capsys: pytest.CaptureFixture[str]):
    start("text")
    with about(turn="t"):
        log.info("done")
    log.info("idle")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("cluster.test: done [turn=t]")
    assert second.endswith("cluster.test: idle")


def test_starting_twice_does_not_say_everything_twice(start: Start, capsys: pytest.CaptureFixture[str]):
    start("text")
    start("text")
    log.info("once")
    assert capsys.readouterr().err.count("once") == 1
