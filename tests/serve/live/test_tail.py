"""Replay and tail meet without a gap and without a repeat, whatever comes when; and what is lost is told."""

import asyncio
from random import Random

import pytest
from redis.asyncio import Redis

from cluster.errors import Unavailable
from cluster.events.follow import Follower
from cluster.events.log import BEGINNING, Entry, EventLog, Gap, order
from cluster.events.names import stream_key
from serve.live.feed import Feed
from serve.live.outbox import CaughtUp, Failed, Outbox, Reload, TooSlow
from serve.live.tail import Tail
from tests.mortal import MortalServer, Said
from tests.serve.live.conftest import running
from tests.serve.live.listening import Listener, MoodyLog

CHANNELS = ("a", "b", "c")


async def whole(log: EventLog, channel: str) -> list[str]:
    found = await log.read(channel, after=BEGINNING, limit=100_000)
    assert isinstance(found, list)
    return [entry.seq for entry in found]


class Crowd:
    """Speakers and listeners who come, speak and go as chance has it."""

    def __init__(self, log: MoodyLog, tail: Tail) -> None:
        self.random = log.random
        self.listeners: list[tuple[str, Listener]] = []
        self._log = log
        self._tail = tail
        self._numbers: dict[str, list[str]] = {}

    async def mingle(self) -> None:
        self._numbers = {channel: [await self._log.last(channel)] for channel in CHANNELS}
        async with asyncio.TaskGroup() as tasks:
            for channel in CHANNELS:
                tasks.create_task(self._speak(channel))
            for _ in range(2):
                tasks.create_task(self._come_and_go())

    async def _speak(self, channel: str) -> None:
        for _ in range(60):
            texts = (Said(text="x") for _ in range(self.random.choice((1, 1, 2, 9))))
            self._numbers[channel].append(await self._log.publish(channel, *texts))
            await self._dally(0, 0, 2, 10)

    async def _come_and_go(self) -> None:
        for _ in range(12):
            channel = self.random.choice(CHANNELS)
            listener = Listener(self._tail, channel, self.random.choice(self._numbers[channel]))
            await self._dally(0, 1, 5, 40, 80)
            if self.random.random() < 0.3:
                listener.leave()
            else:
                self.listeners.append((channel, listener))

    async def _dally(self, *steps: int) -> None:
        for _ in range(self.random.choice(steps)):
            await asyncio.sleep(0)


@pytest.mark.parametrize("moody", range(40), indirect=True)
async def test_every_listener_hears_everything_once_and_in_order(moody: MoodyLog, log: EventLog, tail: Tail):
    crowd = Crowd(moody, tail)
    await crowd.mingle()
    everything = {channel: await whole(log, channel) for channel in CHANNELS}
    for channel, listener in crowd.listeners:
        assert listener.after is not None
        wanted = [seq for seq in everything[channel] if order(seq) > order(listener.after)]
        await listener.until(lambda me, wanted=wanted: len(me.heard) >= len(wanted))
        assert listener.heard == wanted
        assert listener.reloads == []
        listener.leave()
    assert tail.channels == 0


async def test_a_listener_from_now_on_hears_only_what_comes(log: EventLog, tail: Tail):
    await log.publish("a", Said(text="before"))
    listener = Listener(tail, "a", None)
    await listener.until(lambda me: any(isinstance(item, CaughtUp) for item in me.items))
    seq = await log.publish("a", Said(text="after"))
    await listener.until_seq(seq)
    assert listener.heard == [seq]


async def test_a_trimmed_replay_begins_with_a_reload(log: EventLog, redis: Redis, tail: Tail):
    old = await log.publish("a", Said(text="old"))
    await log.publish("a", *(Said(text="x") for _ in range(20)))
    await redis.xtrim(stream_key("a"), maxlen=3, approximate=False)
    last = await log.last("a")
    listener = Listener(tail, "a", old)
    await listener.until(lambda me: bool(me.reloads))
    fresh = await log.publish("a", Said(text="fresh"))
    await listener.until_seq(fresh)
    assert listener.reloads == [Reload("a", last)]
    assert listener.heard == [fresh]


async def test_losing_all_streams_reloads_every_listener_and_goes_on(mortal: MortalServer, mortal_redis: Redis):
    log = EventLog(mortal_redis)
    tail = Tail(log, Follower(mortal_redis))
    async with running(tail):
        known = await log.publish("a", Said(text="one"))
        listeners = [Listener(tail, "a", known), Listener(tail, "a", known)]
        for listener in listeners:
            await listener.until(lambda me: any(isinstance(item, CaughtUp) for item in me.items))
        mortal.kill()
        mortal.start_again(with_data=False)
        for listener in listeners:
            await listener.until(lambda me: bool(me.reloads))
        seq = await log.publish("a", Said(text="two"))
        for listener in listeners:
            await listener.until_seq(seq)
            assert listener.heard == [seq]


async def test_a_channel_is_read_only_while_somebody_listens(log: EventLog, redis: Redis):
    follower = Follower(redis)
    tail = Tail(log, follower)
    async with running(tail):
        one, two = Listener(tail, "a", None), Listener(tail, "a", None)
        for listener in (one, two):
            await listener.until(lambda me: any(isinstance(item, CaughtUp) for item in me.items))
        one.leave()
        assert tail.channels == 1
        two.leave()
        assert tail.channels == 0
        with pytest.raises(KeyError):
            follower.position("a")


async def test_a_slow_listener_is_cut_off_and_the_others_hear_on(log: EventLog, tail: Tail):
    start = await log.last("a")
    slow, quick = Listener(tail, "a", start, limit=10_000), Listener(tail, "a", start)
    for listener in (slow, quick):
        await listener.until(lambda me: any(isinstance(item, CaughtUp) for item in me.items))
    seq = ""
    for _ in range(50):
        seq = await log.publish("a", *(Said(text="x" * 50) for _ in range(10)))
    await quick.until_seq(seq)
    assert len(quick.heard) == 500
    with pytest.raises(TooSlow):
        await slow.outbox.take()


async def test_a_long_replay_waits_for_its_reader(log: EventLog, redis: Redis):
    tail = Tail(MoodyLog(redis, Random(1), page=50), Follower(redis))
    start = await log.last("a")
    seqs = [await log.publish("a", *(Said(text="y" * 100) for _ in range(10))) for _ in range(100)]
    async with running(tail):
        listener = Listener(tail, "a", start, limit=20_000)
        await listener.until_seq(seqs[-1])
        assert len(listener.heard) == 1000


class AbsentLog(EventLog):
    async def read(self, channel: str, *, after: str, limit: int = 1000) -> list[Entry] | Gap:
        raise Unavailable("gone")


async def test_a_replay_that_cannot_be_read_is_told(log: EventLog, redis: Redis):
    tail = Tail(AbsentLog(redis), Follower(redis))
    outbox = Outbox()
    feed = Feed(tail, "a", outbox, after=await log.last("a"))
    (failed,) = await outbox.take()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Unavailable)
    assert tail.channels == 0
    feed.close()


async def test_what_is_no_number_is_told(tail: Tail):
    outbox = Outbox()
    feed = Feed(tail, "a", outbox, after="nonsense")
    (failed,) = await outbox.take()
    assert isinstance(failed, Failed)
    feed.close()
