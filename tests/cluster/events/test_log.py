"""What the log keeps, in which order, and how a reader learns that something is gone."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from redis.asyncio import Redis

from cluster.errors import Unavailable
from cluster.events.append import MAX_EVENTS
from cluster.events.follow import Follower, Lost
from cluster.events.log import BEGINNING, Entry, EventLog, Gap, encode, order
from cluster.events.names import stream_key
from cluster.ids import TurnId
from tests.mortal import Said

LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


def texts(found: list[Entry] | Gap) -> list[str]:
    assert isinstance(found, list)
    return [orjson.loads(entry.data)["text"] for entry in found]


async def test_events_come_back_in_order(log: EventLog):
    start = await log.last("c")
    await log.publish("c", Said(text="one"), Said(text="two"))
    await log.publish("c", Said(text="three"))
    assert texts(await log.read("c", after=start)) == ["one", "two", "three"]


async def test_publish_answers_the_number_of_its_last_event(log: EventLog):
    seq = await log.publish("c", Said(text="one"), Said(text="two"))
    assert seq == await log.last("c")
    assert await log.read("c", after=seq) == []


async def test_a_new_channel_is_opened_once_whoever_looks_first(log: EventLog, redis: Redis):
    assert len(set(await asyncio.gather(*(log.last("new") for _ in range(10))))) == 1
    assert 0 < await redis.ttl(stream_key("new"))


@dataclass(frozen=True)
class Ended(Said):
    """Something that ends once, whoever says so."""

    once: str = "ended"


async def test_a_fact_that_is_true_once_is_kept_once(log: EventLog):
    start = await log.last("c")
    first = await log.publish("c", Said(text="one"), Ended(text="over"))

    again = await log.publish("c", Ended(text="over"))

    assert again == first
    assert texts(await log.read("c", after=start)) == ["one", "over"]


async def test_a_fact_whose_event_was_lost_can_be_told_again(log: EventLog, redis: Redis):
    await log.publish("c", Ended(text="over"))
    await redis.delete(stream_key("c"))

    await log.publish("c", Ended(text="over"))

    assert texts(await log.read("c", after=BEGINNING)) == ["over"]


async def test_many_publishers_keep_their_own_order(log: EventLog):
    async def speak(name: str) -> None:
        for n in range(50):
            await log.publish("c", Said(text=f"{name}{n}"))

    start = await log.last("c")
    await asyncio.gather(*(speak(name) for name in "abcdefgh"))
    heard = texts(await log.read("c", after=start))
    for name in "abcdefgh":
        assert [text for text in heard if text[0] == name] == [f"{name}{n}" for n in range(50)]


async def test_a_cancelled_publisher_takes_nobody_with_it(log: EventLog):
    start = await log.last("c")
    calls = [asyncio.create_task(log.publish("c", Said(text=str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    calls[3].cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(done[3], asyncio.CancelledError)
    assert {str(n) for n in range(20) if n != 3} <= set(texts(await log.read("c", after=start)))


async def test_a_reader_pages_through(log: EventLog):
    position = await log.last("c")
    await log.publish("c", *(Said(text=str(n)) for n in range(25)))
    heard: list[str] = []
    while found := await log.read("c", after=position, limit=10):
        heard += texts(found)
        assert isinstance(found, list)
        position = found[-1].seq
    assert heard == [str(n) for n in range(25)]


async def test_a_channel_that_nobody_published_to_has_a_number_to_follow_from(log: EventLog):
    first = await log.last("c")
    assert first != BEGINNING
    assert await log.last("c") == first
    assert await log.read("c", after=first) == []


async def test_whoever_starts_at_the_beginning_gets_all(log: EventLog):
    assert await log.read("c", after=BEGINNING) == []
    await log.last("c")
    await log.publish("c", Said(text="one"))
    assert texts(await log.read("c", after=BEGINNING)) == ["one"]


async def test_trimmed_events_are_a_gap(log: EventLog, redis: Redis):
    first = await log.publish("c", Said(text="first"))
    last = await log.publish("c", *(Said(text=str(n)) for n in range(20)))
    await redis.xtrim(stream_key("c"), maxlen=5, approximate=False)
    assert await log.read("c", after=first) == Gap(last)
    assert await log.read("c", after=BEGINNING) == Gap(last)


async def test_a_channel_keeps_about_as_many_events_as_it_should(log: EventLog, redis: Redis):
    for _ in range(12):
        await log.publish("c", *(Said(text="x") for _ in range(1000)))
    assert MAX_EVENTS <= await redis.xlen(stream_key("c")) < MAX_EVENTS + 200


async def test_a_lost_channel_is_a_gap_even_when_it_has_new_events(log: EventLog, redis: Redis):
    known = await log.publish("c", Said(text="one"))
    await redis.delete(stream_key("c"))
    assert isinstance(await log.read("c", after=known), Gap)
    last = await log.publish("c", Said(text="two"))
    assert await log.read("c", after=known) == Gap(last)


async def test_a_number_from_the_future_is_a_gap(log: EventLog):
    last = await log.publish("c", Said(text="one"))
    assert await log.read("c", after="99999999999999-5") == Gap(last)


@pytest.mark.parametrize("number", ["", "x", "1-x", "-", "1-2-3"])
async def test_what_is_no_number_is_said_so(log: EventLog, number: str):
    with pytest.raises(ValueError, match="invalid literal"):
        await log.read("c", after=number)


async def test_a_channel_outlives_its_last_event_by_an_hour(log: EventLog, redis: Redis):
    await log.publish("c", Said(text="one"))
    await log.last("d")
    assert 3500 < await redis.ttl(stream_key("c")) <= 3600
    assert 3500 < await redis.ttl(stream_key("d")) <= 3600


async def test_a_refused_event_is_unavailable_and_the_others_pass(log: EventLog, redis: Redis):
    await redis.set(stream_key("broken"), "no stream")
    fine, broken = await asyncio.gather(
        log.publish("c", Said(text="one")), log.publish("broken", Said(text="two")), return_exceptions=True
    )
    assert isinstance(broken, Unavailable)
    assert fine == await log.last("c")


@dataclass(frozen=True, kw_only=True)
class Opened:
    conversation_id: UUID
    cost_usd: Decimal
    at: datetime
    parts: list[dict[str, Any]]
    type: str = "opened"


def test_an_event_is_json_with_its_type_first():
    id = uuid4()
    data = encode(Opened(conversation_id=id, cost_usd=Decimal("0.25"), at=LONG_AGO, parts=[{"type": "x"}]))
    assert data.startswith(b'{"type":"opened",')
    assert orjson.loads(data) == {
        "type": "opened",
        "conversation_id": str(id),
        "cost_usd": 0.25,
        "at": LONG_AGO.isoformat().replace("+00:00", "Z"),
        "parts": [{"type": "x"}],
    }


def test_an_entry_on_the_wire_carries_its_number():
    entry = Entry("7-1", encode(Said(text='"type":"lies"')))
    assert orjson.loads(entry.wire()) == {"seq": "7-1", "type": "said", "text": '"type":"lies"'}
    assert entry.type == "said"


def test_numbers_sort_by_their_value():
    assert sorted(["10-0", "9-11", "9-2", "9"], key=order) == ["9", "9-2", "9-11", "10-0"]


@dataclass(frozen=True, kw_only=True)
class TurnStarted:
    turn_id: UUID
    type: str = "turn_started"


async def test_a_running_turn_is_found_from_its_start(log: EventLog):
    turn = TurnId(uuid4())
    await log.publish("c", TurnStarted(turn_id=uuid4()), Said(text="before"))
    before = await log.last("c")
    await log.publish("c", TurnStarted(turn_id=turn))
    until = await log.publish("c", *(Said(text=str(n)) for n in range(2500)))
    assert await log.before_turn("c", turn, until=until, since=LONG_AGO) == before


async def test_a_turn_whose_start_opens_the_channel_is_followed_from_its_own_number(log: EventLog):
    turn = TurnId(uuid4())
    start = await log.publish("c", TurnStarted(turn_id=turn))
    until = await log.publish("c", Said(text="x"))
    assert await log.before_turn("c", turn, until=until, since=LONG_AGO) == start


async def test_a_turn_that_the_log_does_not_know_is_followed_from_where_it_was_asked(log: EventLog):
    until = await log.publish("c", Said(text="x"))
    await log.publish("c", Said(text="later"))
    assert await log.before_turn("c", TurnId(uuid4()), until=until, since=LONG_AGO) == until


async def test_what_newer_code_wrote_in_a_form_of_its_own_is_lost_to_a_reader(log: EventLog, redis: Redis):
    start = await log.publish("c", Said(text="one"))
    untyped: Any = redis
    await untyped.xadd(stream_key("c"), {b"f": b"newer"})
    seq = await log.publish("c", Said(text="two"))

    assert await log.read("c", after=start) == Gap(seq)
    assert await log.read("c", after=BEGINNING) == Gap(seq)


async def test_a_follower_says_that_it_cannot_read_what_newer_code_wrote(log: EventLog, redis: Redis):
    follower = Follower(redis)
    follower.add("c", await log.last("c"))
    untyped: Any = redis
    await untyped.xadd(stream_key("c"), {b"f": b"newer"})

    assert await follower.next() == [Lost("c")]
    await follower.close()
