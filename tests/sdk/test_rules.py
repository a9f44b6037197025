"""The rules that both clients share, which wait for nothing."""

import io
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest

from apexaurum.decoding import decode, moment
from apexaurum.display import shown
from apexaurum.errors import ApiError, BadAnswer, Conflict, ConnectionLost, NotReached, error_of, seconds_of
from apexaurum.events import Event, EventReader
from apexaurum.progress import Progress
from apexaurum.retrying import Patience, Retrying
from apexaurum.shapes.chat import Reply
from apexaurum.shapes.tools import ToolRun

STREAM = """: the log begins
retry: 1000

id: 1-0
event: token
data: {"a":"é"}

: still here

id: 2-0
event: x
data: {}

"""


@pytest.mark.parametrize("seed", range(20))
def test_a_stream_reads_the_same_however_it_is_cut(seed: int):
    random, data, reader = Random(seed), STREAM.encode(), EventReader()
    heard: list[Event] = []
    while data:
        size = random.randint(1, 9)
        heard += reader.feed(data[:size])
        data = data[size:]
    assert heard == [Event("token", "1-0", '{"a":"é"}'.encode()), Event("x", "2-0", b"{}")]


def test_what_is_unfinished_is_not_told():
    assert list(EventReader().feed(b'id: 1\nevent: a\ndata: {"half')) == []


def test_answers_may_have_more_fields_than_are_known():
    run = decode(ToolRun, {"name": "a", "content": "[1]", "is_error": False, "seconds": 1, "added_later": {}})
    assert run.value == [1]
    assert isinstance(run.seconds, float)


@pytest.mark.parametrize("answer", [{}, [], None, {"name": 1, "content": "", "is_error": False, "seconds": 1}])
def test_another_shape_is_an_error(answer: object):
    with pytest.raises(BadAnswer):
        decode(ToolRun, answer)


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.123456+00:00"])
def test_times_have_a_zone(text: str):
    assert moment(text).replace(microsecond=0) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_retry_after_is_seconds_or_a_date():
    assert seconds_of("7") == 7
    assert 50 < (seconds_of(format_datetime(datetime.now(UTC) + timedelta(seconds=60))) or 0) <= 60
    assert seconds_of("soon") is None


def test_errors_can_be_sent_to_another_process():
    error = error_of(
        409, {"type": "urn:apexaurum:problem:conflict", "title": "No", "detail": "why"}, {"retry-after": "2"}
    )
    other = pickle.loads(pickle.dumps(error))
    assert isinstance(other, Conflict)
    assert (other.code, other.retry_after, str(other)) == ("conflict", 2.0, "No: why")
    assert isinstance(error_of(418, "no json", {}), ApiError)


def test_what_may_have_been_done_is_not_sent_again_without_a_key():
    assert Patience(Retrying(), repeatable=False).after(ConnectionLost("x")) is None
    assert Patience(Retrying(), repeatable=False).after(NotReached("x")) is not None
    assert Patience(Retrying(), repeatable=True).after(ConnectionLost("x")) is not None


def test_patience_ends():
    patience = Patience(Retrying(attempts=3, first_wait=0), repeatable=True)
    assert [patience.after(ConnectionLost("x")) is None for _ in range(3)] == [False, False, True]


def test_a_request_that_still_runs_is_waited_for():
    runs = error_of(409, {"detail": "the request with this Idempotency-Key still runs"}, {})
    assert Patience(Retrying(), repeatable=True).after(runs) is None
    patience = Patience(Retrying(attempts=2), repeatable=True)
    patience.after(ConnectionLost("x"))
    assert patience.after(runs) is not None


def test_notebooks_show_text_and_never_run_it():
    said = "<script>alert(1)</script>\n& more"
    reply = Reply(conversation_id="c", turn_id="t", status="completed", content=said, tokens_used=1, cost_usd=0)
    assert "<script>" not in shown(reply)
    assert "&lt;script&gt;" in shown(reply)
    assert "<script>" not in shown(decode(ToolRun, {"name": said, "content": said, "is_error": False, "seconds": 1}))


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_in_terminals_only():
    for out in (Terminal(), io.StringIO()):
        with Progress("a file", 4096, unit="B", out=out) as progress:
            progress.to(2048)
        assert bool(out.getvalue()) is out.isatty()
        if out.isatty():
            assert "a file [############............] 2.0 KiB/4.0 KiB" in out.getvalue()
            assert out.getvalue().endswith("\n")
