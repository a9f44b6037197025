"""Server-sent events, in whatever pieces the network delivers them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.models.anthropic_events import BadStream, EventReader

EVENTS = [{"type": "ping"}, {"type": "content_block_delta", "text": "äöü\n"}, {"type": "message_stop"}]
LINES = (
    b'event: ping\ndata: {"type": "ping"}\n\n: a comment\n\n'
    b'event: content_block_delta\ndata: {"type": "content_block_delta",\n'
    b'data: "text": "\xc3\xa4\xc3\xb6\xc3\xbc\\n"}\n\n'
    b'data: {"type": "message_stop"}\n\n'
)


@given(cuts=st.lists(st.integers(0, 200), max_size=20), ends=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_events_are_the_same_however_they_are_cut(cuts: list[int], ends: bytes):
    data = LINES.replace(b"\n", ends) + b":"
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    reader = EventReader()
    read = [event for start, end in pairwise(places) for event in reader.feed(data[start:end])]
    assert read == EVENTS


@pytest.mark.parametrize("data", [b"data: {\n\n", b"data: 3\n\n", b"data: \xff\n\n"])
def test_what_is_no_event_is_a_bad_stream(data: bytes):
    with pytest.raises(BadStream):
        list(EventReader().feed(data))


def test_what_came_before_a_bad_event_counts():
    events = EventReader().feed(b'data: {"type": "ping"}\n\ndata: {\n\n')
    assert next(events) == {"type": "ping"}
    with pytest.raises(BadStream):
        next(events)
