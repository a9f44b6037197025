"""Redis dies and comes back: publishers go on, nothing is doubled, followers learn what was lost."""

import asyncio

import orjson
import pytest
from redis.asyncio import Redis

from cluster.errors import Unavailable
from cluster.events import append
from cluster.events.append import Appender
from cluster.events.connection import LOST, Line
from cluster.events.follow import Arrived, Follower, Lost
from cluster.events.log import BEGINNING, EventLog, Gap
from cluster.events.names import stream_key
from tests.mortal import MortalServer, Said


async def news_of(follower: Follower) -> list[Arrived | Lost]:
    """The next answer that says something."""
    while not (news := await follower.next()):
        pass
    return news


async def until_it_waits(follower: Follower) -> None:
    for _ in range(5000):
        if follower.blocked:
            return
        await asyncio.sleep(0.001)
    raise AssertionError("the follower reads nothing")


async def test_publishing_goes_on_when_the_server_is_back(mortal: MortalServer, mortal_redis: Redis):
    log = EventLog(mortal_redis)
    await log.publish("c", Said(text="before"))
    mortal.kill()
    call = asyncio.create_task(log.publish("c", Said(text="meanwhile")))
    await asyncio.sleep(0)
    mortal.start_again(with_data=True)
    assert await call == await log.last("c")


async def test_publishing_gives_up_in_the_end(
    mortal: MortalServer, mortal_redis: Redis, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(append, "RETRY_SECONDS", (0.01, 0.01))
    log = EventLog(mortal_redis)
    mortal.kill()
    with pytest.raises(Unavailable):
        await log.publish("c", Said(text="x"))
    with pytest.raises(Unavailable):
        await log.last("c")


class ForgetfulLine(Line):
    """Loses the answers of its first trip after some commands were carried out."""

    def __init__(self, redis: Redis, *, carried: int) -> None:
        super().__init__(redis)
        self._carried: int | None = carried

    async def ask(self, command: bytes, *, answers: int = 1, blocks: float = 0.0) -> list[object]:
        if self._carried is None:
            return await super().ask(command, answers=answers, blocks=blocks)
        carried, self._carried = self._carried, None
        commands = command.split(b"*8\r\n")[1 : carried + 1]
        await super().ask(b"".join(b"*8\r\n" + part.split(b"*3\r\n")[0] for part in commands), answers=len(commands))
        raise LOST[0]("the answers are lost")


@pytest.mark.parametrize("carried", range(6))
async def test_a_trip_without_an_answer_is_repeated_without_doubling(log: EventLog, redis: Redis, carried: int):
    appender = Appender(redis, ttl=60)
    line = ForgetfulLine(redis, carried=carried)
    appender._line = line  # pyright: ignore[reportPrivateUsage]
    calls = [appender.append("c", [b"1", b"2", b"2"]), appender.append("d", [b"1"]), appender.append("d", [b"2"])]
    answers = await asyncio.gather(*calls)
    for channel, wanted in (("c", [b"1", b"2", b"2"]), ("d", [b"1", b"2"])):
        found = await log.read(channel, after=BEGINNING)
        assert isinstance(found, list)
        assert [entry.data for entry in found] == wanted
        assert found[-1].seq in answers


async def test_a_follower_gets_what_comes_from_many_channels(log: EventLog, redis: Redis):
    follower = Follower(redis)
    for name in "abc":
        follower.add(name, await log.last(name))
    await log.publish("a", Said(text="1"), Said(text="2"))
    await log.publish("c", Said(text="3"))
    heard = {news.channel: news for news in await news_of(follower)}
    assert sorted(heard) == ["a", "c"]
    await follower.close()


async def test_a_waiting_follower_is_woken_for_a_new_channel(log: EventLog, redis: Redis):
    follower = Follower(redis)
    waiting = asyncio.create_task(news_of(follower))
    await until_it_waits(follower)
    follower.add("a", await log.last("a"))
    await follower.wake()
    await log.publish("a", Said(text="1"))
    async with asyncio.timeout(1):
        assert [news.channel for news in await waiting] == ["a"]
    await follower.close()


async def test_a_dropped_channel_is_heard_no_more(log: EventLog, redis: Redis):
    follower = Follower(redis)
    follower.add("a", await log.last("a"))
    follower.add("b", await log.last("b"))
    follower.drop("a")
    await log.publish("a", Said(text="1"))
    await log.publish("b", Said(text="2"))
    assert [news.channel for news in await news_of(follower)] == ["b"]
    await follower.close()


async def test_a_follower_that_is_overtaken_by_the_trimming_says_so(log: EventLog, redis: Redis):
    follower = Follower(redis)
    follower.add("a", await log.last("a"))
    await log.publish("a", *(Said(text="x") for _ in range(3000)))
    await redis.xtrim(stream_key("a"), maxlen=2000, approximate=False)
    assert await news_of(follower) == [Lost("a")]
    await follower.close()


async def test_a_follower_goes_on_after_a_restart_that_lost_nothing(mortal: MortalServer, mortal_redis: Redis):
    log, follower = EventLog(mortal_redis), Follower(mortal_redis)
    follower.add("a", await log.publish("a", Said(text="1")))
    waiting = asyncio.create_task(news_of(follower))
    await until_it_waits(follower)
    mortal.server.stop()
    mortal.server.start()
    await log.publish("a", Said(text="2"))
    async with asyncio.timeout(10):
        (news,) = await waiting
    assert isinstance(news, Arrived)
    assert [orjson.loads(entry.data)["text"] for entry in news.entries] == ["2"]
    await follower.close()


async def test_a_follower_tells_of_streams_that_a_restart_lost(mortal: MortalServer, mortal_redis: Redis):
    log, follower = EventLog(mortal_redis), Follower(mortal_redis)
    known = await log.publish("a", Said(text="1"))
    follower.add("a", known)
    waiting = asyncio.create_task(news_of(follower))
    await until_it_waits(follower)
    mortal.kill()
    mortal.start_again(with_data=False)
    async with asyncio.timeout(10):
        assert await waiting == [Lost("a")]
    assert isinstance(await log.read("a", after=known), Gap)
    await follower.close()


async def test_a_follower_learns_that_the_streams_were_emptied_under_it(redis: Redis):
    log = EventLog(redis)
    follower = Follower(redis)
    for channel in ("a", "b"):
        follower.add(channel, await log.publish(channel, Said(text="first")))
    await log.publish("a", Said(text="second"))
    await news_of(follower)
    await log.publish("a", Said(text="never read"))
    await redis.flushdb()  # pyright: ignore[reportUnknownMemberType]
    await log.publish("a", Said(text="after"))

    assert sorted(await news_of(follower), key=lambda news: news.channel) == [Lost("a"), Lost("b")]
    await follower.close()
